#include "sockchat/domain/address_failures.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace {

using namespace sockchat;
using namespace std::chrono_literals;
using domain::AddressFailures;

constexpr TimePoint kStart{1h};
const AddressGroup kStranger = AddressGroup::of("192.0.2.1");
const AddressGroup kOther = AddressGroup::of("192.0.2.2");

}  // namespace

TEST_CASE("failures of an address: at the limit nothing is checked for the rest of the hour") {
  AddressFailures failures(3, 100);
  for (int number = 0; number < 3; ++number) {
    CHECK_FALSE(failures.refused_for(kStranger, kStart + number * 10min));
    failures.count(kStranger, kStart + number * 10min);
  }
  CHECK(failures.refused_for(kStranger, kStart + 20min) == 40min);
  CHECK(failures.refused_for(kStranger, kStart + 1h - 1ms) == 1ms);
  CHECK_FALSE(failures.refused_for(kStranger, kStart + 1h));
  CHECK_FALSE(failures.refused_for(kOther, kStart + 20min));
  failures.count(kStranger, kStart + 1h);
  CHECK_FALSE(failures.refused_for(kStranger, kStart + 1h));
}

TEST_CASE("failures of an address: what was right is taken back") {
  AddressFailures failures(1, 100);
  failures.count(kStranger, kStart);
  CHECK(failures.refused_for(kStranger, kStart));
  failures.take_back(kStranger);
  CHECK_FALSE(failures.refused_for(kStranger, kStart));
  failures.take_back(kStranger);
  failures.take_back(kOther);
  failures.count(kStranger, kStart);
  CHECK(failures.refused_for(kStranger, kStart));
}

TEST_CASE("failures of an address: memory has a bound, and whose hour ends first is forgotten first") {
  AddressFailures failures(1, 10);
  for (int host = 1; host <= 11; ++host)
    failures.count(AddressGroup::of(fmt::format("192.0.2.{}", host)), kStart + host * 1s);
  CHECK(failures.size() == 10);
  CHECK_FALSE(failures.refused_for(kStranger, kStart + 20s));
  CHECK(failures.refused_for(kOther, kStart + 20s));
  failures.count(kStranger, kStart + 2h);
  CHECK(failures.size() == 1);
}
