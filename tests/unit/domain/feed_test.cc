#include "sockchat/domain/feed.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

constexpr FeedLimits kLimits{.unsent_soft = 1000, .unconfirmed_max = 3};
constexpr MessageId kNone;

MessageId mid(std::uint64_t value) { return MessageId(value); }

}  // namespace

TEST_CASE("what the kernel has taken is confirmed, when its last byte has gone") {
  Feed feed(mid(5), kNone, false, 0);
  feed.pushed(mid(6), 100, true);
  feed.pushed(mid(7), 50, true);
  CHECK(feed.count_written(99) == kNone);
  CHECK(feed.count_written(100) == mid(6));
  CHECK(feed.count_written(149) == kNone);
  CHECK(feed.count_written(150) == mid(7));
  CHECK(feed.unsent() == 0);
}

TEST_CASE("output that is no message counts as unsent and confirms nothing") {
  Feed feed(mid(5), kNone, false, 40);
  CHECK(feed.unsent() == 40);
  feed.count_queued(10);
  CHECK(feed.count_written(50) == kNone);
  feed.pushed(mid(6), 100, false);  // a broadcast: its cursor does not move
  CHECK(feed.count_written(150) == kNone);
  CHECK(feed.position() == mid(6));
}

TEST_CASE("a client that acknowledges confirms by itself, not by reading") {
  Feed feed(mid(5), kNone, true, 0);
  feed.pushed(mid(6), 100, true);
  feed.pushed(mid(7), 100, true);
  CHECK(feed.count_written(200) == kNone);
  CHECK(feed.unconfirmed() == 2);
  feed.confirmed(mid(6));
  CHECK(feed.unconfirmed() == 1);
  feed.confirmed(mid(7));
  CHECK(feed.unconfirmed() == 0);
}

TEST_CASE("there is room while little is unsent and little unconfirmed") {
  Feed slow(kNone, kNone, false, 0);
  slow.pushed(mid(1), 1000, true);
  CHECK(slow.has_room(kLimits));
  slow.count_queued(1);
  CHECK_FALSE(slow.has_room(kLimits));

  Feed silent(kNone, kNone, true, 0);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    CHECK(silent.has_room(kLimits));
    silent.pushed(mid(id), 10, true);
  }
  CHECK_FALSE(silent.has_room(kLimits));
  silent.confirmed(mid(1));
  CHECK(silent.has_room(kLimits));
}

TEST_CASE("a feed that missed a message is live again when everything up to it was read") {
  Feed feed(mid(5), kNone, false, 0);
  feed.missed(mid(6));
  feed.missed(mid(8));
  CHECK_FALSE(feed.is_live());
  feed.begin_fetch();
  CHECK(feed.is_fetching());
  feed.end_fetch(mid(6), true, true);
  CHECK_FALSE(feed.is_live());
  feed.begin_fetch();
  feed.end_fetch(mid(8), true, false);
  CHECK(feed.is_live());
  CHECK(feed.position() == mid(8));
}

TEST_CASE("a message that comes during the last fetch keeps the feed behind") {
  Feed feed(mid(5), kNone, false, 0);
  feed.missed(mid(6));
  feed.begin_fetch();
  feed.missed(mid(7));
  feed.end_fetch(mid(6), true, false);
  CHECK_FALSE(feed.is_live());
  feed.begin_fetch();
  feed.end_fetch(mid(7), true, false);
  CHECK(feed.is_live());
}

TEST_CASE("what was missed and is gone from the store does not keep the feed behind for ever") {
  Feed feed(mid(5), kNone, false, 0);
  feed.missed(mid(9));
  feed.begin_fetch();
  feed.end_fetch(mid(5), true, false);
  CHECK(feed.is_live());
  CHECK(feed.position() == mid(9));
}

TEST_CASE("a page that could not be worked off to its end leaves the feed behind") {
  Feed feed(mid(5), kNone, false, 0);
  feed.missed(mid(6));
  feed.begin_fetch();
  feed.end_fetch(feed.position(), false, true);
  CHECK_FALSE(feed.is_fetching());
  CHECK_FALSE(feed.is_live());
  CHECK(feed.position() == mid(5));
}

TEST_CASE("a login with messages waiting starts behind them") {
  Feed feed(mid(5), kNone, false, 0);
  feed.start_behind(mid(7));
  CHECK_FALSE(feed.is_live());
  feed.begin_fetch();
  feed.end_fetch(mid(7), true, false);
  CHECK(feed.is_live());
}

TEST_CASE("any number of missed messages costs a feed nothing") {
  Feed feed(mid(5), mid(3), false, 0);
  for (std::uint64_t id = 6; id < 100'000; ++id) feed.missed(mid(id));
  CHECK_FALSE(feed.is_live());
  CHECK(feed.position() == mid(5));
  CHECK(feed.begin() == mid(3));
  feed.begin_fetch();
  feed.end_fetch(mid(99'999), true, false);
  CHECK(feed.is_live());
}

TEST_CASE("ten thousand deliveries under way are confirmed in order") {
  Feed feed(kNone, kNone, false, 0);
  std::uint64_t written = 0;
  std::uint64_t confirmed = 0;
  for (std::uint64_t id = 1; id <= 10'000; ++id) {
    feed.pushed(mid(id), 10, true);
    if (id < 3000) continue;  // the reader stays 3,000 behind
    written += 10;
    ++confirmed;
    REQUIRE(feed.count_written(written) == mid(confirmed));
  }
  CHECK(feed.count_written(100'000) == mid(10'000));
}

}  // namespace sockchat::domain
