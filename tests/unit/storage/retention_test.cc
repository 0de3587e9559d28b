#include "storage/retention.h"

#include <doctest/doctest.h>

#include <atomic>

#include "found.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr std::int64_t kDay = 86'400'000;

struct AgingWorld {
  std::atomic<std::int64_t> now{1'000 * kDay};
  SqliteWorld world;

  explicit AgingWorld(std::optional<Duration> keep)
      : world(storage::SqliteStoreLimits{
            .retention = {.keep = keep, .interval = 5ms, .wall_clock = [this] { return at(now.load()); }}}) {}

  MessageId say(UserId from, UserId to, const std::string& text, std::int64_t days_ago,
                std::string cid = {}) {
    const auto accepted =
        world.ask().append(draft(from, to, text, std::move(cid), now.load() - days_ago * kDay));
    REQUIRE(accepted);
    return accepted->id;
  }
  void wait_for(UserId with, const Texts& expected) {
    Texts there;
    const bool came = world.executor.run_until([&] {
      there = history_texts(world, kAlice, with);
      return there == expected;
    });
    INFO(there.size() << " messages");
    REQUIRE(came);
  }
};

}  // namespace

TEST_CASE(
    "retention: what is older than it is kept goes from everywhere, and history says where it was cut") {
  AgingWorld aging(10 * 24h);
  SqliteWorld& world = aging.world;
  aging.say(kAlice, kEveryone, "old word to all", 12);
  const MessageId old = aging.say(kAlice, kBob, "old word", 11);
  const MessageId last = aging.say(kBob, kAlice, "young word", 9);
  aging.say(kAlice, kEveryone, "young word to all", 9);
  REQUIRE(world.ask().confirm(kBob, last));
  REQUIRE(world.ask().confirm(kAlice, last));
  aging.wait_for(kBob, {"young word"});
  aging.wait_for(kEveryone, {"young word to all"});
  CHECK(found_texts(world, kAlice, "word") == Texts{"young word to all", "young word"});
  CHECK(world.ask().fetch(everything_for(kBob))->messages.size() == 1);
  auto page = world.ask().history(history_of(kAlice, kBob));
  CHECK(page->cut == at(aging.now - 11 * kDay + 1));
  CHECK(world.ask().search(kAlice, "word")->cut == page->cut);
  // Not on a page that did not come as far.
  aging.say(kAlice, kBob, "newest", 0);
  auto query = history_of(kAlice, kBob);
  query.count_max = 1;
  CHECK_FALSE(world.ask().history(query)->cut);
  world.reopen();
  CHECK(world.ask().history(history_of(kAlice, kBob))->cut == page->cut);
  // Time goes on.
  aging.now += 2 * kDay;
  REQUIRE(world.ask().confirm(kBob, MessageId(1'000)));
  aging.wait_for(kBob, {"newest"});
  CHECK(world.ask().append(draft(kAlice, kBob, "one more"))->id.value() > old.value());
  CHECK(world.notices.empty());
}

TEST_CASE("retention: what waits for its recipient stays for as long as it may wait") {
  AgingWorld aging(10 * 24h);
  const MessageId confirmed = aging.say(kAlice, kBob, "confirmed", 20);
  REQUIRE(aging.world.ask().confirm(kBob, confirmed));
  aging.say(kAlice, kBob, "too old to wait", 31);
  const MessageId waiting = aging.say(kAlice, kBob, "waits", 20);
  aging.say(kAlice, kCarol, "waits too", 20);
  aging.wait_for(kBob, {"waits"});
  CHECK(history_texts(aging.world, kAlice, kCarol) == Texts{"waits too"});
  REQUIRE(aging.world.ask().confirm(kBob, waiting));
  aging.wait_for(kBob, {});
  CHECK(history_texts(aging.world, kAlice, kCarol) == Texts{"waits too"});
  aging.now += 11 * kDay;
  aging.wait_for(kCarol, {});
}

TEST_CASE("retention: a cid is answered for thirty days, whatever became of its message") {
  AgingWorld aging(24h);
  SqliteWorld& world = aging.world;
  const std::int64_t then = aging.now - 5 * kDay;
  const MessageId first = aging.say(kAlice, kEveryone, "text", 5, "cid");
  aging.say(kAlice, kEveryone, "other", 40, "old cid");
  aging.wait_for(kEveryone, {});
  for (int twice = 0; twice < 2; ++twice) {
    const auto again = world.ask().append(draft(kAlice, kEveryone, "text", "cid", aging.now));
    REQUIRE(again);
    CHECK(again->repeated);
    CHECK(again->id == first);
    CHECK(again->time == at(then));
    CHECK((*world.ask().find_accepted(draft(kAlice, kEveryone, "text", "cid")))->id == first);
    for (const auto& other : {draft(kAlice, kEveryone, "texts", "cid"), draft(kAlice, kBob, "text", "cid")}) {
      CHECK(world.ask().append(other).error().code == Errc::cid_reused);
      CHECK(world.ask().find_accepted(other).error().code == Errc::cid_reused);
    }
    CHECK_FALSE(*world.ask().find_accepted(draft(kBob, kEveryone, "text", "cid")));
    world.reopen();
  }
  CHECK_FALSE(world.ask().append(draft(kAlice, kEveryone, "other", "old cid", aging.now))->repeated);
  // After that it is forgotten, with the next that is removed.
  aging.now += 27 * kDay;
  aging.wait_for(kEveryone, {});
  CHECK_FALSE(world.ask().append(draft(kAlice, kEveryone, "text", "cid", aging.now))->repeated);
}

TEST_CASE("retention: any number goes step by step, and the index stays whole") {
  AgingWorld aging(24h);
  SqliteWorld& world = aging.world;
  for (int number = 0; number < 1'500; ++number) {
    world.store().append(draft(kAlice, kEveryone, "word " + std::to_string(number), {},
                               aging.now - (number % 2 == 0 ? 3 : 0) * kDay),
                         [](const auto& accepted) { REQUIRE(accepted); });
  }
  REQUIRE(world.executor.run_until([&] { return history_texts(world, kAlice, kEveryone).size() == 750; }));
  const auto found = found_texts(world, kAlice, "word");
  CHECK(found.size() == 750);
  CHECK(found.back() == "word 1");
  const std::string index = world.directory / "search.db";
  REQUIRE(world.executor.run_until([&] { return number_in(index, "SELECT count(*) FROM dropped") == 0; }));
  world.close();
  execute_in(index, "INSERT INTO words(words) VALUES ('integrity-check')");
  CHECK(number_in(index, "SELECT count(*) FROM words WHERE words MATCH 'text : word'") == 750);
}

TEST_CASE("retention: without it everything stays, but what was begun is finished") {
  AgingWorld aging(std::nullopt);
  SqliteWorld& world = aging.world;
  aging.say(kAlice, kEveryone, "half gone", 900);
  aging.say(kAlice, kEveryone, "stays", 900);
  REQUIRE(found_texts(world, kAlice, "stays").size() == 1);
  CHECK(history_texts(world, kAlice, kEveryone) == Texts{"half gone", "stays"});
  world.close();
  // As a process leaves it that is killed between the index and the database.
  const std::string index = world.directory / "search.db";
  execute_in(index,
             "INSERT INTO words(words, rowid, who, text) VALUES ('delete', 1, 'u1 u0', 'half gone');"
             "INSERT INTO dropped VALUES (1)");
  world.open();
  aging.wait_for(kEveryone, {"stays"});
  CHECK(world.ask().history(history_of(kAlice, kEveryone))->cut == at(aging.now - 900 * kDay + 1));
  REQUIRE(world.executor.run_until([&] { return number_in(index, "SELECT count(*) FROM dropped") == 0; }));
  CHECK(world.notices.empty());
}
