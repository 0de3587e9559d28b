// What the tests of net share: a reactor that is driven until something is true, and sockets to drive it
// with.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/net/reactor.h"
#include "sockchat/net/socket.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::net {

inline std::unique_ptr<Reactor> make_reactor() {
  auto reactor = Reactor::create();
  REQUIRE(reactor);
  return *std::move(reactor);
}

// False when the condition is still not true after ten seconds of turns.
inline bool run_until(Reactor& reactor, const std::predicate auto& condition) {
  const TimePoint deadline = reactor.now().mono + std::chrono::seconds(10);
  while (!condition()) {
    if (reactor.now().mono >= deadline) return false;
    reactor.run_once(reactor.now().mono + std::chrono::milliseconds(100));
  }
  return true;
}

inline std::pair<UniqueFd, UniqueFd> socket_pair() {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

inline Listener local_listener(std::size_t send_buffer = 0) {
  auto listener = listen_on("127.0.0.1", 0, send_buffer);
  REQUIRE(listener);
  return *std::move(listener);
}

// Both ends of a TCP connection over loopback; buffers as the system has them, unless they are given.
inline std::pair<UniqueFd, UniqueFd> tcp_pair(std::size_t send_buffer = 0, int receive_buffer = 0) {
  const Listener listener = local_listener(send_buffer);
  UniqueFd near(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Before the first window is offered.
  if (receive_buffer > 0) {
    REQUIRE(::setsockopt(near.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0);
  }
  REQUIRE(::connect(near.get(), listener.address.get(), listener.address.size()) == 0);
  UniqueFd far;
  while (!far) far.reset(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return {std::move(near), std::move(far)};
}

struct RecordingHandler final : EventHandler {
  void on_event(std::uint32_t events) override { seen.push_back(events); }
  std::vector<std::uint32_t> seen;
};

}  // namespace sockchat::net
