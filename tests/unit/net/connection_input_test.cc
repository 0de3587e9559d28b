#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "unit/net/table_world.h"

namespace sockchat::net {
namespace {

TEST_CASE("input arrives, and what is left over comes again in front of what follows") {
  TableWorld world;
  const Peer peer = world.connect();
  std::vector<std::string> offered;
  world.reader = [&](ConnectionId, std::span<char> input) {
    offered.emplace_back(input.data(), input.size());
    return input.size() < 5 ? 0 : input.size() - 1;
  };
  peer.say("abc");
  world.turn();
  peer.say("def");
  world.turn();
  peer.say("gh");
  world.turn();
  CHECK(offered == std::vector<std::string>{"abc", "abcdef", "fgh"});
}

TEST_CASE("64 bytes behind the input can be read, and the input can be written to") {
  TableWorld world;
  const Peer peer = world.connect();
  int sum = 0;
  world.reader = [&](ConnectionId, std::span<char> input) {
    std::ranges::fill(input, 'x');
    for (std::size_t at = 0; at < ByteBuffer::kPadding; ++at) sum += input.data()[input.size() + at];
    return input.size() / 2;
  };
  for (int round = 0; round < 10; ++round) {
    peer.say(pattern(1000));
    world.turn();
  }
  CHECK(world.offers == 10);
}

TEST_CASE("a turn reads no more than its budget of one connection, and goes on without a new edge") {
  ConnectionLimits limits = kRoomy;
  limits.turn_bytes = 100;
  TableWorld world(limits);
  const Peer flood = world.connect();
  const Peer quiet = world.connect();
  const std::string bytes = pattern(1050);
  flood.say(bytes);
  quiet.say("hello");
  for (std::size_t turns = 1; turns <= 11; ++turns) {
    world.reactor->run_once(kNever);
    CHECK(world.received[flood.id].size() == std::min<std::size_t>(100 * turns, 1050));
    CHECK(world.received[quiet.id] == "hello");
  }
  CHECK(world.received[flood.id] == bytes);
}

TEST_CASE("who asks for a revisit is offered the rest once a turn, and the loop does not wait") {
  TableWorld world;
  const Peer peer = world.connect();
  std::string seen;
  world.reader = [&](ConnectionId id, std::span<char> input) -> std::size_t {
    seen += input.front();
    if (input.size() > 1) world.table.revisit(id);
    return 1;
  };
  peer.say("abcde");
  for (std::size_t turns = 1; turns <= 5; ++turns) {
    world.reactor->run_once(kNever);
    CHECK(seen.size() == turns);
  }
  CHECK(seen == "abcde");
}

TEST_CASE("nothing is read on top of what is to be offered again: a flood of small frames waits outside") {
  ConnectionLimits limits = kRoomy;
  limits.turn_bytes = 1000;
  TableWorld world(limits);
  const Peer peer = world.connect();
  const std::string flood = pattern(20'000);
  std::size_t largest = 0;
  world.reader = [&](ConnectionId id, std::span<char> input) {
    largest = std::max(largest, input.size());
    const std::size_t count = std::min<std::size_t>(input.size(), 10);
    world.received[id].append(input.data(), count);
    if (count < input.size()) world.table.revisit(id);
    return count;
  };
  peer.say(flood);
  CHECK(world.run([&] { return world.received[peer.id].size() == flood.size(); }));
  CHECK(world.received[peer.id] == flood);
  CHECK(largest <= limits.turn_bytes);
}

TEST_CASE("a paused connection is not read, and what it left is offered in the turn of the resume") {
  TableWorld world;
  const Peer peer = world.connect();
  world.reader = [&](ConnectionId id, std::span<char> input) -> std::size_t {
    world.received[id] += input.front();
    world.table.pause(id);
    return 1;
  };
  peer.say("ab");
  world.turn();
  peer.say("c");
  world.turn();
  CHECK(world.offers == 1);
  for (const char* const expected : {"ab", "abc"}) {
    world.reactor->post([&] { world.table.resume(peer.id); });
    world.turn();
    CHECK(world.received[peer.id] == expected);
  }
}

TEST_CASE("a resume in the turn of the pause is answered in the same turn") {
  TableWorld world;
  const Peer peer = world.connect();
  world.reader = [&](ConnectionId id, std::span<char> input) -> std::size_t {
    world.received[id] += input.front();
    if (input.size() > 1) {
      world.table.pause(id);
      world.reactor->post([&world, id] { world.table.resume(id); });
    }
    return 1;
  };
  peer.say("ab");
  world.turn();
  CHECK(world.received[peer.id] == "ab");
}

TEST_CASE("the end of input is told once, after everything before it, also when it comes together") {
  for (const bool together : {true, false}) {
    TableWorld world;
    const Peer peer = world.connect_tcp();
    peer.say("last words");
    if (!together) world.run([&] { return world.received[peer.id] == "last words"; });
    REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
    world.at_eof = [&](ConnectionId id) { CHECK(world.received[id] == "last words"); };
    CHECK(world.run([&] { return world.eofs[peer.id] == 1; }));
    for (int turns = 0; turns < 3; ++turns) world.turn();
    CHECK(world.eofs[peer.id] == 1);
    CHECK(world.closed.empty());
  }
}

TEST_CASE("after the peer's end of input, output still leaves") {
  TableWorld world;
  const Peer peer = world.connect_tcp();
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  REQUIRE(world.run([&] { return world.eofs[peer.id] == 1; }));
  world.table.send(peer.id, "answer");
  CHECK(world.hear(peer, 6) == "answer");
}

TEST_CASE("the end of input waits for who is paused, or asked for a revisit") {
  TableWorld world;
  const Peer peer = world.connect();
  world.reader = [&](ConnectionId id, std::span<char> input) -> std::size_t {
    world.received[id] += input.front();
    if (input.size() > 1) world.table.revisit(id);
    return 1;
  };
  peer.say("abc");
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  world.table.pause(peer.id);
  world.turn();
  CHECK(world.eofs.empty());
  world.at_eof = [&](ConnectionId id) { CHECK(world.received[id] == "abc"); };
  world.table.resume(peer.id);
  CHECK(world.run([&] { return world.eofs[peer.id] == 1; }));
}

TEST_CASE("who does not take answers is not read, until there is room again") {
  ConnectionLimits limits = kRoomy;
  limits.send_queue_soft = 1000;
  TableWorld world(limits);
  const Peer peer = world.connect();
  const std::string answer = pattern(1 << 20);
  world.table.send(peer.id, answer);
  world.turn();
  REQUIRE(world.table.queued_bytes(peer.id) > limits.send_queue_soft);
  peer.say("and now?");
  for (int turns = 0; turns < 3; ++turns) world.turn();
  CHECK(world.offers == 0);
  CHECK(world.hear(peer, answer.size()) == answer);
  CHECK(world.run([&] { return world.received[peer.id] == "and now?"; }));
}

TEST_CASE("however a stream is sliced, consumed, paused and resumed, it arrives whole") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ConnectionLimits limits = kRoomy;
    limits.turn_bytes = 1 + random() % 300;
    TableWorld world(limits);
    const Peer peer = world.connect();
    const std::string sent = pattern(20'000);
    world.reader = [&](ConnectionId id, std::span<char> input) {
      const std::size_t count = random() % (input.size() + 1);
      world.received[id].append(input.data(), count);
      if (random() % 8 == 0) {
        world.table.pause(id);
        world.reactor->post([&world, id] { world.table.resume(id); });
      } else if (count < input.size()) {
        world.table.revisit(id);
      }
      return count;
    };
    for (std::string_view rest = sent; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % 500);
      peer.say(rest.substr(0, size));
      rest.remove_prefix(size);
      world.turn();
    }
    REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
    CHECK(world.run([&] { return world.eofs[peer.id] == 1; }));
    CHECK(world.received[peer.id] == sent);
  }
}

}  // namespace
}  // namespace sockchat::net
