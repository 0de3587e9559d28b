// Who may come in, what a first frame may be, and how long it may take: over sockets.
#include <array>
#include <chrono>

#include "unit/server/limits_walk.h"
#include "unit/server/served_world.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;
using server::Peer;
using server::ping_of;
using server::Plaintext;
using server::request_frame;
using server::ServedWorld;
using Codes = std::vector<std::string>;

namespace {

struct Door : ServedWorld {
  explicit Door(std::initializer_list<std::string> assignments)
      : ServedWorld(limits_with(assignments), Plaintext::any) {}

  std::uint64_t hits(LimitField limit) { return core.counters().of(limit); }
  // Somebody new: whether they were let in. `newcomer` is their end.
  bool lets_in(std::string_view address) {
    const std::size_t before = core.connections();
    newcomer.emplace(connect(address));
    return core.connections() > before;
  }
  Codes told(Peer& peer) { return read_to_end(peer); }

  std::optional<Peer> newcomer;
};

void walk_frame_max_login() {
  Door door({"frame_max_login=100"});
  Peer peer = door.connect();
  peer.send(ping_of(99) + ping_of(100));
  CHECK(door.read(peer, 2) == Codes(2, "ping ok"));
  CHECK(door.hits(&Limits::frame_max_login) == 0);
  peer.send(ping_of(101));
  CHECK(door.await_close(peer) == CloseReason::bad_frame);
  CHECK(peer.read_all() == Codes{" bad_frame"});
  CHECK(door.hits(&Limits::frame_max_login) == 1);
}

void walk_frame_max() {
  Door door({"frame_max=5000"});
  Peer peer = door.connect();
  peer.send(request_frame("login", {"hans", "falcon"}) + ping_of(4999) + ping_of(5000));
  CHECK(door.read(peer, 3) == Codes{"login ok", "ping ok", "ping ok"});
  CHECK(door.hits(&Limits::frame_max) == 0);
  peer.send(ping_of(5001).substr(0, 4));
  CHECK(door.await_close(peer) == CloseReason::bad_frame);
  CHECK(door.hits(&Limits::frame_max) == 1);
}

void walk_connections_max() {
  Door door({"connections_max=2"});
  Peer first = door.connect();
  Peer second = door.connect();
  CHECK(door.adopted.has_value());
  CHECK(door.hits(&Limits::connections_max) == 0);
  Peer third = door.connect();
  CHECK_FALSE(door.adopted.has_value());
  CHECK(door.told(third) == Codes{" busy"});
  CHECK(door.hits(&Limits::connections_max) == 1);
  CHECK(door.core.connections() == 2);
}

// Below a quarter everybody comes in; from there on some do; at the limit nobody.
void walk_unauthenticated_max() {
  Door door({"unauthenticated_max=8"});
  int host = 0;
  const auto address = [&] {
    ++host;
    return fmt::format("198.51.{}.{}", host / 250, 1 + host % 250);
  };
  std::vector<Peer> strangers;
  while (strangers.size() < 3) {
    REQUIRE(door.lets_in(address()));
    strangers.push_back(*std::move(door.newcomer));
  }
  CHECK(door.hits(&Limits::unauthenticated_max) == 0);
  for (int tries = 0; tries < 5'000 && strangers.size() < 8; ++tries) {
    if (door.lets_in(address())) strangers.push_back(*std::move(door.newcomer));
  }
  REQUIRE(strangers.size() == 8);
  CHECK(door.core.strangers() == 8);
  for (int tries = 0; tries < 50; ++tries) CHECK_FALSE(door.lets_in(address()));
  CHECK(door.hits(&Limits::unauthenticated_max) >= 50);
  CHECK(door.lets_in("127.0.0.1"));
  // Who logs in is a stranger no more.
  strangers[0].send(request_frame("login", {"hans", "falcon"}));
  CHECK(door.read(strangers[0], 1) == Codes{"login ok"});
  CHECK(door.core.strangers() == 7);
}

void walk_address_connections() {
  Door door({"address_connections=3"});
  std::vector<Peer> inside;
  for (int number = 0; number < 3; ++number) {
    REQUIRE(door.lets_in("192.0.2.1"));
    inside.push_back(*std::move(door.newcomer));
  }
  CHECK(door.hits(&Limits::address_connections) == 0);
  CHECK_FALSE(door.lets_in("192.0.2.1"));
  CHECK(door.told(*door.newcomer) == Codes{" rate_limited"});
  CHECK(door.hits(&Limits::address_connections) == 1);
  CHECK(door.lets_in("192.0.2.2"));
  inside[0].hang_up();
  CHECK(door.await_close(inside[0]) == CloseReason::peer_closed);
  CHECK(door.lets_in("192.0.2.1"));
}

void walk_address_new_burst() {
  Door door({"address_new_burst=3", "address_new_rate=0.001"});
  for (int number = 0; number < 3; ++number) {
    CHECK(door.lets_in("192.0.2.1"));
    door.newcomer->hang_up();
    CHECK(door.await_close(*door.newcomer) == CloseReason::peer_closed);
  }
  CHECK(door.hits(&Limits::address_new_rate) == 0);
  CHECK_FALSE(door.lets_in("192.0.2.1"));
  CHECK(door.told(*door.newcomer) == Codes{" rate_limited"});
  CHECK(door.hits(&Limits::address_new_rate) == 1);
}

void walk_address_new_rate() {
  Door door({"address_new_burst=1", "address_new_rate=10"});
  CHECK(door.lets_in("192.0.2.1"));
  const TimePoint begin = door.reactor->now().mono;
  CHECK_FALSE(door.lets_in("192.0.2.1"));
  CHECK(door.hits(&Limits::address_new_rate) == 1);
  // What was refused has taken nothing: after a tenth of a second there is room.
  while (!door.lets_in("192.0.2.1")) door.turn_for(5ms);
  const Duration waited = door.reactor->now().mono - begin;
  CHECK(waited >= 100ms);
  CHECK(waited < 1s);

  Door open({"address_new_burst=1", "address_new_rate=0"});
  for (int number = 0; number < 10; ++number) CHECK(open.lets_in("192.0.2.1"));
  CHECK(open.hits(&Limits::address_new_rate) == 0);
}

void walk_address_limits_loopback() {
  for (const bool holds : {false, true}) {
    CAPTURE(holds);
    Door door({"address_connections=1", holds ? "address_limits_loopback=1" : "address_limits_loopback=0"});
    for (const char* const address : {"127.0.0.1", "127.1.2.3", "::1"}) {
      CAPTURE(address);
      CHECK(door.lets_in(address));
      Peer first = *std::move(door.newcomer);
      CHECK(door.lets_in(address) != holds);
    }
    CHECK(door.hits(&Limits::address_connections) == (holds ? 3 : 0));
  }
}

// The end comes at the limit, and not much later.
void check_time(Door& door, Peer& peer, TimePoint begin, Duration limit, CloseReason reason) {
  while (door.reactor->now().mono < begin + limit - 10ms) {
    CHECK(door.is_open(peer));
    door.turn_for(1ms);
  }
  CHECK(door.await_close(peer) == reason);
  const Duration waited = door.reactor->now().mono - begin;
  CHECK(waited >= limit);
  CHECK(waited < limit + 1s);
}

void walk_handshake_seconds() {
  for (const bool is_dripping : {false, true}) {
    Door door({"handshake_seconds=0.2"});
    door.turn();
    const TimePoint begin = door.reactor->now().mono;
    Peer peer = door.connect();
    peer.send(is_dripping ? "\x16" : "\x16\x03\x01");
    door.turn();
    CHECK(door.hits(&Limits::handshake_seconds) == 0);
    if (is_dripping) peer.send("\x03");
    check_time(door, peer, begin, 200ms, CloseReason::handshake_timeout);
    CHECK(door.hits(&Limits::handshake_seconds) == 1);
  }
}

void walk_frame_seconds() {
  Door door({"frame_seconds=0.2"});
  Peer peer = door.connect();
  door.turn();
  const TimePoint begin = door.reactor->now().mono;
  peer.send(ping_of(100).substr(0, 103));
  check_time(door, peer, begin, 200ms, CloseReason::frame_timeout);
  CHECK(door.hits(&Limits::frame_seconds) == 1);
}

// --- a turn: what is over the budget is served in the next one

void walk_turn_bytes() {
  for (const std::size_t size : {99U, 100U, 101U}) {
    CAPTURE(size);
    Door door({"turn_bytes=100"});
    Peer peer = door.connect();
    peer.send(ping_of(size - 4));
    CHECK(door.read(peer, 1) == Codes{"ping ok"});
    CHECK(door.hits(&Limits::turn_bytes) == (size < 100 ? 0 : 1));
  }
}

void walk_turn_frames() {
  for (const std::size_t frames : {2U, 3U, 4U}) {
    CAPTURE(frames);
    Door door({"turn_frames=3"});
    Peer peer = door.connect();
    std::string bytes;
    for (std::size_t number = 0; number < frames; ++number) bytes += request_frame("ping");
    peer.send(bytes);
    CHECK(door.read(peer, frames) == Codes(frames, "ping ok"));
    CHECK(door.hits(&Limits::turn_frames) == (frames <= 3 ? 0 : 1));
  }
}

void walk_turn_accepts() {
  Door door({"turn_accepts=3"});
  door.turn();
  std::vector<Peer> peers;
  for (int number = 1; number <= 4; ++number) {
    peers.push_back(door.connect());
    CHECK(door.hits(&Limits::turn_accepts) == (number < 3 ? 0 : 1));
  }
}

}  // namespace

std::span<const LimitWalk> sockchat::test::walks_of_connections() {
  static constexpr std::array kWalks{
      LimitWalk{&Limits::frame_max_login, walk_frame_max_login},
      LimitWalk{&Limits::frame_max, walk_frame_max},
      LimitWalk{&Limits::connections_max, walk_connections_max},
      LimitWalk{&Limits::unauthenticated_max, walk_unauthenticated_max},
      LimitWalk{&Limits::address_connections, walk_address_connections},
      LimitWalk{&Limits::address_new_burst, walk_address_new_burst},
      LimitWalk{&Limits::address_new_rate, walk_address_new_rate},
      LimitWalk{&Limits::address_limits_loopback, walk_address_limits_loopback},
      LimitWalk{&Limits::handshake_seconds, walk_handshake_seconds},
      LimitWalk{&Limits::frame_seconds, walk_frame_seconds},
      LimitWalk{&Limits::turn_bytes, walk_turn_bytes},
      LimitWalk{&Limits::turn_frames, walk_turn_frames},
      LimitWalk{&Limits::turn_accepts, walk_turn_accepts},
  };
  return kWalks;
}
