#include <doctest/doctest.h>

#include "unit/net/table_world.h"

namespace sockchat::net {
namespace {

TEST_CASE("nothing leaves before step 7, and then everything at once, in order") {
  TableWorld world;
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  for (int count = 0; count < 5; ++count) ids.push_back(peers.emplace_back(world.connect()).id);
  world.turn();
  world.reactor->post([&] {
    for (const ConnectionId id : ids) world.table.send(id, "one ");
    world.table.multicast(ids, "two ");
    world.table.multicast(ids, std::string(5000, '3'));
    for (const ConnectionId id : ids) world.table.send(id, " four");
    for (const Peer& peer : peers) CHECK(peer.hear().empty());
  });
  world.turn();
  for (const Peer& peer : peers) CHECK(peer.hear() == "one two " + std::string(5000, '3') + " four");
  CHECK(world.writes == 5);
  CHECK(world.table.queued_bytes_total() == 0);
}

TEST_CASE("send says where its bytes end in the stream, and on_written counts up to there") {
  TableWorld world;
  const Peer peer = world.connect();
  CHECK(world.table.send(peer.id, "") == 0);
  CHECK(world.table.send(peer.id, "12345") == 5);
  CHECK(world.table.send(peer.id, "678") == 8);
  CHECK(world.table.queued_bytes(peer.id) == 8);
  world.turn();
  CHECK(world.written[peer.id] == 8);
  CHECK(world.table.queued_bytes(peer.id) == 0);
  CHECK(world.table.send(peer.id, "9") == 9);
}

TEST_CASE("what on_written queues goes out in the next turn, which does not wait") {
  TableWorld world;
  const Peer peer = world.connect();
  world.at_write = [&](ConnectionId id) {
    if (world.writes < 3) world.table.send(id, "again ");
  };
  world.table.send(peer.id, "first ");
  for (int turns = 1; turns <= 3; ++turns) {
    world.reactor->run_once(kNever);
    CHECK(world.writes == turns);
  }
  CHECK(peer.hear() == "first again again ");
}

TEST_CASE("a multicast is the same for all, whether they read, read slowly or read later") {
  TableWorld world;
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  for (int count = 0; count < 9; ++count) ids.push_back(peers.emplace_back(world.connect()).id);
  std::vector<std::string> heard(peers.size());
  std::string sent;
  for (int round = 0; round < 300; ++round) {
    const std::string message = std::to_string(round) + ":" + pattern(static_cast<std::size_t>(round * 37));
    sent += message;
    world.table.multicast(ids, message);
    if (round % 10 == 0) {
      // One of three has an interlude of its own, which must not disturb the others.
      for (std::size_t at = 0; at < ids.size(); at += 3) world.table.send(ids[at], "#");
    }
    if (round % 3 == 0) world.turn();
    for (std::size_t at = 0; at < peers.size(); ++at) {
      if (at < 3 || (at < 6 && round % 50 == 0)) heard[at] += peers[at].hear();
    }
  }
  CHECK(world.table.queued_bytes(ids.back()) > 0);
  CHECK(world.run([&] {
    bool all = true;
    for (std::size_t at = 0; at < peers.size(); ++at) {
      heard[at] += peers[at].hear();
      all &= heard[at].size() == sent.size() + (at % 3 == 0 ? 30 : 0);
    }
    return all;
  }));
  for (std::size_t at = 0; at < peers.size(); ++at) {
    if (at % 3 == 0) {
      CHECK(heard[at] == heard[0]);
    } else {
      CHECK(heard[at] == sent);
    }
  }
  world.turn();
  CHECK(world.table.queued_bytes_total() == 0);
}

TEST_CASE("a write that stops half-way goes on when the reader has made room") {
  TableWorld world;
  const Peer peer = world.connect();
  std::string sent;
  for (int count = 0; count < 1000; ++count) {
    sent += pattern(static_cast<std::size_t>(3000 + count));
    world.table.send(peer.id,
                     std::string_view(sent).substr(sent.size() - 3000 - static_cast<std::size_t>(count)));
  }
  world.turn();
  const std::size_t unsent = world.table.queued_bytes(peer.id);
  CHECK(unsent > 0);
  CHECK(world.written[peer.id] == sent.size() - unsent);
  world.turn();
  CHECK(world.writes == 1);  // not tried again without room
  CHECK(world.hear(peer, sent.size()) == sent);
  world.turn();
  CHECK(world.written[peer.id] == sent.size());
}

TEST_CASE("who lets too much pile up is closed as slow_consumer, and holds nothing any more") {
  ConnectionLimits limits = kRoomy;
  limits.send_queue_hard = 10'000;
  TableWorld world(limits);
  const Peer peer = world.connect();
  CHECK(world.table.send(peer.id, std::string(10'000, 'x')) == 10'000);
  CHECK(world.table.send(peer.id, "y") == 0);
  CHECK(world.table.queued_bytes(peer.id) == 0);
  world.turn();
  CHECK(world.is_closed_as(peer, CloseReason::slow_consumer));
  CHECK(world.table.queued_bytes_total() == 0);
}

TEST_CASE("a multicast that is too much for one receiver reaches the others") {
  ConnectionLimits limits = kRoomy;
  limits.send_queue_hard = 100;
  TableWorld world(limits);
  std::vector<Peer> peers;
  std::vector<ConnectionId> ids;
  for (int count = 0; count < 5; ++count) ids.push_back(peers.emplace_back(world.connect()).id);
  world.table.send(ids[2], std::string(95, 'x'));
  world.table.multicast(ids, "0123456789");
  world.turn();
  for (const Peer& peer : peers) {
    CHECK((peer.id == ids[2] ? world.is_closed_as(peer, CloseReason::slow_consumer)
                             : peer.hear() == "0123456789"));
  }
}

TEST_CASE("output without progress is ended as send_stalled, output with progress is not") {
  ConnectionLimits limits = kRoomy;
  limits.send_stall = 100ms;
  TableWorld world(limits);
  const Peer stalled = world.connect();
  const Peer slow = world.connect();
  const std::string bytes = pattern(4 << 20);
  world.table.send(stalled.id, bytes);
  world.table.send(slow.id, bytes);
  std::string heard;
  const std::function<void()> listen = [&] {
    heard += slow.hear();
    if (heard.size() < bytes.size())
      world.reactor->schedule(world.reactor->now().mono + 10ms, [&] { listen(); });
  };
  listen();
  CHECK(world.run([&] { return heard.size() == bytes.size() && world.closed.contains(stalled.id); }));
  CHECK(world.is_closed_as(stalled, CloseReason::send_stalled));
  CHECK(heard == bytes);
  world.reactor->run_once(world.reactor->now().mono + 120ms);
  CHECK(world.closed.size() == 1);
}

TEST_CASE("idle connections leave nothing over for the next turn") {
  TableWorld world;
  std::vector<Peer> peers;
  for (int count = 0; count < 400; ++count) peers.push_back(world.connect());
  world.turn();
  const TimePoint before = world.reactor->now().mono;
  world.reactor->run_once(before + 5ms);  // waits
  CHECK(world.reactor->now().mono >= before + 5ms);
}

}  // namespace
}  // namespace sockchat::net
