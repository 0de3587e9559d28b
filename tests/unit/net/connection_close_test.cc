#include <doctest/doctest.h>

#include "unit/net/table_world.h"

namespace sockchat::net {
namespace {

// Closing it this way makes the peer's system send a reset.
void reset(Peer& peer) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  REQUIRE(::setsockopt(peer.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  peer.fd.reset();
}

TEST_CASE("a close is told once, in step 8, with the first reason") {
  TableWorld world;
  const Peer peer = world.connect();
  world.reactor->post([&] {
    world.table.close(peer.id, CloseReason::kicked);
    world.table.close(peer.id, CloseReason::logout);
    world.table.close_after_flush(peer.id, CloseReason::shutdown);
    CHECK(world.closed.empty());
    CHECK(world.table.size() == 1);
  });
  world.turn();
  CHECK(world.is_closed_as(peer, CloseReason::kicked));
  CHECK(world.table.size() == 0);
  CHECK(peer.at_end());
}

TEST_CASE("a connection may be closed in each of its callbacks, twice") {
  for (const char* const callback : {"input", "eof", "write", "close"}) {
    CAPTURE(callback);
    TableWorld world;
    const Peer peer = world.connect();
    const auto close_in = [&, callback](std::string_view here) {
      return [&world, wanted = here == callback](ConnectionId id) {
        if (!wanted) return;
        world.table.close(id, CloseReason::logout);
        world.table.close(id, CloseReason::kicked);
      };
    };
    world.reader = [&](ConnectionId id, std::span<char> input) {
      close_in("input")(id);
      return input.size() / 2;
    };
    world.at_eof = close_in("eof");
    world.at_write = close_in("write");
    world.at_close = close_in("close");
    peer.say("hello");
    world.table.send(peer.id, "hello");
    REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
    if (std::string_view(callback) == "close") world.table.close(peer.id, CloseReason::logout);
    CHECK(world.run_until_closed_as(peer, CloseReason::logout));
  }
}

TEST_CASE("a connection that another one of the batch closes hears nothing more") {
  TableWorld world;
  const Peer first = world.connect();
  const Peer second = world.connect();
  world.reader = [&](ConnectionId id, std::span<char> input) {
    world.table.close(id == first.id ? second.id : first.id, CloseReason::replaced);
    return input.size();
  };
  first.say("me");
  second.say("no, me");
  world.turn();
  CHECK(world.offers == 1);
  CHECK(world.closed.size() == 1);
}

TEST_CASE("on_close may close others, which are told in the same turn, and send to those who stay") {
  TableWorld world;
  const Peer first = world.connect();
  const Peer second = world.connect();
  const Peer witness = world.connect();
  world.at_close = [&](ConnectionId id) {
    world.table.send(witness.id, "gone ");
    if (id == first.id) world.table.close(second.id, CloseReason::kicked);
  };
  world.table.close(first.id, CloseReason::logout);
  world.turn();
  CHECK(world.closed.size() == 2);
  world.reactor->run_once(kNever);  // does not wait
  CHECK(witness.hear() == "gone gone ");
}

TEST_CASE("an id that is gone is never given again, and nothing happens to it") {
  TableWorld world;
  const Peer old_peer = world.connect();
  world.table.close(old_peer.id, CloseReason::logout);
  world.turn();
  const Peer new_peer = world.connect();
  CHECK(old_peer.id != new_peer.id);
  for (const ConnectionId id : {old_peer.id, ConnectionId(), ConnectionId(~std::uint64_t{0})}) {
    CHECK(world.table.send(id, "x") == 0);
    world.table.multicast(std::vector{id, id, id, id, id}, "x");
    world.table.pause(id);
    world.table.resume(id);
    world.table.revisit(id);
    world.table.close(id, CloseReason::kicked);
    world.table.close_after_flush(id, CloseReason::kicked);
    CHECK(world.table.queued_bytes(id) == 0);
  }
  world.turn();
  CHECK(world.closed.size() == 1);
  CHECK(new_peer.hear().empty());
}

TEST_CASE("a reset ends the connection as peer_reset, after what came before it") {
  TableWorld world;
  Peer peer = world.connect_tcp();
  peer.say("last words");
  reset(peer);
  CHECK(world.run_until_closed_as(peer, CloseReason::peer_reset));
  CHECK(world.eofs.empty());
}

TEST_CASE("a reset reaches a connection that is paused") {
  TableWorld world;
  Peer peer = world.connect_tcp();
  world.table.pause(peer.id);
  world.turn();
  reset(peer);
  CHECK(world.run_until_closed_as(peer, CloseReason::peer_reset));
}

TEST_CASE("writing to a peer that is gone ends the connection as peer_reset, without a signal") {
  TableWorld world;
  Peer peer = world.connect();
  world.at_eof = [&](ConnectionId id) { world.table.send(id, "anybody there?"); };
  peer.fd.reset();
  CHECK(world.run_until_closed_as(peer, CloseReason::peer_reset));
}

TEST_CASE("close_after_flush sends everything, then the end, and waits for the peer's end") {
  TableWorld world;
  const Peer peer = world.connect_tcp();
  const std::string bytes = pattern(8 << 20);
  world.table.send(peer.id, bytes);
  world.table.close_after_flush(peer.id, CloseReason::logout);
  world.table.close(peer.id, CloseReason::kicked);
  CHECK(world.table.send(peer.id, "too late") == 0);
  peer.say("nobody reads this");
  CHECK(world.hear(peer, bytes.size()) == bytes);
  REQUIRE(world.run([&] { return peer.at_end(); }));
  CHECK(world.closed.empty());
  CHECK(world.written[peer.id] == bytes.size());
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  CHECK(world.run_until_closed_as(peer, CloseReason::logout));
  CHECK(world.offers == 0);
  CHECK(world.eofs.empty());
}

TEST_CASE("what the peer still sends is discarded, so that it can read its last words") {
  ConnectionLimits limits = kRoomy;
  limits.turn_bytes = 1000;
  TableWorld world(limits);
  const Peer peer = world.connect_tcp();
  world.reader = [&](ConnectionId id, std::span<char>) -> std::size_t {
    world.table.send(id, "goodbye");
    world.table.close_after_flush(id, CloseReason::bad_frame);
    return 0;
  };
  for (int count = 0; count < 50; ++count) {
    peer.say(pattern(1500));
    world.turn();
  }
  CHECK(world.offers == 1);
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  CHECK(world.run_until_closed_as(peer, CloseReason::bad_frame));
  CHECK(peer.hear() == "goodbye");
  CHECK(peer.at_end());
}

TEST_CASE("a peer that has finished before is not waited for") {
  TableWorld world;
  const Peer peer = world.connect();
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  world.at_eof = [&](ConnectionId id) {
    world.table.send(id, "goodbye");
    world.table.close_after_flush(id, CloseReason::peer_closed);
  };
  world.turn();
  CHECK(world.is_closed_as(peer, CloseReason::peer_closed));
  CHECK(peer.hear() == "goodbye");
}

TEST_CASE("close_after_flush waits no longer than it may, for a reader or for the peer's end") {
  for (const std::size_t size : {std::size_t{10}, std::size_t{8} << 20}) {
    CAPTURE(size);
    ConnectionLimits limits = kRoomy;
    limits.linger = 30ms;
    TableWorld world(limits);
    const Peer peer = world.connect();
    world.turn();
    const TimePoint before = world.reactor->now().mono;
    world.table.send(peer.id, std::string(size, 'x'));
    world.table.close_after_flush(peer.id, CloseReason::shutdown);
    CHECK(world.run_until_closed_as(peer, CloseReason::shutdown));
    CHECK(world.reactor->now().mono >= before + 30ms);
  }
}

TEST_CASE("a reset while output is flushed, or the peer is waited for, keeps the first reason") {
  for (const std::size_t size : {std::size_t{10}, std::size_t{32} << 20}) {
    CAPTURE(size);
    TableWorld world;
    Peer peer = world.connect_tcp();
    world.table.send(peer.id, std::string(size, 'x'));
    world.table.close_after_flush(peer.id, CloseReason::idle_timeout);
    world.turn();
    CHECK(world.closed.empty());
    reset(peer);
    CHECK(world.run_until_closed_as(peer, CloseReason::idle_timeout));
  }
}

TEST_CASE("a descriptor that cannot be watched is refused and closed") {
  TableWorld world;
  const auto refused = world.table.adopt(UniqueFd(-1), nullptr);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::system);
  CHECK(world.table.size() == 0);
}

TEST_CASE("a table that goes away closes its descriptors without a notice") {
  auto world = std::make_unique<TableWorld>();
  const Peer open = world->connect();
  const Peer closing = world->connect();
  world->table.send(open.id, std::string(8 << 20, 'x'));
  world->turn();
  world->table.close(closing.id, CloseReason::logout);
  world->at_close = [](ConnectionId) { FAIL("nobody is there to be told"); };
  world.reset();
  while (!open.hear().empty()) {
  }
  CHECK(open.at_end());
  CHECK(closing.at_end());
}

}  // namespace
}  // namespace sockchat::net
