#include "sockchat/domain/lockout.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart(1'000'000h);

NameDigest name(unsigned number) {
  NameDigest digest{};
  for (std::size_t index = 0; index < 4; ++index) digest[index] = std::byte(number >> (8 * index) & 0xFF);
  return digest;
}
const NameDigest kHans = name(1);
const NameDigest kLuke = name(2);

struct World {
  Lockout lockout{3, 60s, 100};

  void fail(const NameDigest& who, int times, WallTime now) {
    for (; times > 0; --times) lockout.record_failure(who, now);
  }
};

}  // namespace

TEST_CASE("the third failure in a row shuts the name, the first and second leave 2 and 1") {
  Lockout lockout(3, 60s, 100);
  CHECK(lockout.attempts_left(kHans, kStart) == 3);
  CHECK(lockout.record_failure(kHans, kStart) == LockoutRecord{kHans, 1, std::nullopt});
  CHECK(lockout.attempts_left(kHans, kStart) == 2);
  CHECK(lockout.record_failure(kHans, kStart) == LockoutRecord{kHans, 2, std::nullopt});
  CHECK(lockout.attempts_left(kHans, kStart) == 1);
  CHECK_FALSE(lockout.locked_for(kHans, kStart));
  CHECK(lockout.record_failure(kHans, kStart).locked_until == kStart + 60s);
  CHECK(lockout.attempts_left(kHans, kStart) == 0);
  CHECK(lockout.locked_for(kHans, kStart) == 60s);
}

TEST_CASE("a name is shut up to the last millisecond of the lock, and has all attempts after it") {
  World world;
  world.fail(kHans, 3, kStart);
  CHECK(world.lockout.locked_for(kHans, kStart + 60s - 1ms) == 1ms);
  CHECK_FALSE(world.lockout.locked_for(kHans, kStart + 60s));
  CHECK(world.lockout.attempts_left(kHans, kStart + 60s) == 3);
  CHECK(world.lockout.record_failure(kHans, kStart + 60s) == LockoutRecord{kHans, 1, std::nullopt});
}

TEST_CASE("an hour of guessing meets one lock a minute") {
  World world;
  int checks = 0;
  for (WallTime now = kStart; now < kStart + 1h; now += 100ms) {
    if (world.lockout.locked_for(kHans, now)) continue;
    world.lockout.record_failure(kHans, now);
    ++checks;
  }
  // Three guesses take 200 ms, so a round is 60.2 s.
  CHECK(checks == 3 * 60);
}

TEST_CASE("names are shut one by one") {
  World world;
  world.fail(kHans, 3, kStart);
  CHECK_FALSE(world.lockout.locked_for(kLuke, kStart));
  CHECK(world.lockout.attempts_left(kLuke, kStart) == 3);
}

TEST_CASE("a success sets the count back, and there is something to store only if there was a count") {
  World world;
  CHECK_FALSE(world.lockout.record_success(kHans));
  world.fail(kHans, 2, kStart);
  CHECK(world.lockout.record_success(kHans) == LockoutRecord{kHans, 0, std::nullopt});
  CHECK(world.lockout.attempts_left(kHans, kStart) == 3);
  CHECK(world.lockout.size() == 0);
}

TEST_CASE("counts and locks survive a restart, locks that are over do not") {
  World before;
  before.fail(kHans, 3, kStart);
  before.fail(kLuke, 2, kStart);
  World after;
  const WallTime restart = kStart + 20s;
  for (const NameDigest& who : {kHans, kLuke}) after.lockout.restore(before.lockout.current(who), restart);
  CHECK(after.lockout.locked_for(kHans, restart) == 40s);
  CHECK(after.lockout.attempts_left(kLuke, restart) == 1);

  World late;
  late.lockout.restore(before.lockout.current(kHans), kStart + 60s);
  CHECK(late.lockout.size() == 0);
}

TEST_CASE("a lock of one rule and a count of another are taken as they are") {
  World world;
  world.lockout.restore({kLuke, 5, std::nullopt}, kStart);  // stored when five were not too many
  CHECK(world.lockout.attempts_left(kLuke, kStart) == 1);
  world.fail(kLuke, 1, kStart);
  CHECK(world.lockout.locked_for(kLuke, kStart) == 60s);
}

TEST_CASE("a clock that is set back does not shut a name for longer than the rule") {
  World world;
  world.fail(kHans, 3, kStart);
  CHECK(world.lockout.locked_for(kHans, kStart - 1000h) == 60s);
}

TEST_CASE("what the operator changed replaces everything") {
  World world;
  world.fail(kHans, 3, kStart);
  world.lockout.replace_all({{kLuke, 1, std::nullopt}}, kStart);
  CHECK_FALSE(world.lockout.locked_for(kHans, kStart));
  CHECK(world.lockout.attempts_left(kLuke, kStart) == 2);
  CHECK(world.lockout.size() == 1);
}

TEST_CASE("a full table forgets few failures before many, and counts before locks") {
  Lockout lockout(3, 60s, 3);
  for (int times = 0; times < 3; ++times) lockout.record_failure(name(1), kStart);
  for (int times = 0; times < 2; ++times) lockout.record_failure(name(2), kStart);
  lockout.record_failure(name(3), kStart);

  lockout.record_failure(name(4), kStart);
  CHECK(lockout.size() == 3);
  CHECK(lockout.attempts_left(name(3), kStart) == 3);
  CHECK(lockout.attempts_left(name(2), kStart) == 1);
  CHECK(lockout.locked_for(name(1), kStart));
}

TEST_CASE("a full table of locks forgets the one that ends first") {
  Lockout lockout(1, 60s, 2);
  lockout.record_failure(name(1), kStart + 1s);
  lockout.record_failure(name(2), kStart);
  lockout.record_failure(name(3), kStart + 2s);
  CHECK(lockout.locked_for(name(1), kStart + 2s));
  CHECK_FALSE(lockout.locked_for(name(2), kStart + 2s));
  CHECK(lockout.locked_for(name(3), kStart + 2s));
}

TEST_CASE("a table full of locks that are over still counts failures") {
  Lockout lockout(3, 60s, 2);
  for (const unsigned number : {1U, 2U}) {
    for (int times = 0; times < 3; ++times) lockout.record_failure(name(number), kStart);
  }
  lockout.record_failure(name(3), kStart + 2min);
  lockout.record_failure(name(4), kStart + 2min);
  CHECK(lockout.attempts_left(name(3), kStart + 2min) == 2);
  CHECK(lockout.attempts_left(name(4), kStart + 2min) == 2);
}

TEST_CASE("a flood of made-up names stays within the bound") {
  Lockout lockout(3, 60s, 1000);
  for (unsigned number = 0; number < 20'000; ++number) lockout.record_failure(name(number), kStart);
  CHECK(lockout.size() == 1000);
}

}  // namespace sockchat::domain
