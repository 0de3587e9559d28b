// What is read beside the queue, with bounds that a test can reach.
#include "storage/store_reader.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "found.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using Texts = std::vector<std::string>;

void fill(SqliteWorld& world, int count, const std::string& text) {
  for (int number = 0; number < count; ++number)
    world.store().append(draft(kAlice, kBob, text), [](const auto& accepted) { REQUIRE(accepted); });
  world.ask().settle();
}

}  // namespace

TEST_CASE("store reader: more questions than may wait are answered busy, and the others all the same") {
  SqliteWorld world(
      storage::SqliteStoreLimits{.history_queue_max = 8, .history_time_max = SqliteWorld::kPatience});
  fill(world, 300, "text");
  int answered = 0;
  int busy = 0;
  const auto count = [&](const auto& answer) {
    if (answer) {
      ++answered;
    } else {
      CHECK(answer.error().code == Errc::busy);
      ++busy;
    }
  };
  for (int number = 0; number < 100; ++number) {
    world.store().history(history_of(kAlice, kBob), count);
    world.store().search({kAlice, "text", 10, 1'000}, count);
    world.store().logins(kAlice, 10, count);
  }
  CHECK(world.store().in_flight() <= 8);
  CHECK(world.store().in_flight() > 0);
  REQUIRE(world.executor.run_until([&] { return answered + busy == 300; }));
  CHECK(busy > 200);
  CHECK(answered >= 8);
  world.ask().settle();
  CHECK(history_texts(world, kAlice, kBob).size() == 300);
}

TEST_CASE("store reader: a question that takes too long is answered busy, and harms no other") {
  SqliteWorld world;
  fill(world, 3'000, "text");
  REQUIRE(found_texts(world, kAlice, "text").size() == 3'000);
  world.limits.history_time_max = Duration::zero();
  world.reopen();
  CHECK(world.ask().history(history_of(kAlice, kBob)).error().code == Errc::busy);
  CHECK(world.ask().search(kAlice, "text").error().code == Errc::busy);
  CHECK(world.ask().append(draft(kAlice, kBob, "more")));
  CHECK(world.ask().fetch(everything_for(kBob))->messages.size() == 3'001);
  CHECK(world.notices.empty());
  CHECK(world.fatal.empty());
}

TEST_CASE("store reader: a question that has waited too long is answered busy, without being read") {
  SqliteWorld world;
  fill(world, 3, "text");
  world.limits.wait_max = Duration::zero();
  world.reopen();
  const auto page = world.ask().history(history_of(kAlice, kBob));
  REQUIRE_FALSE(page);
  CHECK(page.error() == Error{Errc::busy, "it waited too long"});
  world.limits.wait_max = SqliteWorld::kPatience;
  world.reopen();
  CHECK(history_texts(world, kAlice, kBob).size() == 3);
}

TEST_CASE("store reader: what is cut short in the middle of a message is busy, and no failure of the disk") {
  SqliteWorld world;
  fill(world, 10, "text");
  const auto queries = storage::HistoryQueries::open(world.directory / "sockchat.db");
  REQUIRE(queries);
  (*queries)->set_deadline(std::chrono::steady_clock::now());
  int cut_short = 0;
  // The clock is looked at every few steps of the database.
  for (int number = 0; number < 100; ++number) {
    const auto message = (*queries)->message(MessageId(1));
    if (message) continue;
    CHECK(message.error().code == Errc::busy);
    ++cut_short;
  }
  CHECK(cut_short > 0);
}

TEST_CASE("store reader: a run leaves out nothing that is accepted while it is read") {
  SqliteWorld world;
  const auto queries = storage::HistoryQueries::open(world.directory / "sockchat.db");
  REQUIRE(queries);
  constexpr std::uint64_t kMessages = 3'000;
  int under_way = 0;
  std::uint64_t asked = 0;
  std::uint64_t seen = 0;
  MessageId position;
  // One at a time, so that most runs begin where there is nothing yet, and end when there is.
  while (seen < kMessages && position.value() < kMessages) {
    if (under_way == 0 && asked < kMessages) {
      ++under_way;
      ++asked;
      world.store().append(draft(kAlice, kBob, "text"), [&under_way](const auto& stored) {
        --under_way;
        CHECK(stored);
      });
    }
    const auto run = (*queries)->run_of(position, 100, 1 << 20);
    REQUIRE(run);
    seen += run->messages.size();
    position = run->up_to;
    world.executor.run_one();
  }
  CHECK(seen == kMessages);
}

TEST_CASE("store reader: readers do not make the log grow") {
  SqliteWorld world;
  const std::string text(16'000, 'x');
  auto query = history_of(kAlice, kBob);
  query.count_max = 50;
  int under_way = 0;
  for (int round = 0; round < 100; ++round) {
    for (int number = 0; number < 40; ++number)
      world.store().append(draft(kAlice, kBob, text), [](const auto&) {});
    // Always somebody who reads.
    for (; under_way < 20; ++under_way) {
      world.store().history(query, [&under_way](const auto& page) {
        --under_way;
        CHECK(page);
      });
    }
    REQUIRE(world.executor.run_until([&] { return under_way < 10; }));
  }
  world.ask().settle();
  CHECK(std::filesystem::file_size(world.directory / "sockchat.db") > 50'000'000);
  CHECK(std::filesystem::file_size(world.directory / "sockchat.db-wal") < 32'000'000);
}

TEST_CASE("store reader: questions that nobody has begun are dropped when the store goes") {
  SqliteWorld world;
  fill(world, 2'000, "text");
  int told = 0;
  for (int number = 0; number < 200; ++number)
    world.store().history(history_of(kAlice, kBob), [&told](const auto&) { ++told; });
  world.close();
  CHECK(told < 200);
  CHECK_FALSE(std::filesystem::exists(world.directory / "sockchat.db-wal"));
}

TEST_CASE("store reader: damaged messages are left out of history and search, and reported") {
  SqliteWorld world;
  for (int number = 1; number <= 4; ++number)
    world.ask().append(draft(kAlice, kBob, "word " + std::to_string(number)));
  REQUIRE(found_texts(world, kAlice, "word").size() == 4);
  world.close();
  execute_in(world.directory / "sockchat.db",
             "UPDATE messages SET text = CAST('word of hers' AS BLOB) WHERE mid = 2");
  world.open();
  CHECK(history_texts(world, kAlice, kBob) == Texts{"word 1", "word 3", "word 4"});
  CHECK(found_texts(world, kAlice, "word") == Texts{"word 4", "word 3", "word 1"});
  REQUIRE(world.executor.run_until([&] { return world.notices.size() == 2; }));
  CHECK(world.notices[0] == "message 2 is damaged and is left out");
}

TEST_CASE("store reader: a participant that a damage has changed does not show a message to a stranger") {
  SqliteWorld world;
  world.ask().append(draft(kAlice, kBob, "secret word"));
  REQUIRE(found_texts(world, kAlice, "secret").size() == 1);
  world.close();
  // As if the index had been made wrong: it proposes, and no more.
  execute_in(world.directory / "search.db",
             "INSERT INTO words(words, rowid, who, text) VALUES ('delete', 1, 'u1 u2', 'secret word');"
             "INSERT INTO words(rowid, who, text) VALUES (1, 'u0 u3', 'secret word')");
  world.open();
  CHECK(found_texts(world, kCarol, "secret").empty());
}
