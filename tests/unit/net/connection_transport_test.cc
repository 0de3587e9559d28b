#include <doctest/doctest.h>

#include <algorithm>

#include "unit/net/table_world.h"
#include "unit/net/tls_pair.h"

namespace sockchat::net {
namespace {

constexpr char kPoison = '\x01';
constexpr char kEnd = '\x02';

std::string flipped(std::string_view bytes) {
  std::string result(bytes);
  for (char& byte : result) byte = static_cast<char>(byte ^ 0x55);
  return result;
}

enum class Opening : std::uint8_t { none, handshake };

// Flips bits both ways, refuses one byte, and takes another for the end. A handshake is one read of whatever
// comes, and a greeting.
class XorTransport final : public Transport {
 public:
  explicit XorTransport(Opening opening = Opening::none) : is_ready_(opening == Opening::none) {}

  Result<void> ingest(std::span<const char> wire, TimePoint, ByteBuffer& plaintext) override {
    if (std::ranges::find(wire, kPoison) != wire.end()) return fail(Errc::bad_frame, "poison");
    if (!std::exchange(is_ready_, true)) {
      owes_greeting_ = true;
      return {};
    }
    const std::string_view bytes(wire.data(), wire.size());
    plaintext.append(flipped(bytes.substr(0, bytes.find(kEnd))));
    has_ended_ = bytes.contains(kEnd);
    return {};
  }
  Result<void> emit(std::string_view plaintext, ByteBuffer& wire) override {
    if (std::exchange(owes_greeting_, false)) wire.append("hello:");
    if (plaintext.contains(kPoison)) return fail(Errc::internal, "poison");
    wire.append(flipped(plaintext));
    return {};
  }
  void finish(ByteBuffer& wire) override { wire.append("bye"); }
  [[nodiscard]] bool is_ready() const override { return is_ready_; }
  [[nodiscard]] bool has_ended() const override { return has_ended_; }
  [[nodiscard]] std::string peer_pin() const override { return "pin"; }
  [[nodiscard]] std::string peer_key() const override { return "key"; }
  [[nodiscard]] std::string export_secret(std::string_view label) const override {
    return std::string(label);
  }

