#include "support/crowd_peers.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

#include "sockchat/wire/frame.h"

namespace sockchat {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{40};

}  // namespace

void give_up(const std::string& why) {
  std::fflush(stdout);
  fmt::print(stderr, "crowd: {}\n", why);
  std::exit(1);
}

std::size_t Crowd::connect(std::string name) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Peer peer;
  peer.name = std::move(name);
  peer.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (peer.socket < 0) give_up(fmt::format("socket: {}", std::strerror(errno)));
  const int on = 1;
  ::setsockopt(peer.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  if (::connect(peer.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    give_up(fmt::format("connect: {}", std::strerror(errno)));
  }
  peers_.push_back(std::move(peer));
  return peers_.size() - 1;
}

void Crowd::send(std::size_t peer, std::string_view json) {
  std::string& unsent = peers_[peer].unsent;
  for (int shift = 24; shift >= 0; shift -= 8) unsent += static_cast<char>(json.size() >> shift & 0xFF);
  unsent += json;
}

void Crowd::write(Peer& peer) {
  const ssize_t sent = ::send(peer.socket, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
  if (sent > 0) peer.unsent.erase(0, static_cast<std::size_t>(sent));
  // The read that follows meets the reason.
  if (sent < 0 && errno != EAGAIN && errno != EINTR) peer.unsent.clear();
}

void Crowd::read(std::size_t index, const std::function<void(std::size_t, std::string_view)>& on_frame) {
  Peer& peer = peers_[index];
  const std::span<char> room = peer.received.prepare(16 * 1024);
  const ssize_t got = ::recv(peer.socket, room.data(), room.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    peer.closed = true;
    ::close(peer.socket);
    return;
  }
  peer.received.commit(static_cast<std::size_t>(got));
  while (true) {
    const wire::FrameCut front = wire::next_frame(peers_[index].received.bytes(), wire::kServerFrameMax);
    if (front.state == wire::FrameState::bad) give_up("the server sent a frame of a bad length");
    if (front.state == wire::FrameState::incomplete) return;
    on_frame(index, {front.payload.data(), front.payload.size()});
    peers_[index].received.consume(front.consumed);
  }
}

void Crowd::run(const std::function<void(std::size_t, std::string_view)>& on_frame,
                const std::function<bool()>& done) {
  const auto deadline = Clock::now() + kPatience;
  std::vector<pollfd> watched;
  while (!done()) {
    watched.clear();
    for (const Peer& peer : peers_) {
      const auto events = static_cast<short>(POLLIN | (peer.unsent.empty() ? 0 : POLLOUT));
      watched.push_back({peer.closed || watched.size() < stalled_ ? -1 : peer.socket, events, 0});
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) give_up("it takes too long");
    ::poll(watched.data(), watched.size(), static_cast<int>(left));
    for (std::size_t index = 0; index < watched.size(); ++index) {
      if ((watched[index].revents & POLLOUT) != 0) write(peers_[index]);
      if ((watched[index].revents & ~POLLOUT) != 0) read(index, on_frame);
    }
  }
}

}  // namespace sockchat
