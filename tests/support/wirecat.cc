// A client for shell tests: lines from stdin become frames and steps, frames from the server become lines on
// stdout. See --help. It shares the frame cutter and TLS with the product and nothing else: blocking sockets
// and poll, no reactor.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/result.h"
#include "sockchat/net/tls_context.h"
#include "sockchat/wire/frame.h"
#include "support/wirecat_connect.h"
#include "support/wirecat_options.h"

namespace sockchat {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using wirecat::Options;
using wirecat::parse_number;
using wirecat::parse_time;
using wirecat::system_error;

constexpr milliseconds kPatience{5000};
constexpr milliseconds kSendPatience{60'000};
constexpr std::size_t kUnusedMax = 100'000;  // frames that no step asked for; the oldest are forgotten
constexpr std::size_t kShownMax = 10;

class Wirecat final {
 public:
  // Without a transport it speaks clear text.
  Wirecat(int socket, milliseconds linger, std::unique_ptr<net::Transport> transport)
      : socket_(socket), linger_(linger), transport_(std::move(transport)) {}
  Wirecat(const Wirecat&) = delete;
  Wirecat& operator=(const Wirecat&) = delete;
  ~Wirecat() { ::close(socket_); }

  Result<void> run();

 private:
  Result<void> take(std::string_view line);
  Result<void> send_frame(std::string_view json);
  Result<void> send_hex(std::string_view hex);
  Result<void> send(std::string_view bytes);
  Result<void> send_wire(std::string_view bytes);
  Result<void> shake_hands();
  Result<void> expect(std::string_view wanted, milliseconds patience);
  Result<void> silence(milliseconds length);
  Result<void> wait_for_close(milliseconds patience);
  Result<void> reset();

  enum class For : std::uint8_t { frames, input, sending };
  // Waits for frames (which it takes) and what else is asked for. False at the deadline.
  Result<bool> wait(Clock::time_point deadline, For what);
  Result<void> receive();
  Result<void> cut_frames();
  Result<void> read_input();
  void note_close();

  int socket_;
  const milliseconds linger_;
  const std::unique_ptr<net::Transport> transport_;
  std::string input_;
  bool input_ended_ = false;
  ByteBuffer received_;
  std::deque<std::string> unused_;
  std::size_t slice_ = 0;
  bool reading_ = true;
  bool closed_ = false;
};

Result<void> Wirecat::run() {
  if (transport_) {
    if (auto done = shake_hands(); !done) return done;
  }
  while (true) {
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      if (auto taken = take(line); !taken) return taken;
    }
    if (input_ended_) break;
    if (auto woken = wait(Clock::time_point::max(), For::input); !woken) return tl::unexpected(woken.error());
  }
  reading_ = true;
  const auto deadline = Clock::now() + linger_;
  while (!closed_) {
    const auto woken = wait(deadline, For::frames);
    if (!woken) return tl::unexpected(woken.error());
    if (!*woken) break;
  }
  return {};
}

Result<void> Wirecat::take(std::string_view line) {
  if (line.empty() || line.starts_with('#')) return {};
  if (line.starts_with('{')) return send_frame(line);
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view verb = line.substr(0, space);
  const std::string_view rest = line.substr(std::min(space + 1, line.size()));
  if (verb == "frame") return send_frame(rest);
  if (verb == "raw") return send_hex(rest);
  if (verb == "expect" && !rest.empty()) {
    const std::size_t last = rest.rfind(' ');
    const auto time = last == std::string_view::npos ? std::nullopt : parse_time(rest.substr(last + 1));
    return time ? expect(rest.substr(0, last), *time) : expect(rest, kPatience);
  }
  if (verb == "silence") {
    if (const auto time = parse_time(rest)) return silence(*time);
  }
  if (verb == "closed") {
    if (rest.empty()) return wait_for_close(kPatience);
    if (const auto time = parse_time(rest)) return wait_for_close(*time);
  }
  if (verb == "slice") {
    if (const auto size = parse_number<std::size_t>(rest)) return slice_ = *size, Result<void>();
  }
  if (line == "stop") return reading_ = false, Result<void>();
  if (line == "go") return reading_ = true, Result<void>();
  if (line == "half") return ::shutdown(socket_, SHUT_WR), Result<void>();
  if (line == "reset") return reset();
  return fail(Errc::bad_argument, fmt::format("no such step: {}", line));
}

Result<void> Wirecat::send_frame(std::string_view json) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(json.size() >> shift & 0xFF);
  frame += json;
  return send(frame);
}

