#include "server/link_adapter.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/wire/frame_writer.h"
#include "unit/server/served_world.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;
using Codes = std::vector<std::string>;

Limits quick_limits() {
  Limits limits;
  limits.frame_seconds = 100ms;
  return limits;
}

}  // namespace

TEST_CASE("frames: two at once are answered in their order") {
  ServedWorld world;
  Peer peer = world.connect();
  peer.send(request_frame("ping") + request_frame("whoelse"));
  CHECK(world.read(peer, 2) == Codes{"ping ok", "whoelse not_logged_in"});
}

TEST_CASE("frames: every slicing gives the same answers") {
  ServedWorld world;
  const std::string bytes = request_frame("ping") + request_frame("whoelse") + request_frame("nonsense");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    CAPTURE(cut);
    Peer peer = world.connect();
    peer.send(bytes.substr(0, cut));
    world.turn();
    peer.send(bytes.substr(cut));
    CHECK(world.read(peer, 3) == Codes{"ping ok", "whoelse not_logged_in", "nonsense unknown_command"});
  }
}

TEST_CASE("frames: byte by byte they are answered too") {
  ServedWorld world;
  Peer peer = world.connect();
  for (const char byte : request_frame("ping") + request_frame("ping")) {
    peer.send(std::string_view(&byte, 1));
    world.turn();
  }
  CHECK(world.read(peer, 2) == Codes{"ping ok", "ping ok"});
}

TEST_CASE("frames: more than a turn may take are all answered") {
  Limits limits;
  limits.turn_frames = 2;
  ServedWorld world(limits);
  Peer peer = world.connect();
  std::string many;
  for (int count = 0; count < 25; ++count) many += request_frame("ping");
  peer.send(many);
  CHECK(world.read(peer, 25) == Codes(25, "ping ok"));
}

TEST_CASE("frames: a budget that is used up does not count as a started frame") {
  Limits limits = quick_limits();
  limits.turn_frames = 1;
  ServedWorld world(limits);
  Peer peer = world.connect();
  peer.send(request_frame("ping") + request_frame("ping") + request_frame("ping"));
  CHECK(world.read(peer, 3) == Codes(3, "ping ok"));
  world.turn_for(300ms);
  CHECK(world.is_open(peer));
}

