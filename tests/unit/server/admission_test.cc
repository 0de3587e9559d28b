#include "server/admission.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

AddressGroup of(std::string_view host) { return AddressGroup::of(host); }
AddressGroup host(unsigned number) {
  return of(fmt::format("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255));
}

// Chance as the test likes it.
struct Gate {
  explicit Gate(const Limits& limits) : admission(limits, [this] { return dice; }) {}

  bool enters(const AddressGroup& address, std::size_t strangers = 0, TimePoint now = kStart) {
    return !admission.enter(address, strangers, now);
  }

  std::uint64_t dice = 0;
  Admission admission;
};

}  // namespace

TEST_CASE("admission: all of a /64 share what one address may have, and IPv4 counts by itself") {
  Limits limits;
  limits.address_connections = 2;
  Gate gate(limits);
  CHECK(gate.enters(of("2001:db8::1")));
  CHECK(gate.enters(of("2001:db8::2")));
  CHECK_FALSE(gate.enters(of("2001:db8::3")));
  CHECK(gate.enters(of("2001:db8:0:1::1")));
  CHECK(gate.enters(of("192.0.2.1")));
  CHECK(gate.enters(of("::ffff:192.0.2.1")));
  CHECK_FALSE(gate.enters(of("192.0.2.1")));
  gate.admission.leave(of("2001:db8::2"), kStart);
  CHECK(gate.enters(of("2001:db8::3")));
}

TEST_CASE("admission: who is turned away hears which limit it was, and when to come again") {
  Limits limits;
  limits.address_new_rate = 0.5;
  limits.address_new_burst = 1;
  Gate gate(limits);
  CHECK(gate.enters(of("192.0.2.1")));
  const auto why = gate.admission.enter(of("192.0.2.1"), 0, kStart);
  REQUIRE(why);
  CHECK(why->limit == LimitField(&Limits::address_new_rate));
  CHECK(why->retry_after == 2s);
  CHECK(gate.enters(of("192.0.2.1"), 0, kStart + 2s));
}

TEST_CASE("admission: a burst is paid back by time and not by leaving") {
  Limits limits;
  limits.address_new_burst = 3;
  Gate gate(limits);
  const AddressGroup stranger = of("192.0.2.1");
  for (int number = 0; number < 3; ++number) {
    CHECK(gate.enters(stranger));
    gate.admission.leave(stranger, kStart);
  }
  CHECK_FALSE(gate.enters(stranger, 0, kStart + 999ms));
  CHECK(gate.enters(stranger, 0, kStart + 1s));
}

TEST_CASE("admission: between a quarter of the limit and the limit, as many are turned away as it is full") {
  Limits limits;
  limits.unauthenticated_max = 1024;
  limits.address_new_rate = 0;
  Gate gate(limits);
  const auto share = [&](std::size_t strangers) {
    int turned_away = 0;
    for (gate.dice = 0; gate.dice < 768; ++gate.dice)
      turned_away += gate.enters(host(static_cast<unsigned>(gate.dice)), strangers) ? 0 : 1;
    return turned_away;
  };
  CHECK(share(0) == 0);
  CHECK(share(256) == 0);
  CHECK(share(257) == 1);
  CHECK(share(640) == 384);
  CHECK(share(1023) == 767);
  CHECK(share(1024) == 768);
  CHECK(share(2000) == 768);
}

TEST_CASE("admission: loopback is left out, unless it is to be counted") {
  Limits limits;
  limits.address_connections = 1;
  limits.unauthenticated_max = 1;
  for (const std::size_t counts : {0U, 1U}) {
    limits.address_limits_loopback = counts;
    Gate gate(limits);
    CHECK(gate.enters(of("127.0.0.1"), 0));
    CHECK(gate.enters(of("127.0.0.1"), 0) == (counts == 0));
    CHECK(gate.enters(of("::1"), 5) == (counts == 0));
    CHECK(gate.admission.size() == counts);
  }
}

TEST_CASE(
    "admission: those who have gone are forgotten when their burst is paid back, or when they are many") {
  Limits limits;
  limits.address_new_burst = 10;
  Gate gate(limits);
  CHECK(gate.enters(host(0)));  // and stays
  for (unsigned number = 1; number <= Admission::kGoneMax + 100; ++number) {
    REQUIRE(gate.enters(host(number)));
    gate.admission.leave(host(number), kStart);
  }
  CHECK(gate.admission.size() == Admission::kGoneMax + 1);
  gate.admission.leave(host(0), kStart + 10s);
  CHECK(gate.admission.size() == 1);
}

TEST_CASE("admission: a flood from one address stays one entry") {
  Gate gate{Limits()};
  int inside = 0;
  for (int number = 0; number < 50'000; ++number)
    inside += gate.enters(of("192.0.2.1"), 0, kStart + number * 600us) ? 1 : 0;
  CHECK(inside == 64);
  CHECK(gate.admission.size() == 1);
}

// A17. Chosen so that a table of 65,536 places by the low bits, as the library's would be for numbers, has
// all of them in one.
TEST_CASE("admission: addresses that somebody chose cost no more than others") {
  constexpr unsigned kMany = 20'000;
  std::vector<AddressGroup> chosen;
  std::vector<AddressGroup> random;
  std::mt19937 generator(1);
  for (unsigned number = 0; number < kMany; ++number) {
    chosen.push_back(of(fmt::format("2001:db8:{:x}:0::1", number)));
    random.push_back(of(fmt::format("{:x}:{:x}:{:x}:{:x}::1", 0x2000 + generator() % 0x1000,
                                    generator() % 65'536, generator() % 65'536, generator() % 65'536)));
  }
  const auto time = [](const std::vector<AddressGroup>& addresses) {
    auto best = std::chrono::nanoseconds::max();
    for (int round = 0; round < 5; ++round) {
      Gate gate{Limits()};
      const auto begin = std::chrono::steady_clock::now();
      for (const AddressGroup& address : addresses) static_cast<void>(gate.enters(address));
      best = std::min(best, std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin));
    }
    return best;
  };
  CHECK(time(chosen) < 3 * time(random));
}
