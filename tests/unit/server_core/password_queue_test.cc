// Whose password is checked when: addresses take turns, and strangers cannot shut out the others.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

std::string login(std::string_view name, std::string_view password) {
  return request("login", {std::string(name), std::string(password)});
}

struct Fixture : CoreFixture {
  Fixture() : Fixture(Limits()) {}
  explicit Fixture(const Limits& limits) : CoreFixture(config(limits)) {
    for (const char* name : {"hans", "yoda"}) world.add_user(name, "falcon");
  }
  static server_core::Config config(const Limits& limits) {
    server_core::Config config = CoreWorld::standard_config();
    config.limits = limits;
    return config;
  }

  // A guess at a name that nobody has, and nobody else guesses at.
  ConnectionId guess(std::string address) {
    const ConnectionId id = world.connect(std::move(address));
    world.say_unsettled(id, login(fmt::format("nobody{}", ++guesses), "x"));
    return id;
  }
  std::string first_heard(ConnectionId id) {
    const auto heard = world.hear(id);
    return heard.empty() ? "" : heard[0];
  }

  int guesses = 0;
};

Limits narrow(std::size_t queue) {
  Limits limits;
  limits.hash_queue = queue;
  limits.hash_queue_address = queue;
  limits.hash_workers = 1;
  return limits;
}

}  // namespace

TEST_CASE("passwords: an address that asks once does not wait behind all of one that asks often") {
  Fixture fixture(narrow(64));
  std::vector<ConnectionId> greedy;
  for (int number = 0; number < 40; ++number) greedy.push_back(fixture.guess("192.0.2.1"));
  const ConnectionId modest = fixture.guess("192.0.2.2");
  std::size_t answered = 0;
  while (fixture.world.wire(modest).sent.empty()) {
    REQUIRE(fixture.world.executor().run_one());
    answered = static_cast<std::size_t>(
        std::ranges::count_if(greedy, [&](ConnectionId id) { return !fixture.world.wire(id).sent.empty(); }));
  }
  // Those that were under way before it came, and those that started with it.
  CHECK(answered <= 16);
}

TEST_CASE("passwords: turns go round by address, in the order of coming within each") {
  Fixture fixture(narrow(64));
  // Eight are under way at once: these.
  for (int number = 0; number < 8; ++number) fixture.guess("192.0.2.9");
  std::vector<ConnectionId> waiting;
  for (const char* const address : {"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"})
    waiting.push_back(fixture.guess(address));
  std::vector<ConnectionId> order;
  while (order.size() < waiting.size()) {
    REQUIRE(fixture.world.executor().run_one());
    for (const ConnectionId id : waiting) {
      if (!fixture.world.wire(id).sent.empty() && std::ranges::count(order, id) == 0) order.push_back(id);
    }
  }
  CHECK(order == std::vector{waiting[0], waiting[3], waiting[4], waiting[1], waiting[2]});
}

TEST_CASE("passwords: when there is no room, the address with most gives up its newest for one with fewer") {
  Fixture fixture(narrow(20));
  std::vector<ConnectionId> greedy;
  for (int number = 0; number < 20; ++number) greedy.push_back(fixture.guess("192.0.2.1"));
  CHECK(contains(fixture.first_heard(fixture.guess("192.0.2.1")), R"("code":"busy")"));
  const ConnectionId modest = fixture.world.connect("192.0.2.2");
  fixture.world.say_unsettled(modest, login("hans", "falcon"));
  CHECK(contains(fixture.first_heard(greedy.back()), R"("code":"busy")"));
  fixture.world.settle();
  CHECK(contains(fixture.first_heard(modest), R"("status":"ok")"));
  greedy.pop_back();
  for (const ConnectionId id : greedy)
    CHECK(contains(fixture.first_heard(id), R"("code":"bad_credentials")"));
  CHECK(fixture.world.core().counters().of(&Limits::hash_queue_address) == 1);
  CHECK(fixture.world.core().counters().of(&Limits::hash_queue) == 1);
}

TEST_CASE("passwords: addresses with as many as each other do not displace one another") {
  Fixture fixture(narrow(20));
  std::vector<ConnectionId> both;
  for (int number = 0; number < 20; ++number)
    both.push_back(fixture.guess(number < 10 ? "192.0.2.1" : "192.0.2.2"));
  CHECK(contains(fixture.first_heard(fixture.guess("192.0.2.1")), R"("code":"busy")"));
  CHECK(contains(fixture.first_heard(fixture.guess("192.0.2.2")), R"("code":"busy")"));
  fixture.world.settle();
  for (const ConnectionId id : both) CHECK(contains(fixture.first_heard(id), R"("code":"bad_credentials")"));
}