Result<void> Wirecat::send_hex(std::string_view hex) {
  std::string digits(hex);
  std::erase(digits, ' ');
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    unsigned char byte = 0;
    const char* const end = digits.data() + std::min(at + 2, digits.size());
    if (std::from_chars(digits.data() + at, end, byte, 16).ptr != digits.data() + at + 2) {
      return fail(Errc::bad_argument, fmt::format("raw takes pairs of hex digits, not {}", hex));
    }
    bytes += static_cast<char>(byte);
  }
  return send(bytes);
}

// Goes on reading meanwhile, or two full directions would wait for each other. What a closed connection does
// not take is dropped: the next step sees the close.
Result<void> Wirecat::shake_hands() {
  if (auto begun = send({}); !begun) return begun;
  const auto deadline = Clock::now() + kPatience;
  while (!transport_->is_ready()) {
    if (closed_) return fail(Errc::system, "the server closed in the handshake");
    const auto woken = wait(deadline, For::frames);
    if (!woken) return tl::unexpected(woken.error());
    if (!*woken) return fail(Errc::system, "the handshake took too long");
  }
  std::printf("{\"wirecat\":\"secured\",\"pin\":\"%s\"}\n", transport_->peer_pin().c_str());
  std::fflush(stdout);
  return {};
}

Result<void> Wirecat::send(std::string_view bytes) {
  if (!transport_) return send_wire(bytes);
  ByteBuffer wire;
  if (auto emitted = transport_->emit(bytes, wire); !emitted) return emitted;
  return send_wire(wire.view());
}

Result<void> Wirecat::send_wire(std::string_view bytes) {
  const auto deadline = Clock::now() + kSendPatience;
  while (!bytes.empty() && !closed_) {
    const std::size_t size = slice_ == 0 ? bytes.size() : std::min(slice_, bytes.size());
    const ssize_t sent = ::send(socket_, bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EPIPE || errno == ECONNRESET) return {};
    if (errno != EAGAIN && errno != EINTR) return system_error("send");
    const auto woken = wait(deadline, For::sending);
    if (!woken) return tl::unexpected(woken.error());
    if (!*woken) return fail(Errc::system, "the server takes no input");
  }
  return {};
}

Result<void> Wirecat::expect(std::string_view wanted, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::string came;
  std::size_t count = 0;
  while (true) {
    for (; !unused_.empty(); ++count) {
      const std::string frame = std::move(unused_.front());
      unused_.pop_front();
      if (frame.find(wanted) != std::string::npos) return {};
      if (count < kShownMax) came += "\n  came: " + frame;
    }
    const auto woken = closed_ ? Result<bool>(false) : wait(deadline, For::frames);
    if (!woken) return tl::unexpected(woken.error());
    if (*woken) continue;
    if (count > kShownMax) came += fmt::format("\n  came: {} more", count - kShownMax);
    if (count == 0) came = "\n  came: nothing";
    if (closed_) came += "\n  then the connection was closed";
    return fail(Errc::system, fmt::format("expected within {} ms: {}{}", patience.count(), wanted, came));
  }
}

Result<void> Wirecat::silence(milliseconds length) {
  const auto deadline = Clock::now() + length;
  while (true) {
    if (!unused_.empty()) {
      return fail(Errc::system,
                  fmt::format("expected silence for {} ms\n  came: {}", length.count(), unused_.front()));
    }
    if (closed_) return {};
    const auto woken = wait(deadline, For::frames);
    if (!woken) return tl::unexpected(woken.error());
    if (!*woken) return {};
  }
}

Result<void> Wirecat::wait_for_close(milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!closed_) {
    const auto woken = wait(deadline, For::frames);
    if (!woken) return tl::unexpected(woken.error());
    if (!*woken) {
      return fail(Errc::system,
                  fmt::format("expected the server to close within {} ms; it has not", patience.count()));
    }
  }
  return {};
}

Result<void> Wirecat::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  if (::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now) != 0) return system_error("setsockopt");
  ::close(std::exchange(socket_, -1));
  closed_ = true;
  return {};
}

