// What takes too long, passwords that are wrong or too many, and readers that fall behind.
#include <array>
#include <chrono>

#include "unit/server/limits_walk.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

void walk_login_seconds() {
  Town town({"login_seconds=30"});
  const ConnectionId id = town.world.connect();
  town.world.advance(29s);
  CHECK(town.code(id, request("ping")) == "ok");  // which is no login
  town.world.advance(999ms);
  CHECK_FALSE(town.world.closed(id));
  CHECK(town.hits(&Limits::login_seconds) == 0);
  town.world.advance(1ms);
  CHECK(town.world.closed(id) == CloseReason::login_timeout);
  CHECK(town.hits(&Limits::login_seconds) == 1);
}

void walk_ping_seconds() {
  Town town({"ping_seconds=60"});
  const ConnectionId hans = town.log_in("hans");
  town.world.advance(59'999ms);
  CHECK(town.world.hear(hans).empty());
  town.world.advance(1ms);
  CHECK(count(town.world.hear(hans), R"("command":"ping")") == 1);
  CHECK(town.hits(&Limits::ping_seconds) == 1);
}

void walk_dead_seconds() {
  Town town({"dead_seconds=100"});
  const ConnectionId hans = town.log_in("hans");
  town.world.advance(99'999ms);
  CHECK_FALSE(town.world.closed(hans));
  CHECK(town.hits(&Limits::dead_seconds) == 0);
  town.world.advance(1ms);
  CHECK(town.world.closed(hans) == CloseReason::dead_peer);
  CHECK(town.hits(&Limits::dead_seconds) == 1);
}

void walk_replace_seconds() {
  Town town({"replace_seconds=5"});
  const ConnectionId silent = town.log_in("hans");
  const ConnectionId second = town.world.connect();
  town.world.say(second, login("hans", "secret"));
  town.world.advance(4'999ms);
  CHECK(town.world.hear(second).empty());
  CHECK(town.hits(&Limits::replace_seconds) == 0);
  town.world.advance(1ms);
  CHECK(town.world.closed(silent) == CloseReason::replaced);
  CHECK(Town::code_of(town.world.hear(second)) == "ok");
  CHECK(town.hits(&Limits::replace_seconds) == 1);
}

// --- passwords

void walk_login_failures() {
  Town town({"login_failures=3"});
  const ConnectionId id = town.world.connect();
  CHECK(town.code(id, login("hans", "x")) == "bad_credentials");
  CHECK(town.code(id, login("hans", "x")) == "bad_credentials");
  CHECK(town.code(id, login("hans", "x")) == "locked");
  CHECK(town.hits(&Limits::login_failures) == 0);
  CHECK(town.code(id, login("hans", "secret")) == "locked");
  CHECK(town.hits(&Limits::login_failures) == 1);
  CHECK(town.world.hasher().checks == 3);
}

void walk_address_login_failures_hour() {
  Town town({"address_login_failures_hour=3"});
  const auto guess = [&](const char* address, const char* name) {
    return town.code_from(address, login(name, "x"));
  };
  for (const char* name : {"hans", "yoda", "nobody"}) CHECK(guess("192.0.2.1", name) == "bad_credentials");
  CHECK(town.hits(&Limits::address_login_failures_hour) == 0);
  const ConnectionId id = town.world.connect("192.0.2.1");
  town.world.say(id, login("luke", "secret"));
  const auto heard = town.world.hear(id);
  CHECK(Town::code_of(heard) == "rate_limited");
  CHECK(contains(heard[0], R"("retry_after":3600)"));
  CHECK(town.hits(&Limits::address_login_failures_hour) == 1);
  CHECK(town.world.hasher().checks == 3);
  CHECK(guess("192.0.2.2", "leia") == "bad_credentials");
  town.world.advance(3'599s);
  CHECK(guess("192.0.2.1", "luke") == "rate_limited");
  town.world.advance(1s);
  CHECK(guess("192.0.2.1", "luke") == "bad_credentials");
}

// So many attempts are under way at once: eight for each worker.
void walk_hash_workers() {
  for (const int workers : {1, 2, 3}) {
    CAPTURE(workers);
    Town town({fmt::format("hash_workers={}", workers)});
    for (int guest = 0; guest < 8 * workers + 1; ++guest)
      town.world.say_unsettled(town.world.connect(), login(fmt::format("nobody{}", guest), "x"));
    // The store says that these are counted, and they are given to the hasher.
    for (int stored = 0; stored < 8 * workers; ++stored) REQUIRE(town.world.executor().run_one());
    CHECK(town.world.hasher().checks == 8 * workers);
    town.world.settle();
    CHECK(town.world.hasher().checks == 8 * workers + 1);
  }
}

void walk_hash_queue() {
  Town town({"hash_queue=3"});
  std::vector<ConnectionId> guests;
  for (int guest = 0; guest < 4; ++guest) {
    guests.push_back(town.world.connect());
    town.world.say_unsettled(guests.back(), login(fmt::format("nobody{}", guest), "x"));
    CHECK(town.hits(&Limits::hash_queue) == (guest < 3 ? 0 : 1));
  }
  const auto refused = town.world.hear(guests[3]);
  CHECK(Town::code_of(refused) == "busy");
  CHECK(contains(refused[0], R"("retry_after":1)"));
  town.world.settle();
  for (int guest = 0; guest < 3; ++guest)
    CHECK(Town::code_of(town.world.hear(guests[static_cast<std::size_t>(guest)])) == "bad_credentials");
}

void walk_hash_queue_address() {
  Town town({"hash_queue_address=2"});
  std::vector<ConnectionId> guests;
  for (int guest = 0; guest < 3; ++guest) {
    guests.push_back(town.world.connect("2001:db8::1"));
    town.world.say_unsettled(guests.back(), login(fmt::format("nobody{}", guest), "x"));
    CHECK(town.hits(&Limits::hash_queue_address) == (guest < 2 ? 0 : 1));
  }
  CHECK(Town::code_of(town.world.hear(guests[2])) == "busy");
  town.world.settle();
  for (const ConnectionId id : {guests[0], guests[1]})
    CHECK(Town::code_of(town.world.hear(id)) == "bad_credentials");
}

// --- readers

void walk_unconfirmed_max() {
  Town town({"unconfirmed_max=3"});
  const ConnectionId hans = town.log_in("hans");
  const ConnectionId yoda = town.log_in("yoda", request("hello", {"ack"}));
  for (int number = 1; number <= 4; ++number) {
    CHECK(town.code(hans, request("message", {"yoda", "x"})) == "ok");
    CHECK(town.world.hear(yoda).size() == (number <= 3 ? 1 : 0));
    CHECK(town.hits(&Limits::unconfirmed_max) == (number <= 3 ? 0 : 1));
  }
  town.world.say(yoda, request("ack", {"3"}));
  CHECK(town.world.hear(yoda).size() == 1);
}

// While no more than the limit is unsent, one more message goes out.
void walk_send_queue_soft() {
  const auto deliver = [](std::size_t soft, int messages) {
    Town town({fmt::format("send_queue_soft={}", soft)});
    const ConnectionId hans = town.log_in("hans");
    const ConnectionId yoda = town.log_in("yoda");
    const std::uint64_t before = town.world.wire(yoda).sent_total;
    town.world.wire(yoda).stalled = true;
    for (int number = 0; number < messages; ++number)
      CHECK(town.code(hans, request("message", {"yoda", "x"})) == "ok");
    const std::uint64_t sent = town.world.wire(yoda).sent_total - before;
    return std::pair(sent, town.hits(&Limits::send_queue_soft));
  };
  const std::uint64_t one = deliver(10'000, 1).first;
  using Sent = std::pair<std::uint64_t, std::uint64_t>;
  CHECK(deliver(2 * one - 1, 4) == Sent{2 * one, 1});
  CHECK(deliver(2 * one, 4) == Sent{3 * one, 1});
  CHECK(deliver(2 * one + 1, 4) == Sent{3 * one, 1});
  CHECK(deliver(2 * one, 3) == Sent{3 * one, 0});
}

}  // namespace

std::span<const LimitWalk> sockchat::test::walks_of_sessions() {
  static constexpr std::array kWalks{
      LimitWalk{&Limits::login_seconds, walk_login_seconds},
      LimitWalk{&Limits::ping_seconds, walk_ping_seconds},
      LimitWalk{&Limits::dead_seconds, walk_dead_seconds},
      LimitWalk{&Limits::replace_seconds, walk_replace_seconds},
      LimitWalk{&Limits::login_failures, walk_login_failures},
      LimitWalk{&Limits::address_login_failures_hour, walk_address_login_failures_hour},
      LimitWalk{&Limits::hash_workers, walk_hash_workers},
      LimitWalk{&Limits::hash_queue, walk_hash_queue},
      LimitWalk{&Limits::hash_queue_address, walk_hash_queue_address},
      LimitWalk{&Limits::unconfirmed_max, walk_unconfirmed_max},
      LimitWalk{&Limits::send_queue_soft, walk_send_queue_soft},
  };
  return kWalks;
}