// C6: many addresses that ask as fast as they can.
TEST_CASE("passwords: fifty addresses that flood the queue do not keep an honest login out") {
  Limits limits;
  Fixture fixture(limits);
  for (int number = 0; number < 1000; ++number) fixture.guess(fmt::format("198.51.100.{}", 1 + number % 50));
  const ConnectionId honest = fixture.world.connect("192.0.2.1");
  fixture.world.say_unsettled(honest, login("hans", "falcon"));
  fixture.world.settle();
  CHECK(contains(fixture.first_heard(honest), R"("status":"ok")"));
  // Nobody was checked who had no place.
  CHECK(fixture.world.hasher().checks <= 64 + 1);
}

TEST_CASE("passwords: a session that changes its own as fast as it can has one under way") {
  Fixture fixture;
  const ConnectionId hans = fixture.world.log_in("hans", "falcon");
  const int before = fixture.world.hasher().checks;
  for (int number = 0; number < 100; ++number)
    fixture.world.say_unsettled(hans, request("passwd", {"falcon", "millennium-f"}));
  const ConnectionId yoda = fixture.world.connect();
  fixture.world.say_unsettled(yoda, login("yoda", "falcon"));
  CHECK(fixture.world.core().counters().of(&Limits::hash_queue) == 0);
  fixture.world.settle();
  CHECK(contains(fixture.first_heard(yoda), R"("status":"ok")"));
  // One was right, two were wrong, and then the name is shut.
  CHECK(fixture.world.hasher().checks - before <= 5);
}

// C3
TEST_CASE("passwords: one that is tried on many names from one address is checked twenty times an hour") {
  Fixture fixture;
  std::set<std::string> codes;
  for (int number = 0; number < 5000; ++number) {
    const ConnectionId id = fixture.guess("192.0.2.1");
    fixture.world.settle();
    codes.insert(contains(fixture.first_heard(id), R"("code":"rate_limited")") ? "rate_limited" : "other");
    fixture.world.vanish(id);
    fixture.world.forget(id);
  }
  CHECK(codes == std::set<std::string>{"other", "rate_limited"});
  CHECK(fixture.world.hasher().checks == 20);
}

TEST_CASE("passwords: an address that has failed too often hears the same for every name") {
  Limits limits;
  limits.address_login_failures_hour = 3;
  Fixture fixture(limits);
  std::vector<std::string> heard;
  for (const auto& [name, password] : {std::pair{"hans", "x"},
                                       {"hans", "x"},
                                       {"hans", "x"},  // shuts it
                                       {"hans", "falcon"},
                                       {"yoda", "falcon"},
                                       {"nobody", "x"}}) {
    const ConnectionId id = fixture.world.connect("192.0.2.1");
    fixture.world.say(id, login(name, password));
    heard.push_back(fixture.first_heard(id));
  }
  CHECK(contains(heard[2], R"("code":"locked")"));
  CHECK(contains(heard[3], R"("code":"rate_limited")"));
  CHECK(heard[3] == heard[4]);
  CHECK(heard[3] == heard[5]);
}

TEST_CASE("passwords: right ones do not use up what an address may fail") {
  Limits limits;
  limits.address_login_failures_hour = 2;
  Fixture fixture(limits);
  for (int number = 0; number < 10; ++number) {
    const ConnectionId id = fixture.world.connect("192.0.2.1");
    fixture.world.say(id, login("hans", "falcon"));
    CHECK(contains(fixture.first_heard(id), R"("status":"ok")"));
    fixture.world.vanish(id);
  }
}

TEST_CASE("passwords: a wrong old one in passwd is a failure of the address, too") {
  Limits limits;
  limits.address_login_failures_hour = 1;
  limits.address_limits_loopback = 1;
  Fixture fixture(limits);
  const ConnectionId hans = fixture.world.log_in("hans", "falcon");
  CHECK(contains(fixture.answer(hans, request("passwd", {"x", "millennium-f"})), "bad_credentials"));
  CHECK(contains(fixture.answer(hans, request("passwd", {"falcon", "millennium-f"})), "rate_limited"));
}

// C2
TEST_CASE("passwords: a token gets in while the name is shut and the address has failed too often") {
  Limits limits;
  limits.address_login_failures_hour = 3;
  Fixture fixture(limits);
  const ConnectionId owner = fixture.world.log_in("hans", "falcon", request("hello", {"resume"}));
  fixture.world.vanish(owner);
  for (int number = 0; number < 5; ++number) {
    fixture.world.say(fixture.world.connect("192.0.2.1"), login("hans", "x"));
  }
  CHECK(contains(fixture.answer(fixture.world.connect("192.0.2.2"), login("hans", "falcon")),
                 R"("code":"locked")"));
  CHECK(contains(fixture.answer(fixture.world.connect("192.0.2.1"), login("yoda", "falcon")),
                 R"("code":"rate_limited")"));
  const std::string back =
      fixture.answer(fixture.world.connect("192.0.2.1"), request("resume", {"token 1", "0"}));
  CHECK(contains(back, R"("status":"ok")"));
  CHECK(contains(back, R"("failed":3)"));
}