Result<bool> Wirecat::wait(Clock::time_point deadline, For what) {
  const bool to_read = reading_ && !closed_;
  const bool to_send = what == For::sending && !closed_;
  const auto events = static_cast<short>((to_read ? POLLIN : 0) | (to_send ? POLLOUT : 0));
  // A descriptor without an event in it would still wake us with POLLHUP, again and again.
  std::array<pollfd, 2> watched = {
      {{events != 0 ? socket_ : -1, events, 0}, {what == For::input ? STDIN_FILENO : -1, POLLIN, 0}}};
  int timeout = -1;
  if (deadline != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    timeout = static_cast<int>(std::max<milliseconds::rep>(left.count(), 0));
  }
  const int ready = ::poll(watched.data(), watched.size(), timeout);
  if (ready < 0) return errno == EINTR ? Result<bool>(true) : system_error("poll");
  if (ready == 0) return false;
  if (to_read && watched[0].revents != 0) {
    if (auto taken = receive(); !taken) return tl::unexpected(taken.error());
  }
  if (watched[1].revents != 0) {
    if (auto taken = read_input(); !taken) return tl::unexpected(taken.error());
  }
  return true;
}

Result<void> Wirecat::receive() {
  static std::array<char, 64 * 1024> room;
  const ssize_t got = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
  if (got > 0) {
    const std::span<const char> bytes(room.data(), static_cast<std::size_t>(got));
    if (!transport_) {
      received_.append({bytes.data(), bytes.size()});
    } else if (auto taken = transport_->ingest(bytes, {}, received_); !taken) {
      return taken;
    } else if (auto answered = send({}); !answered) {
      return answered;
    }
    return cut_frames();
  }
  if (got == 0 || errno == ECONNRESET || errno == EPIPE) return note_close(), Result<void>();
  return errno == EAGAIN || errno == EINTR ? Result<void>() : system_error("recv");
}

Result<void> Wirecat::cut_frames() {
  while (true) {
    const wire::FrameCut front = wire::next_frame(received_.bytes(), wire::kServerFrameMax);
    if (front.state == wire::FrameState::bad)
      return fail(Errc::system, "the server sent a frame of a bad length");
    if (front.state == wire::FrameState::incomplete) return {};
    std::string json(front.payload.data(), front.payload.size());
    received_.consume(front.consumed);
    // Between the members of a valid object a newline is only a space.
    std::ranges::replace(json, '\n', ' ');
    std::printf("%.*s\n", static_cast<int>(json.size()), json.data());
    std::fflush(stdout);
    if (unused_.size() == kUnusedMax) unused_.pop_front();
    unused_.push_back(std::move(json));
  }
}

Result<void> Wirecat::read_input() {
  std::array<char, 64 * 1024> bytes;
  const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (got < 0) return errno == EINTR ? Result<void>() : system_error("read");
  input_.append(bytes.data(), static_cast<std::size_t>(got));
  input_ended_ = got == 0;
  // The last line may lack its newline.
  if (input_ended_ && !input_.empty()) input_ += '\n';
  return {};
}

void Wirecat::note_close() {
  closed_ = true;
  std::puts(R"({"wirecat":"closed"})");
  std::fflush(stdout);
}

// Null for clear text.
Result<std::unique_ptr<net::Transport>> make_transport(bool tls) {
  if (!tls) return nullptr;
  const auto context = net::TlsContext::for_client();
  return context ? (*context)->connect_transport() : tl::unexpected(context.error());
}

Result<void> converse(const Options& options) {
  auto transport = make_transport(options.tls);
  if (!transport) return tl::unexpected(transport.error());
  const auto socket = wirecat::connect_to(options);
  if (!socket) return tl::unexpected(socket.error());
  return Wirecat(*socket, options.linger, *std::move(transport)).run();
}

}  // namespace
}  // namespace sockchat

int main(int argc, char** argv) {
  using namespace sockchat;
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  if (std::ranges::find(arguments, std::string_view("--help")) != arguments.end()) {
    std::fputs(wirecat::kHelp.data(), stdout);
    return 0;
  }
  const auto options = wirecat::parse_options(arguments);
  if (!options) {
    std::fputs(wirecat::kHelp.data(), stderr);
    return 2;
  }
  const auto socket = connect_to(*options);
  const auto done = converse(*options);
  if (done) return 0;
  std::fprintf(stderr, "wirecat: %s\n", done.error().text.c_str());
  return done.error().code == Errc::bad_argument ? 2 : 1;
}
