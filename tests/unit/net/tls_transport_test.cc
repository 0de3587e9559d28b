#include "unit/net/table_world.h"
#include "unit/net/tls_pair.h"

namespace sockchat::net {
namespace {

TEST_CASE("what one end says the other hears, in both directions and in slices of any size") {
  for (const std::size_t slice : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::string::npos}) {
    TlsPair pair;
    pair.slice = slice;
    pair.shake_hands();
    const std::string question = pattern(100'000);
    pair.carry(pair.client, pair.server, question);
    CHECK(pair.server.heard.view() == question);
    pair.carry(pair.server, pair.client, "answer");
    pair.carry(pair.server, pair.client, " and more");
    CHECK(pair.client.heard.view() == "answer and more");
    CHECK(pair.server.failure.empty());
    CHECK(pair.client.failure.empty());
  }
}

TEST_CASE("the wire carries ciphertext") {
  TlsPair pair;
  pair.shake_hands();
  CHECK_FALSE(pair.client.emit("a secret that is long enough to be found").contains("secret"));
}

TEST_CASE("a client learns the pin of the server's key, and a server asks for none") {
  TlsPair pair;
  CHECK(pair.client.transport->peer_pin().empty());
  pair.shake_hands();
  CHECK(pair.client.transport->peer_pin() == pair.server_side->pin());
  CHECK(pair.server_side->pin().size() == 64);
  CHECK(pair.server_side->pin().find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(pair.server.transport->peer_pin().empty());
  CHECK(pair.client_side->pin().empty());
}

TEST_CASE("every key has another pin, and a certificate tells its own") {
  const auto first = make_tls_identity();
  const auto second = make_tls_identity();
  REQUIRE(first);
  REQUIRE(second);
  const auto pin = pin_of_certificate(first->reveal());
  REQUIRE(pin);
  CHECK(*pin != pin_of_certificate(second->reveal()));
  const auto context = TlsContext::for_server(first->reveal(), *first);
  REQUIRE(context);
  CHECK((*context)->pin() == *pin);
}

TEST_CASE("the last word of one end ends the other, behind what was said") {
  TlsPair pair;
  pair.shake_hands();
  ByteBuffer wire;
  REQUIRE(pair.client.transport->emit("bye", wire));
  pair.client.transport->finish(wire);
  pair.server.take(wire.view());
  CHECK(pair.server.heard.view() == "bye");
  CHECK(pair.server.transport->has_ended());
  // Whatever follows is nobody's.
  pair.server.take("junk");
  CHECK(pair.server.failure.empty());
  CHECK(pair.server.heard.view() == "bye");
}

TEST_CASE("an end that has not shaken hands says nothing at its end") {
  TlsPair pair;
  ByteBuffer wire;
  pair.server.transport->finish(wire);
  CHECK(wire.empty());
}

TEST_CASE("bytes that are no TLS fail the handshake, and the peer is told by an alert") {
  TlsPair pair;
  pair.server.take(std::string("\x16\x03\x01\x00\x10", 5) + "this is no hello");
  CHECK_FALSE(pair.server.failure.empty());
  CHECK_FALSE(pair.server.transport->is_ready());
  const std::string alert = pair.server.emit();
  REQUIRE(alert.size() == 7);
  CHECK(alert[0] == '\x15');
  // Once broken, always.
  pair.server.take(pair.client.emit());
  CHECK_FALSE(pair.server.transport->is_ready());
  CHECK(pair.server.emit().empty());
}

TEST_CASE("a record that was changed on the way ends the conversation") {
  TlsPair pair;
  pair.shake_hands();
  std::string wire = pair.client.emit("attack at dawn");
  wire[10] = static_cast<char>(wire[10] ^ 1);
  pair.server.take(wire);
  CHECK_FALSE(pair.server.failure.empty());
  CHECK(pair.server.heard.empty());
  CHECK_FALSE(pair.server.transport->is_ready());
}

TEST_CASE("a record from earlier is not taken twice") {
  TlsPair pair;
  pair.shake_hands();
  const std::string wire = pair.client.emit("once");
  pair.server.take(wire);
  pair.server.take(wire);
  CHECK_FALSE(pair.server.failure.empty());
  CHECK(pair.server.heard.view() == "once");
}

TEST_CASE("transports outlive the context that made them") {
  TlsPair pair;
  pair.server_side = server_context();
  pair.client_side = client_context();
  pair.shake_hands();
  pair.carry(pair.client, pair.server, "still here");
  CHECK(pair.server.heard.view() == "still here");
  CHECK(pair.client.transport->peer_pin() != pair.server_side->pin());
}

TEST_CASE("a certificate and a key that do not fit are refused, each with what is wrong") {
  const auto own = make_tls_identity();
  const auto other = make_tls_identity();
  REQUIRE(own);
  REQUIRE(other);
  const auto why = [](std::string_view certificate, const Secret& key) {
    const auto context = TlsContext::for_server(certificate, key);
    REQUIRE_FALSE(context);
    CHECK(context.error().code == Errc::bad_argument);
    return context.error().text;
  };
  CHECK(why("", *own).starts_with("there is no certificate"));
  CHECK(why("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n", *own)
            .starts_with("there is no certificate"));
  CHECK(why(own->reveal(), Secret("")).starts_with("there is no key"));
  CHECK(why(own->reveal(), *other).starts_with("the key is not the certificate's"));
  std::string chain(own->reveal());
  chain += "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n";
  CHECK(why(chain, *own) == "the certificate's chain is damaged");
}

TEST_CASE("a chain is taken with its certificate") {
  const auto own = make_tls_identity();
  const auto above = make_tls_identity();
  std::string chain(own->reveal());
  chain += above->reveal();
  const auto context = TlsContext::for_server(chain, *own);
  REQUIRE(context);
  CHECK((*context)->pin() == pin_of_certificate(own->reveal()));
}

TEST_CASE("a table carries TLS between two of its connections") {
  TableWorld world;
  const auto server = server_context();
  const auto client = client_context();
  auto [near, far] = tcp_pair(0, 0);
  const auto dialed = world.table.adopt(std::move(near), connect_with(*client));
  const auto taken = world.table.adopt(std::move(far));
  REQUIRE(dialed);
  REQUIRE(taken);
  bool was_secured = false;
  world.reader = [&](ConnectionId id, std::span<char> input) -> std::size_t {
    if (id == *taken && !std::exchange(was_secured, true)) {
      CHECK(input.front() == '\x16');
      world.table.secure(id, accept_with(*server));
      return 0;
    }
    world.received[id].append(input.data(), input.size());
    return input.size();
  };
  const std::string bytes = pattern(3 << 20);
  world.table.send(*dialed, bytes);
  REQUIRE(world.run([&] { return world.received[*taken].size() == bytes.size(); }));
  CHECK(world.received[*taken] == bytes);
  CHECK(world.secured[*dialed] == server->pin());
  CHECK(world.secured[*taken].empty());
  world.table.send(*taken, bytes);
  world.table.close_after_flush(*taken, CloseReason::logout);
  REQUIRE(world.run([&] { return world.eofs[*dialed] == 1; }));
  CHECK(world.received[*dialed] == bytes);
  world.table.close_after_flush(*dialed, CloseReason::user_quit);
  REQUIRE(world.run([&] { return world.closed.size() == 2; }));
  CHECK(world.closed[*taken] == CloseReason::logout);
}

}  // namespace
}  // namespace sockchat::net
