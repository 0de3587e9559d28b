// A connection table with peers that the test plays itself, and a record of everything that was told.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sockchat/net/connection_table.h"
#include "unit/net/net_test_tools.h"

namespace sockchat::net {

using namespace std::chrono_literals;

constexpr ConnectionLimits kRoomy{.turn_bytes = 64 * 1024,
                                  .send_queue_soft = 1 << 20,
                                  .send_queue_hard = 64 << 20,
                                  .send_stall = 1h,
                                  .linger = 1h};

// The test's end of a connection.
struct Peer {
  ConnectionId id;
  UniqueFd fd;

  void say(std::string_view bytes) const {
    REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  // What is there now.
  [[nodiscard]] std::string hear() const {
    std::string heard;
    char piece[16 * 1024];
    for (ssize_t got = 0; (got = ::recv(fd.get(), piece, sizeof piece, MSG_DONTWAIT)) > 0;) {
      heard.append(piece, static_cast<std::size_t>(got));
    }
    return heard;
  }
  [[nodiscard]] bool at_end() const {
    char byte = 0;
    return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }
};

class TableWorld final : public ConnectionObserver {
 public:
  explicit TableWorld(const ConnectionLimits& limits = kRoomy) : table(*reactor, *this, limits) {}

  std::size_t on_input(ConnectionId id, std::span<char> input) override {
    CHECK_FALSE(closed.contains(id));
    ++offers;
    if (reader) return reader(id, input);
    received[id].append(input.data(), input.size());
    return input.size();
  }
  void on_secured(ConnectionId id, std::string_view peer_pin) override {
    CHECK(secured.emplace(id, peer_pin).second);
    if (at_secured) at_secured(id);
  }
  void on_eof(ConnectionId id) override {
    ++eofs[id];
    if (at_eof) at_eof(id);
  }
  void on_written(ConnectionId id, std::uint64_t total) override {
    CHECK(total > written[id]);
    written[id] = total;
    ++writes;
    if (at_write) at_write(id);
  }
  void on_close(ConnectionId id, CloseReason reason) override {
    CHECK(closed.emplace(id, reason).second);
    if (at_close) at_close(id);
  }

  Peer connect(std::unique_ptr<Transport> transport = nullptr) {
    auto [near, far] = socket_pair();
    return adopt(std::move(near), std::move(far), std::move(transport));
  }
  Peer connect_tcp(std::size_t send_buffer = 0, int receive_buffer = 0) {
    auto [near, far] = tcp_pair(send_buffer, receive_buffer);
    return adopt(std::move(near), std::move(far), nullptr);
  }
  Peer adopt(UniqueFd peer, UniqueFd own, std::unique_ptr<Transport> transport) {
    const auto id = table.adopt(std::move(own), std::move(transport));
    REQUIRE(id);
    return {*id, std::move(peer)};
  }
  void turn() { reactor->run_once(); }
  bool run(const std::predicate auto& condition) { return run_until(*reactor, condition); }
  // Everything that the peer can hear until it has `size` bytes.
  std::string hear(const Peer& peer, std::size_t size) {
    std::string heard;
    CHECK(run([&] { return (heard += peer.hear()).size() >= size; }));
    return heard;
  }
  bool is_closed_as(const Peer& peer, CloseReason reason) {
    const auto found = closed.find(peer.id);
    return found != closed.end() && found->second == reason;
  }
  bool run_until_closed_as(const Peer& peer, CloseReason reason) {
    return run([&] { return closed.contains(peer.id); }) && is_closed_as(peer, reason);
  }

  std::unique_ptr<Reactor> reactor = make_reactor();
  std::map<ConnectionId, std::string> received;
  std::map<ConnectionId, std::string> secured;
  std::map<ConnectionId, std::uint64_t> written;
  std::map<ConnectionId, int> eofs;
  std::map<ConnectionId, CloseReason> closed;
  int offers = 0;
  int writes = 0;
  std::function<std::size_t(ConnectionId, std::span<char>)> reader;
  std::function<void(ConnectionId)> at_secured;
  std::function<void(ConnectionId)> at_eof;
  std::function<void(ConnectionId)> at_write;
  std::function<void(ConnectionId)> at_close;
  ConnectionTable table;
};

// Bytes of which every stretch looks different.
inline std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1'664'525 + 1'013'904'223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace sockchat::net