TEST_CASE("frames: what follows a login waits for its answer, and comes under the larger limit") {
  ServedWorld world;
  Peer peer = world.connect();
  peer.send(request_frame("login", {"hans", "falcon"}) + ping_of(20'000) + request_frame("whoelse"));
  CHECK(world.read(peer, 3) == Codes{"login ok", "ping ok", "whoelse ok"});
}

TEST_CASE("frames: the largest is taken, one byte more is not") {
  Limits limits;
  ServedWorld world(limits);
  Peer peer = world.connect();
  peer.send(ping_of(limits.frame_max_login));
  CHECK(world.read(peer, 1) == Codes{"ping ok"});
  peer.send(frame_header(limits.frame_max_login + 1));
  CHECK(world.read(peer, 1) == Codes{" bad_frame"});
  CHECK(world.await_close(peer) == CloseReason::bad_frame);
}

TEST_CASE("frames: a length that cannot be is answered once, and nothing behind it is read") {
  for (const std::uint32_t length : {0u, 4097u, 65'537u, 0x00ff'ffffu}) {
    CAPTURE(length);
    ServedWorld world;
    Peer peer = world.connect();
    peer.send(frame_header(length) + request_frame("ping"));
    CHECK(world.await_close(peer) == CloseReason::bad_frame);
    CHECK(peer.read_all() == Codes{" bad_frame"});
  }
}

TEST_CASE("frames: behind the first one, a length of 2^24 or more is a bad frame") {
  for (const std::uint32_t length : {0x0100'0000u, 0x1603'0100u, 0xffff'ffffu}) {
    CAPTURE(length);
    ServedWorld world;
    Peer peer = world.connect();
    peer.send(request_frame("ping") + frame_header(length));
    CHECK(world.await_close(peer) == CloseReason::bad_frame);
    CHECK(peer.read_all() == Codes{"ping ok", " bad_frame"});
  }
}

TEST_CASE("first byte: anything but a clear-text length is closed without a word") {
  for (const std::string_view bytes : {"GET / HTTP/1.1\r\n\r\n", "\x01", "\x15", "\xff"}) {
    ServedWorld world;
    Peer peer = world.connect();
    peer.send(bytes);
    CHECK(world.await_close(peer) == CloseReason::bad_first_byte);
    CHECK(peer.read_all().empty());
  }
}

TEST_CASE("clear text: from elsewhere it is refused with the first byte, unless it is allowed") {
  ServedWorld world;
  Peer refused = world.connect("192.0.2.1");
  refused.send(request_frame("ping").substr(0, 1));
  CHECK(world.await_close(refused) == CloseReason::tls_required);
  CHECK(refused.read_all() == Codes{" tls_required"});

  ServedWorld open_world(Limits(), Plaintext::any);
  Peer welcome = open_world.connect("192.0.2.1");
  welcome.send(request_frame("ping"));
  CHECK(open_world.read(welcome, 1) == Codes{"ping ok"});
}

TEST_CASE("frame timeout: a started frame that is not finished in time closes the connection") {
  ServedWorld world(quick_limits());
  const std::string frame = request_frame("ping");
  for (const std::size_t part : {std::size_t{1}, std::size_t{4}, frame.size() - 1}) {
    CAPTURE(part);
    Peer peer = world.connect();
    peer.send(frame.substr(0, part));
    CHECK(world.await_close(peer) == CloseReason::frame_timeout);
  }
}

TEST_CASE("frame timeout: dripping bytes do not postpone it") {
  ServedWorld world(quick_limits());
  Peer peer = world.connect();
  peer.send(frame_header(1000));
  const auto begin = std::chrono::steady_clock::now();
  while (world.is_open(peer) && std::chrono::steady_clock::now() - begin < 10s) {
    peer.send(" ");
    world.turn_for(10ms);
  }
  CHECK(world.await_close(peer) == CloseReason::frame_timeout);
}

TEST_CASE("frame timeout: the time counts anew for each frame, and not between them") {
  ServedWorld world(quick_limits());
  Peer idle = world.connect();
  Peer busy = world.connect();
  const std::string frame = request_frame("ping");
  idle.send(frame);
  busy.send(frame.substr(0, 5));
  // Always in the middle of a frame, never for long in the same one.
  for (int round = 0; round < 10; ++round) {
    world.turn_for(30ms);
    busy.send(frame.substr(5) + frame.substr(0, 5));
  }
  CHECK(world.read(busy, 10) == Codes(10, "ping ok"));
  CHECK(world.is_open(busy));
  CHECK(world.is_open(idle));
}

TEST_CASE("connections: one too many is told that the server is full") {
  Limits limits;
  limits.connections_max = 2;
  ServedWorld world(limits);
  Peer first = world.connect();
  Peer second = world.connect();
  REQUIRE(world.adopted);
  Peer third = world.connect();
  REQUIRE_FALSE(world.adopted);
  CHECK(world.adopted.error().code == Errc::busy);
  CHECK(world.read(third, 1) == Codes{" busy"});
  third.send(request_frame("ping"));
  CHECK(world.read_to_end(third).empty());
  CHECK(world.core.connections() == 2);

  first.send(request_frame("ping"));
  second.send(request_frame("ping"));
  CHECK(world.read(first, 1) == Codes{"ping ok"});
  CHECK(world.read(second, 1) == Codes{"ping ok"});
  second.hang_up();
  world.turn_until([&] { return world.core.connections() == 1; });
  Peer fourth = world.connect();
  fourth.send(request_frame("ping"));
  CHECK(world.read(fourth, 1) == Codes{"ping ok"});
}

TEST_CASE("deadlines: the core's come in time although nothing else happens") {
  Limits limits;
  limits.login_seconds = 100ms;
  ServedWorld world(limits);
  Peer peer = world.connect();
  CHECK(world.await_close(peer) == CloseReason::login_timeout);
}
