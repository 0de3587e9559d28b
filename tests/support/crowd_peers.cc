#include "support/crowd_peers.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

#include "sockchat/wire/frame.h"

namespace sockchat {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{40'000};
constexpr std::size_t kEventsMax = 256;

[[noreturn]] void give_up_with_errno(const char* call) {
  give_up(fmt::format("{}: {}", call, std::strerror(errno)));
}

sockaddr_in address_of(unsigned host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
  return address;
}

int open_socket(const Way& way) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) give_up_with_errno("socket");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (way.receive_buffer > 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &way.receive_buffer, sizeof way.receive_buffer);
  }
  if (way.host == 1) return fd;
  // The port is chosen with the connection, so that each address has all of them for every server.
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in source = address_of(way.host, 0);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) give_up_with_errno("bind");
  return fd;
}

}  // namespace

void give_up(const std::string& why) {
  std::fflush(stdout);
  fmt::print(stderr, "crowd: {}\n", why);
  std::exit(1);
}

std::string frame_of(std::string_view json) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(json.size() >> shift & 0xFF);
  frame += json;
  return frame;
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Crowd::Crowd(std::uint16_t port) : port_(port), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) give_up_with_errno("epoll_create1");
}

Crowd::~Crowd() {
  for (Peer& peer : peers_) close(peer);
  ::close(epoll_);
}

std::size_t Crowd::connect(std::string name, const Way& way) {
  Peer peer;
  peer.name = std::move(name);
  peer.reads = way.reads;
  peer.socket = open_socket(way);
  const sockaddr_in address = address_of(1, port_);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  if (::connect(peer.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    give_up_with_errno("connect");
  }
  peers_.push_back(std::move(peer));
  watch(peers_.size() - 1);
  return peers_.size() - 1;
}

void Crowd::send(std::size_t peer, std::string_view json) { send_bytes(peer, frame_of(json)); }

void Crowd::send_bytes(std::size_t peer, std::string_view bytes) {
  if (peers_[peer].closed) return;
  peers_[peer].unsent += bytes;
  write(peers_[peer]);
  watch(peer);
}

void Crowd::stall(std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) {
    peers_[index].reads = false;
    watch(index);
  }
}

void Crowd::reset(std::size_t peer) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (!peers_[peer].closed) {
    ::setsockopt(peers_[peer].socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  close(peers_[peer]);
}

// Who neither reads nor has anything to send is not watched: its end would be reported for ever.
void Crowd::watch(std::size_t index) {
  Peer& peer = peers_[index];
  const std::uint32_t wanted = (peer.reads ? EPOLLIN : 0U) | (peer.unsent.empty() ? 0U : EPOLLOUT);
  if (peer.closed || wanted == peer.watched) return;
  epoll_event event{.events = wanted, .data = {.u64 = index}};
  const int how = peer.watched == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  if (::epoll_ctl(epoll_, how, peer.socket, &event) != 0) give_up_with_errno("epoll_ctl");
  peer.watched = wanted;
}

void Crowd::write(Peer& peer) {
  const ssize_t sent = ::send(peer.socket, peer.unsent.data(), peer.unsent.size(), MSG_NOSIGNAL);
  if (sent > 0) peer.unsent.erase(0, static_cast<std::size_t>(sent));
  if (sent >= 0 || errno == EAGAIN || errno == EINTR) return;
  // The read that follows meets the reason.
  peer.unsent.clear();
  if (!peer.reads) close(peer);
}

void Crowd::read(std::size_t index, const OnFrame& on_frame) {
  Peer& peer = peers_[index];
  const std::span<char> room = peer.received.prepare(16 * 1024);
  const ssize_t got = ::recv(peer.socket, room.data(), room.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close(peer);
  peer.received.commit(static_cast<std::size_t>(got));
  while (!peers_[index].closed) {
    const wire::FrameCut front = wire::next_frame(peers_[index].received.bytes(), wire::kServerFrameMax);
    if (front.state == wire::FrameState::bad) give_up("the server sent a frame of a bad length");
    if (front.state == wire::FrameState::incomplete) return;
    on_frame(index, {front.payload.data(), front.payload.size()});
    peers_[index].received.consume(front.consumed);
  }
}

void Crowd::close(Peer& peer) {
  if (peer.closed) return;
  peer.closed = true;
  ++closed_;
  ::close(peer.socket);
}

void Crowd::turn(const OnFrame& on_frame, milliseconds patience) {
  std::array<epoll_event, kEventsMax> events;
  const int count = ::epoll_wait(epoll_, events.data(), kEventsMax, static_cast<int>(patience.count()));
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events[static_cast<std::size_t>(at)];
    const std::size_t index = event.data.u64;
    if (!peers_[index].closed && (event.events & EPOLLOUT) != 0) write(peers_[index]);
    if (peers_[index].closed) continue;
    if (peers_[index].reads && (event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
      read(index, on_frame);
    } else if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) {
      close(peers_[index]);
    }
    watch(index);
  }
}

void Crowd::run(const OnFrame& on_frame, const std::function<bool()>& done) {
  if (!run_for(kPatience, on_frame, done)) give_up("it takes too long");
}

bool Crowd::run_for(milliseconds patience, const OnFrame& on_frame, const std::function<bool()>& done) {
  const auto deadline = Clock::now() + patience;
  while (!done()) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds(0)) return false;
    turn(on_frame, left);
  }
  return true;
}

void Crowd::run_until(Clock::time_point until, const OnFrame& on_frame,
                      const std::function<void()>& on_tick) {
  while (Clock::now() < until) {
    on_tick();
    turn(on_frame, milliseconds(1));
  }
}

}  // namespace sockchat
