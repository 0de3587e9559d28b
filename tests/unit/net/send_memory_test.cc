// The bound on the unsent output of all connections together, and who goes when it is reached.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "unit/net/table_world.h"

namespace sockchat::net {
namespace {

constexpr std::size_t kMiB = 1 << 20;

ConnectionLimits bounded(std::size_t send_memory_max) {
  ConnectionLimits limits = kRoomy;
  limits.send_memory_max = send_memory_max;
  return limits;
}

// Each one waits from its own turn on.
std::vector<Peer> stalled_peers(TableWorld& world, std::size_t count, std::string_view bytes) {
  std::vector<Peer> peers;
  for (std::size_t at = 0; at < count; ++at) {
    peers.push_back(world.connect());
    world.table.send(peers.back().id, bytes);
    world.turn();
  }
  return peers;
}

TEST_CASE("who has made no progress for longest is closed first, and nobody more than has to be") {
  TableWorld world(bounded(4 * kMiB));
  const std::string bytes = pattern(kMiB);
  const auto peers = stalled_peers(world, 4, bytes);
  CHECK(world.closed.empty());
  CHECK(world.table.queued_bytes_total() == 4 * kMiB);

  const auto more = stalled_peers(world, 2, bytes);
  CHECK(world.closed.size() == 2);
  CHECK(world.is_closed_as(peers[0], CloseReason::slow_consumer));
  CHECK(world.is_closed_as(peers[1], CloseReason::slow_consumer));
  CHECK(world.table.queued_bytes_total() == 4 * kMiB);
  CHECK(world.hear(peers[2], bytes.size()) == bytes);
  CHECK(world.hear(more[1], bytes.size()) == bytes);
}

TEST_CASE("who takes something is kept as long as there is somebody who takes nothing") {
  TableWorld world(bounded(4 * kMiB));
  const std::string bytes = pattern(kMiB);
  const auto peers = stalled_peers(world, 4, bytes);
  const std::string heard = peers[0].hear();
  REQUIRE(!heard.empty());
  REQUIRE(heard.size() < bytes.size());
  world.turn();

  // From a list that was made before the first one took something, too.
  const auto more = stalled_peers(world, 3, bytes);
  CHECK(world.closed.size() == 3);
  for (std::size_t at = 1; at < peers.size(); ++at)
    CHECK(world.is_closed_as(peers[at], CloseReason::slow_consumer));
  CHECK(heard + world.hear(peers[0], bytes.size() - heard.size()) == bytes);
}

TEST_CASE("when all take something, memory is bounded all the same") {
  TableWorld world(bounded(kMiB));
  const Peer peer = world.connect();
  world.table.send(peer.id, std::string(2 * kMiB, 'x'));
  world.turn();
  CHECK(world.is_closed_as(peer, CloseReason::slow_consumer));
  CHECK(world.table.queued_bytes_total() == 0);
}

TEST_CASE("what is shared counts once, however many wait for it") {
  TableWorld world(bounded(2 * kMiB));
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  for (int count = 0; count < 20; ++count) ids.push_back(peers.emplace_back(world.connect()).id);
  const std::string bytes = pattern(kMiB);
  world.table.multicast(ids, bytes);
  world.turn();
  CHECK(world.closed.empty());
  CHECK(world.table.queued_bytes_total() == kMiB);
  for (const Peer& peer : peers) CHECK(world.hear(peer, bytes.size()) == bytes);
  world.turn();
  CHECK(world.table.queued_bytes_total() == 0);
}

TEST_CASE("small pieces count as the memory that they take") {
  TableWorld world(bounded(kMiB));
  const auto peers = stalled_peers(world, 3, std::string(300 * 1024, 'x'));
  CHECK(world.closed.empty());
  // Behind what is full, a block of 4 KiB for each 2.5 KiB.
  for (int count = 0; count < 20; ++count) world.table.send(peers[2].id, std::string(2'500, 'y'));
  CHECK(world.table.queued_bytes_total() >= 3 * 300 * 1024 + 20 * 4096);
}

TEST_CASE("a connection that is being closed goes with the others when memory is short") {
  TableWorld world(bounded(kMiB));
  const Peer leaving = world.connect();
  world.table.send(leaving.id, std::string(700 * 1024, 'x'));
  world.table.close_after_flush(leaving.id, CloseReason::logout);
  world.turn();
  CHECK(world.closed.empty());
  const auto peers = stalled_peers(world, 1, std::string(700 * 1024, 'y'));
  CHECK(world.is_closed_as(leaving, CloseReason::logout));
  CHECK(world.closed.size() == 1);
}

TEST_CASE("who acknowledges nothing for too long is ended as send_stalled, also when the kernel finds out") {
  TableWorld world;
  auto [near, far] = tcp_pair(64 * 1024, 8 * 1024);
  const unsigned milliseconds = 100;
  REQUIRE(::setsockopt(far.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds) == 0);
  const Peer peer = world.adopt(std::move(near), std::move(far), nullptr);
  world.table.send(peer.id, std::string(2 * kMiB, 'x'));
  CHECK(world.run_until_closed_as(peer, CloseReason::send_stalled));
}

TEST_CASE("a reader may be as slow as it likes, and only who takes nothing is ended") {
  ConnectionLimits limits = kRoomy;
  limits.send_stall = 600ms;
  TableWorld world(limits);
  // Windows that open for a few kilobytes, far less than what makes room for another write.
  const Peer slow = world.connect_tcp(64 * 1024, 8 * 1024);
  const Peer stalled = world.connect_tcp(64 * 1024, 8 * 1024);
  world.table.send(slow.id, std::string(2 * kMiB, 'x'));
  world.table.send(stalled.id, std::string(2 * kMiB, 'x'));
  int steps = 0;
  int last_write = 0;
  int longest_without_a_write = 0;
  world.at_write = [&](ConnectionId id) {
    if (id == slow.id) last_write = steps;
  };
  const std::function<void()> take_some = [&] {
    char piece[2048];
    REQUIRE(::recv(slow.fd.get(), piece, sizeof piece, MSG_DONTWAIT) > 0);
    longest_without_a_write = std::max(longest_without_a_write, ++steps - last_write);
    world.reactor->schedule(world.reactor->now().mono + 60ms, [&] { take_some(); });
  };
  world.turn();
  take_some();
  CHECK(world.run([&] { return steps >= 40; }));
  CHECK(longest_without_a_write > 12);  // longer than send_stall: nothing but acknowledgements
  CHECK_FALSE(world.closed.contains(slow.id));
  CHECK(world.is_closed_as(stalled, CloseReason::send_stalled));
}

}  // namespace
}  // namespace sockchat::net
