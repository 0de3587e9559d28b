// Output that nobody takes: over sockets whose other end does not read.
#include <sys/socket.h>

#include <array>
#include <chrono>

#include "sockchat/net/socket.h"
#include "unit/server/limits_walk.h"
#include "unit/server/served_world.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;
using server::Peer;
using server::ServedWorld;

namespace {

// More than the kernel takes of it.
constexpr std::size_t kMuch = 600'000;

struct Stalled : ServedWorld {
  explicit Stalled(std::initializer_list<std::string> assignments)
      : ServedWorld(limits_with(assignments)), peer(connect()) {}

  std::uint64_t hits(LimitField limit) { return core.counters().of(limit); }
  void send(std::size_t bytes) {
    connections.send(peer.id, std::string(bytes, 'x'));
    turn();
    turn();
  }

  Peer peer;
};

void walk_send_queue_hard() {
  for (const std::size_t bytes : {99'999U, 100'000U, 100'001U}) {
    CAPTURE(bytes);
    Stalled world({"send_queue_hard=100000"});
    world.send(bytes);
    const bool is_over = bytes > 100'000;
    CHECK(world.is_open(world.peer) != is_over);
    if (is_over) CHECK(world.await_close(world.peer) == CloseReason::slow_consumer);
    CHECK(world.hits(&Limits::send_queue_hard) == (is_over ? 1 : 0));
    CHECK(world.hits(&Limits::send_memory_max) == 0);
  }
}

void walk_send_memory_max() {
  Stalled first({});
  first.send(kMuch);
  const std::size_t unsent = first.connections.queued_bytes_total();
  REQUIRE(unsent > 64 * 1024);
  for (const std::size_t limit : {unsent - 1, unsent, unsent + 1}) {
    CAPTURE(limit);
    Stalled world({fmt::format("send_memory_max={}", limit)});
    world.send(kMuch);
    const bool is_over = limit < unsent;
    CHECK(world.is_open(world.peer) != is_over);
    if (is_over) CHECK(world.await_close(world.peer) == CloseReason::slow_consumer);
    CHECK(world.hits(&Limits::send_memory_max) == (is_over ? 1 : 0));
    CHECK(world.hits(&Limits::send_queue_hard) == 0);
  }
}

void walk_send_stall_seconds() {
  Stalled world({"send_stall_seconds=0.2"});
  const TimePoint begin = world.reactor->now().mono;
  world.send(kMuch);
  while (world.reactor->now().mono < begin + 190ms) {
    CHECK(world.is_open(world.peer));
    world.turn_for(1ms);
  }
  CHECK(world.hits(&Limits::send_stall_seconds) == 0);
  CHECK(world.await_close(world.peer) == CloseReason::send_stalled);
  CHECK(world.reactor->now().mono - begin >= 200ms);
  CHECK(world.reactor->now().mono - begin < 2s);
  CHECK(world.hits(&Limits::send_stall_seconds) == 1);
}

// Asked of the kernel, which doubles it for its own accounts; there is nobody to be told.
void walk_send_buffer() {
  const auto granted = [](std::size_t wanted) {
    const auto listener = net::listen_on("127.0.0.1", 0, wanted);
    REQUIRE(listener);
    int bytes = 0;
    socklen_t size = sizeof bytes;
    REQUIRE(::getsockopt(listener->fd.get(), SOL_SOCKET, SO_SNDBUF, &bytes, &size) == 0);
    return static_cast<std::size_t>(bytes);
  };
  for (const std::size_t wanted : {65'535U, 65'536U, 65'537U}) CHECK(granted(wanted) == 2 * wanted);
  CHECK(granted(0) != 0);
}

}  // namespace

std::span<const LimitWalk> sockchat::test::walks_of_output() {
  static constexpr std::array kWalks{
      LimitWalk{&Limits::send_queue_hard, walk_send_queue_hard},
      LimitWalk{&Limits::send_memory_max, walk_send_memory_max},
      LimitWalk{&Limits::send_stall_seconds, walk_send_stall_seconds},
      LimitWalk{&Limits::send_buffer, walk_send_buffer},
  };
  return kWalks;
}
