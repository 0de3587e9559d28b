#include <doctest/doctest.h>

#include <algorithm>

#include "unit/net/table_world.h"

namespace sockchat::net {
namespace {

constexpr char kPoison = '\x01';

std::string flipped(std::string_view bytes) {
  std::string result(bytes);
  for (char& byte : result) byte = static_cast<char>(byte ^ 0x55);
  return result;
}

// Flips bits both ways, greets who speaks first, and refuses one byte.
class XorTransport final : public Transport {
 public:
  Result<std::span<char>> ingest(std::span<char> wire) override {
    if (std::ranges::find(wire, kPoison) != wire.end()) return fail(Errc::bad_frame, "poison");
    if (!std::exchange(was_greeted_, true)) {
      owes_greeting_ = true;
      return wire.first(0);
    }
    std::ranges::copy(flipped({wire.data(), wire.size()}), wire.begin());
    return wire;
  }
  [[nodiscard]] bool is_plain() const override { return false; }
  Result<void> emit(std::string_view plaintext, ByteBuffer& wire) override {
    if (std::exchange(owes_greeting_, false)) wire.append("hello:");
    if (plaintext.contains(kPoison)) return fail(Errc::internal, "poison");
    wire.append(flipped(plaintext));
    return {};
  }

 private:
  bool was_greeted_ = false;
  bool owes_greeting_ = false;
};

TEST_CASE("a transport may answer by itself, and changes the bytes of both directions") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  peer.say("handshake");
  CHECK(world.hear(peer, 6) == "hello:");
  CHECK(world.offers == 0);
  CHECK(world.writes == 0);
  peer.say(flipped("question"));
  REQUIRE(world.run([&] { return world.received[peer.id] == "question"; }));
  CHECK(world.table.send(peer.id, "ans") == 3);
  CHECK(world.table.send(peer.id, "wer") == 6);
  CHECK(world.hear(peer, 6) == flipped("answer"));
  CHECK(world.written[peer.id] == 6);
}

TEST_CASE("plaintext counts as unsent until all of its wire bytes are sent") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  const std::string bytes = pattern(2 << 20);
  std::string clean = bytes;
  std::ranges::replace(clean, kPoison, '?');
  world.table.send(peer.id, clean);
  world.turn();
  CHECK(world.table.queued_bytes(peer.id) == clean.size());
  world.table.send(peer.id, "more");
  CHECK(world.hear(peer, clean.size() + 4) == flipped(clean + "more"));
  CHECK(world.table.queued_bytes(peer.id) == 0);
  CHECK(world.written[peer.id] == clean.size() + 4);
}

TEST_CASE("wire bytes count as memory, and who has them gives them back when they are too much") {
  ConnectionLimits limits = kRoomy;
  limits.send_memory_max = 4 << 20;
  TableWorld world(limits);
  const Peer first = world.connect(std::make_unique<XorTransport>());
  const Peer second = world.connect(std::make_unique<XorTransport>());
  const std::string bytes(3 << 20, 'x');
  world.table.send(first.id, bytes);
  world.turn();
  CHECK(world.closed.empty());
  CHECK(world.table.queued_bytes_total() > 2 << 20);
  world.table.send(second.id, bytes);
  world.turn();
  CHECK(world.is_closed_as(first, CloseReason::slow_consumer));
  CHECK(world.closed.size() == 1);
  CHECK(world.table.queued_bytes_total() <= bytes.size());
  CHECK(world.hear(second, bytes.size()) == flipped(bytes));
  world.turn();
  CHECK(world.table.queued_bytes_total() == 0);
}

TEST_CASE("wire bytes that the transport refuses end the connection as bad_frame") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  peer.say("a\x01");
  CHECK(world.run_until_closed_as(peer, CloseReason::bad_frame));
  CHECK(world.offers == 0);
}

TEST_CASE("plaintext that cannot be sent ends the connection as io_error") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  world.table.send(peer.id, "b\x01");
  CHECK(world.run_until_closed_as(peer, CloseReason::io_error));
}

TEST_CASE("close_after_flush waits for the wire bytes too") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  std::string bytes = pattern(1 << 20);
  std::ranges::replace(bytes, kPoison, '?');
  world.table.send(peer.id, bytes);
  world.table.close_after_flush(peer.id, CloseReason::logout);
  CHECK(world.hear(peer, bytes.size()) == flipped(bytes));
  REQUIRE(world.run([&] { return peer.at_end(); }));
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  CHECK(world.run_until_closed_as(peer, CloseReason::logout));
}

}  // namespace
}  // namespace sockchat::net
