#include "sockchat/domain/blocklist.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace sockchat::domain {
namespace {

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr UserId kYoda(3);

}  // namespace

TEST_CASE("a block works one way") {
  Blocklist blocks;
  blocks.add({kHans, kLuke});
  CHECK(blocks.refuses(kHans, kLuke));
  CHECK_FALSE(blocks.refuses(kLuke, kHans));
}

TEST_CASE("a user is refused by somebody until the last one unblocks") {
  Blocklist blocks;
  CHECK_FALSE(blocks.is_refused_by_anyone(kLuke));
  blocks.add({kHans, kLuke});
  blocks.add({kYoda, kLuke});
  blocks.remove({kHans, kLuke});
  CHECK(blocks.is_refused_by_anyone(kLuke));
  blocks.remove({kYoda, kLuke});
  CHECK_FALSE(blocks.is_refused_by_anyone(kLuke));
}

TEST_CASE("blocking twice is blocking once, and unblocking a stranger is nothing") {
  Blocklist blocks;
  blocks.add({kHans, kLuke});
  blocks.add({kHans, kLuke});
  blocks.remove({kYoda, kLuke});
  CHECK(blocks.count(kHans) == 1);
  blocks.remove({kHans, kLuke});
  CHECK_FALSE(blocks.is_refused_by_anyone(kLuke));
  CHECK(blocks.count(kHans) == 0);
}

TEST_CASE("a list holds its owner's blocks only") {
  Blocklist blocks;
  blocks.add({kHans, kYoda});
  blocks.add({kLuke, kHans});
  blocks.add({kHans, kLuke});
  std::vector<UserId> refused = blocks.refused_by(kHans);
  std::ranges::sort(refused);
  CHECK(refused == std::vector{kLuke, kYoda});
  CHECK(blocks.refused_by(kYoda).empty());
}

}  // namespace sockchat::domain
