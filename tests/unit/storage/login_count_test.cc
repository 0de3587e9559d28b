// What a login by token is told of messages that wait, when there is much that is not for it.
#include <doctest/doctest.h>

#include "contract/store_worlds.h"

using namespace sockchat;
using namespace sockchat::test;

TEST_CASE("login count: a count that is given up says so, and what waits behind is found") {
  SqliteWorld world;
  std::size_t stored = 0;
  // Her own broadcasts, which she is not offered.
  constexpr std::size_t kOwn = 10'000;
  for (std::size_t number = 0; number < kOwn; ++number)
    world.store().append(draft(kAlice, kEveryone, "mine"), [&](const auto& done) { stored += done ? 1 : 0; });
  REQUIRE(world.executor.run_until([&] { return stored == kOwn; }));
  const auto count = [&world] {
    domain::NewLogin login;
    login.user = kAlice;
    login.begin = login.count_after = MessageId();
    login.count_max = 100;
    const auto there = world.ask().record_login(login);
    REQUIRE(there);
    return *there;
  };
  CHECK(count().waiting == 0);
  CHECK_FALSE(count().may_wait);
  REQUIRE(world.ask().append(draft(kBob, kAlice, "for her")));
  CHECK(count().waiting == 0);
  CHECK(count().may_wait);
}