 private:
  bool is_ready_;
  bool owes_greeting_ = false;
  bool has_ended_ = false;
};

std::unique_ptr<Transport> shaking_hands() { return std::make_unique<XorTransport>(Opening::handshake); }

TEST_CASE("a transport may answer by itself, and changes the bytes of both directions") {
  TableWorld world;
  const Peer peer = world.connect(shaking_hands());
  peer.say("handshake");
  CHECK(world.hear(peer, 6) == "hello:");
  CHECK(world.offers == 0);
  CHECK(world.writes == 0);
  CHECK(world.secured[peer.id] == "pin");
  peer.say(flipped("question"));
  REQUIRE(world.run([&] { return world.received[peer.id] == "question"; }));
  CHECK(world.table.send(peer.id, "ans") == 3);
  CHECK(world.table.send(peer.id, "wer") == 6);
  CHECK(world.hear(peer, 6) == flipped("answer"));
  CHECK(world.written[peer.id] == 6);
  CHECK(world.secured.size() == 1);
}

TEST_CASE("a transport may speak first") {
  TableWorld world;
  const auto client = client_context();
  const Peer peer = world.connect(connect_with(*client));
  CHECK(world.hear(peer, 1).starts_with("\x16\x03\x01"));
}

TEST_CASE("what is sent before the handshake is over waits for it") {
  TableWorld world;
  const Peer peer = world.connect(shaking_hands());
  world.table.send(peer.id, "secret");
  world.turn();
  CHECK(peer.hear().empty());
  CHECK(world.table.queued_bytes(peer.id) == 6);
  peer.say("handshake");
  CHECK(world.hear(peer, 12) == "hello:" + flipped("secret"));
}

TEST_CASE("a connection that ends before its handshake sends nothing of what waited") {
  TableWorld world;
  const Peer peer = world.connect(shaking_hands());
  world.table.send(peer.id, "secret");
  world.table.close_after_flush(peer.id, CloseReason::shutdown);
  REQUIRE(world.run([&] { return peer.at_end() || peer.hear() == "bye"; }));
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  CHECK(world.run_until_closed_as(peer, CloseReason::shutdown));
}

TEST_CASE("a connection in clear text becomes a secured one at its first bytes") {
  TableWorld world;
  const Peer peer = world.connect();
  int offers = 0;
  world.reader = [&](ConnectionId id, std::span<char> input) -> std::size_t {
    if (++offers > 1) {
      world.received[id].append(input.data(), input.size());
      return input.size();
    }
    world.table.secure(id, shaking_hands());
    return 0;
  };
  peer.say("handshake");
  CHECK(world.hear(peer, 6) == "hello:");
  CHECK(offers == 1);
  peer.say(flipped("question"));
  REQUIRE(world.run([&] { return world.received[peer.id] == "question"; }));
  CHECK(world.secured.size() == 1);
}

TEST_CASE("of many handshakes at once so many are served in a turn, and all of them in the end") {
  ConnectionLimits limits = kRoomy;
  limits.turn_handshakes = 2;
  TableWorld world(limits);
  std::vector<Peer> peers;
  for (int count = 0; count < 7; ++count) {
    peers.push_back(world.connect(shaking_hands()));
    peers.back().say("handshake");
  }
  for (std::size_t served = 2; served < peers.size(); served += 2) {
    world.turn();
    CHECK(world.secured.size() == served);
  }
  world.turn();
  CHECK(world.secured.size() == peers.size());
  for (const Peer& peer : peers) CHECK(world.hear(peer, 6) == "hello:");
}

TEST_CASE("what arrives behind a handshake that waits for its turn is not lost") {
  ConnectionLimits limits = kRoomy;
  limits.turn_handshakes = 1;
  TableWorld world(limits);
  const Peer first = world.connect(shaking_hands());
  const Peer second = world.connect(shaking_hands());
  first.say("handshake");
  second.say("handshake");
  world.turn();
  REQUIRE(world.secured.size() == 1);
  const Peer& later = world.secured.contains(first.id) ? second : first;
  later.say(flipped("question"));
  REQUIRE(world.run([&] { return world.received[later.id] == "question"; }));
}

TEST_CASE("the peer's last word is an end of input, behind what came before it") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  peer.say(flipped("last") + kEnd + "junk");
  REQUIRE(world.run([&] { return world.eofs[peer.id] == 1; }));
  CHECK(world.received[peer.id] == "last");
}

TEST_CASE("a paused connection keeps what came out of its transport") {
  TableWorld world;
  const Peer peer = world.connect(shaking_hands());
  world.at_secured = [&](ConnectionId id) { world.table.pause(id); };
  peer.say("handshake");
  REQUIRE(world.run([&] { return !world.secured.empty(); }));
  peer.say(flipped("question"));
  world.turn();
  CHECK(world.offers == 0);
  world.table.resume(peer.id);
  REQUIRE(world.run([&] { return world.received[peer.id] == "question"; }));
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

TEST_CASE("wire bytes that the transport refuses end the connection as tls_failed, with its last word") {
  TableWorld world;
  const Peer peer = world.connect(std::make_unique<XorTransport>());
  peer.say("a\x01");
  CHECK(world.hear(peer, 3) == "bye");
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  CHECK(world.run_until_closed_as(peer, CloseReason::tls_failed));
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
  CHECK(world.hear(peer, bytes.size() + 3) == flipped(bytes) + "bye");
  REQUIRE(world.run([&] { return peer.at_end(); }));
  REQUIRE(::shutdown(peer.fd.get(), SHUT_WR) == 0);
  CHECK(world.run_until_closed_as(peer, CloseReason::logout));
}

}  // namespace
}  // namespace sockchat::net
