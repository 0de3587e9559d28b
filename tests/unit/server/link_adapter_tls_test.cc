#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "server/link_adapter.h"
#include "unit/server/served_world.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;
using Codes = std::vector<std::string>;

struct SecureWorld : ServedWorld {
  using ServedWorld::ServedWorld;

  Peer dial(std::string_view address = "192.0.2.1") {
    Peer peer = connect(address);
    auto transport = client->connect_transport();
    REQUIRE(transport);
    peer.secure(*std::move(transport));
    return peer;
  }
  void shake_hands(Peer& peer) {
    turn_until([&] {
      peer.receive();
      return peer.transport().is_ready();
    });
  }

  std::unique_ptr<net::TlsContext> client = *net::TlsContext::for_client();
};

Limits impatient() {
  Limits limits;
  limits.handshake_seconds = 100ms;
  return limits;
}

}  // namespace

TEST_CASE("TLS: the first byte is enough to tell, from everywhere, and then frames are frames") {
  for (const Plaintext plaintext : {Plaintext::loopback, Plaintext::never, Plaintext::any}) {
    SecureWorld world(Limits(), plaintext);
    for (const std::string_view address : {"127.0.0.1", "192.0.2.1"}) {
      Peer peer = world.dial(address);
      world.shake_hands(peer);
      CHECK(peer.transport().peer_pin() == world.links.tls().pin());
      peer.say(request_frame("ping") + request_frame("login", {"hans", "falcon"}));
      CHECK(world.read(peer, 2) == Codes{"ping ok", "login ok"});
      peer.say(request_frame("logout"));
      CHECK(world.read(peer, 1) == Codes{"logout ok"});
      world.turn_until([&] { return !peer.receive(); });
      CHECK(peer.transport().has_ended());
      peer.hang_up();
      CHECK(world.await_close(peer) == CloseReason::logout);
    }
  }
}

TEST_CASE("clear text: where it is never taken, not even from loopback") {
  ServedWorld world(Limits(), Plaintext::never);
  Peer peer = world.connect("127.0.0.1");
  peer.send(request_frame("ping").substr(0, 1));
  CHECK(world.await_close(peer) == CloseReason::tls_required);
  CHECK(peer.read_all() == Codes{" tls_required"});
}

TEST_CASE("TLS: inside of it the limits of frames are the same") {
  SecureWorld world;
  Peer peer = world.dial();
  world.shake_hands(peer);
  peer.say("GET / HTTP/1.1\r\n\r\n");
  CHECK(world.read(peer, 1) == Codes{" bad_frame"});
  peer.hang_up();
  CHECK(world.await_close(peer) == CloseReason::bad_frame);
}

TEST_CASE("TLS: what is no handshake behind the first byte ends the connection") {
  ServedWorld world;
  Peer peer = world.connect();
  peer.send(std::string("\x16\x03\x01\x00\x10", 5) + "this is no hello");
  CHECK(world.await_close(peer) == CloseReason::tls_failed);
}

TEST_CASE("handshake timeout: it counts from the beginning, and no byte postpones it") {
  SecureWorld world(impatient());
  Peer silent = world.connect("192.0.2.1");
  silent.send("\x16");
  Peer dripping = world.connect("192.0.2.2");
  dripping.send("\x16");
  world.turn_until([&] {
    if (world.is_open(dripping)) dripping.send("\x03");
    return !world.is_open(silent) && !world.is_open(dripping);
  });
  CHECK(world.await_close(silent) == CloseReason::handshake_timeout);
  CHECK(world.journal.reasons.contains(dripping.id));
}

TEST_CASE("handshake timeout: who is through stays") {
  SecureWorld world(impatient());
  Peer peer = world.dial();
  world.shake_hands(peer);
  world.turn_for(200ms);
  peer.say(request_frame("ping"));
  CHECK(world.read(peer, 1) == Codes{"ping ok"});
}

TEST_CASE("a new certificate is for new connections, and old ones go on") {
  SecureWorld world;
  Peer before = world.dial();
  world.shake_hands(before);
  const std::string old_pin = world.links.tls().pin();
  world.links.use(fresh_tls());
  Peer after = world.dial();
  world.shake_hands(after);
  CHECK(before.transport().peer_pin() == old_pin);
  CHECK(after.transport().peer_pin() == world.links.tls().pin());
  CHECK(world.links.tls().pin() != old_pin);
  before.say(request_frame("ping"));
  CHECK(world.read(before, 1) == Codes{"ping ok"});
}
