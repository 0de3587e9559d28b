#include "faults/talker.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <span>
#include <utility>

#include "sockchat/wire/frame.h"

namespace sockchat::faults {

using Clock = std::chrono::steady_clock;

bool Talker::connect(std::uint16_t port) {
  close();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  close();
  return false;
}

void Talker::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  received_ = ByteBuffer();
}

void Talker::send(std::string_view json) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(json.size() >> shift & 0xFF);
  frame += json;
  for (std::string_view left = frame; is_open() && !left.empty();) {
    const ssize_t sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0) return close();
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::optional<std::string> Talker::cut() {
  const wire::FrameCut front = wire::next_frame(received_.bytes(), wire::kServerFrameMax);
  if (front.state != wire::FrameState::complete) return std::nullopt;
  std::string frame(front.payload.data(), front.payload.size());
  received_.consume(front.consumed);
  return frame;
}

std::optional<std::string> Talker::receive(milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (is_open()) {
    if (auto frame = cut()) return frame;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
    pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
    if (left < 0 || ::poll(&readable, 1, static_cast<int>(left)) != 1) return std::nullopt;
    const std::span<char> room = received_.prepare(16 * 1024);
    const ssize_t got = ::recv(socket_, room.data(), room.size(), 0);
    if (got <= 0) close();
    if (got > 0) received_.commit(static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

std::optional<std::string> Talker::await_reply(std::uint64_t id, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  const std::string wanted = std::to_string(id);
  while (auto frame = receive(std::chrono::ceil<milliseconds>(deadline - Clock::now()))) {
    if (frame->starts_with("{\"status\":") && member(*frame, "id") == wanted) return frame;
    events_.push_back(*std::move(frame));
  }
  return std::nullopt;
}

std::deque<std::string> Talker::take_events() {
  while (auto frame = receive(milliseconds(0))) events_.push_back(*std::move(frame));
  return std::exchange(events_, {});
}

std::string request(std::string_view command, std::initializer_list<std::string_view> data, std::uint64_t id,
                    std::string_view cid) {
  std::string json = fmt::format("{{\"command\":\"{}\"", command);
  std::string_view separator = ",\"data\":[";
  for (const std::string_view text : data) {
    json += fmt::format("{}\"{}\"", separator, text);
    separator = ",";
  }
  if (data.size() > 0) json += ']';
  json += fmt::format(",\"id\":{}", id);
  if (!cid.empty()) json += fmt::format(",\"cid\":\"{}\"", cid);
  return json + '}';
}

bool is_ok(std::string_view reply) { return reply.starts_with("{\"status\":\"ok\""); }

std::string code_of(std::string_view reply) { return member(reply, "code"); }

std::string member(std::string_view frame, std::string_view name) {
  const std::string start = fmt::format("\"{}\":", name);
  const std::size_t at = frame.find(start);
  if (at == std::string_view::npos) return {};
  std::string_view value = frame.substr(at + start.size());
  if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
  return std::string(value.substr(0, value.find_first_of(",}]")));
}

std::deque<std::string> data_of(std::string_view frame) {
  std::deque<std::string> texts;
  std::size_t at = frame.find("\"data\":[");
  if (at == std::string_view::npos) return texts;
  at += 8;
  while (at < frame.size() && frame[at] == '"') {
    const std::size_t end = frame.find('"', at + 1);
    texts.emplace_back(frame.substr(at + 1, end - at - 1));
    at = end + (frame[end + 1] == ',' ? 2 : 1);
  }
  return texts;
}

}  // namespace sockchat::faults
