// The search index as a file: whatever becomes of it, messages are found again, and no message depends on it.
#include "storage/search_index.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "found.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

std::string index_of(const SqliteWorld& world) { return world.directory / "search.db"; }

void say(SqliteWorld& world, int count, const std::string& what) {
  for (int number = 0; number < count; ++number) {
    world.store().append(draft(kAlice, kBob, what + " " + std::to_string(number)),
                         [](const auto& accepted) { REQUIRE(accepted); });
  }
  world.ask().settle();
}

constexpr const char* kNewestIndexed = "SELECT position FROM state";
// Of an index without texts: that its parts fit each other.
constexpr const char* kCheckIndex = "INSERT INTO words(words) VALUES ('integrity-check')";

}  // namespace

TEST_CASE("search index: it catches up after a burst without being asked, and nobody else may read it") {
  SqliteWorld world;
  say(world, 3'000, "word");
  REQUIRE(world.executor.run_until([&] { return number_in(index_of(world), kNewestIndexed) == 3'000; }));
  struct stat status {};
  for (const char* suffix : {"", "-wal", "-shm"}) {
    REQUIRE(::stat((index_of(world) + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
  }
  CHECK(world.ask().search(kAlice, "2718")->messages.size() == 1);
  CHECK(world.notices.empty());
  world.close();
  execute_in(index_of(world), kCheckIndex);
}

TEST_CASE("search index: what it knows is still known after a restart, and what came last is added") {
  SqliteWorld world;
  say(world, 100, "first");
  REQUIRE(found_texts(world, kAlice, "first").size() == 100);
  say(world, 100, "second");
  world.reopen();
  CHECK(world.notices.empty());
  CHECK(found_texts(world, kAlice, "second").size() == 100);
  CHECK(found_texts(world, kAlice, "first").size() == 100);
}

TEST_CASE("search index: one that is no good is made anew, and says so once") {
  SqliteWorld world;
  say(world, 200, "word");
  REQUIRE(found_texts(world, kAlice, "word").size() == 200);
  world.close();
  const std::string path = index_of(world);
  std::string why;
  SUBCASE("missing") {
    fs::remove(path);
    why = " is missing";
  }
  SUBCASE("empty") {
    fs::resize_file(path, 0);
    why = " is not finished";
  }
  SUBCASE("cut off") {
    fs::resize_file(path, fs::file_size(path) / 2);
    why = " is damaged (";
  }
  SUBCASE("no database") {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(10'000, 'x');
    why = " is damaged (";
  }
  SUBCASE("another program's") {
    fs::resize_file(path, 0);
    execute_in(path, "CREATE TABLE theirs(x)");
    why = " is damaged (";
  }
  SUBCASE("a newer version's") {
    execute_in(path, "PRAGMA user_version = 9");
    why = " is damaged (";
  }
  SUBCASE("of another database") {
    execute_in(path, "UPDATE state SET lineage = lineage + 1");
    why = " belongs to another database";
  }
  SUBCASE("ahead of the database") {
    execute_in(path, "UPDATE state SET position = 201");
    why = " is ahead of the database";
  }
  world.open();
  CHECK(found_texts(world, kAlice, "word").size() == 200);
  REQUIRE(world.executor.run_until([&] { return !world.notices.empty(); }));
  CHECK(world.notices.size() == 1);
  INFO(world.notices[0]);
  CHECK(world.notices[0].starts_with(path + why));
  CHECK(world.notices[0].ends_with(": the search index is made anew"));
  world.notices.clear();
  world.reopen();
  CHECK(found_texts(world, kAlice, "word").size() == 200);
  CHECK(world.notices.empty());
}

TEST_CASE("search index: an older database that was restored gets an index of its own") {
  SqliteWorld world;
  say(world, 50, "old");
  world.close();
  const std::string database = world.directory / "sockchat.db";
  fs::copy_file(database, world.directory / "copy");
  world.open();
  say(world, 50, "lost");
  REQUIRE(found_texts(world, kAlice, "lost").size() == 50);
  world.close();
  fs::rename(world.directory / "copy", database);
  fs::remove(world.directory / "progress");
  world.open();
  say(world, 50, "new");
  CHECK(found_texts(world, kAlice, "new").size() == 50);
  CHECK(found_texts(world, kAlice, "old").size() == 50);
  CHECK(found_texts(world, kAlice, "lost").empty());
}

TEST_CASE("search index: where there can be none, there is no search, and all else goes on") {
  SqliteWorld world{SqliteWorld::Closed{}};
  fs::create_directories(index_of(world) + "/something");
  world.open();
  say(world, 3, "word");
  CHECK(world.ask().search(kAlice, "word").error().code == Errc::storage);
  CHECK(world.ask().search(kAlice, "*").error().code == Errc::bad_argument);
  CHECK(history_texts(world, kAlice, kBob).size() == 3);
  REQUIRE(world.notices.size() == 1);
  CHECK(world.notices[0].starts_with("there is no search index: "));
}

TEST_CASE("search index: a hundred random damages cost no message, and never the process") {
  SqliteWorld world;
  say(world, 400, "a word of many");
  REQUIRE(found_texts(world, kAlice, "word").size() == 400);
  world.close();
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  fs::copy_file(index_of(world), world.directory / "whole");
  std::size_t mended = 0;
  for (int round = 0; round < 100; ++round) {
    fs::copy_file(world.directory / "whole", index_of(world), fs::copy_options::overwrite_existing);
    {
      std::fstream file(index_of(world), std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(static_cast<std::streamoff>(random() % fs::file_size(index_of(world))));
      for (auto count = 1 + random() % 64; count > 0; --count) file.put(static_cast<char>(random()));
    }
    world.open();
    for (const char* words : {"word", "many 17", "a word of many"}) {
      // It may be made anew meanwhile, and what a damage hides is not found: never more, and never another.
      const auto page = world.ask().search(kAlice, words);
      if (!page) continue;
      for (const domain::Message& message : page->messages) {
        CHECK(message.text == "a word of many " + std::to_string(message.id.value() - 1));
      }
    }
    say(world, 1, "more");
    mended += world.notices.empty() ? 0 : 1;
    world.close();
    world.notices.clear();
    execute_in(world.directory / "sockchat.db",
               "DELETE FROM messages WHERE mid > 400; UPDATE counters SET newest_mid = 400");
  }
  CHECK(mended > 0);
}

TEST_CASE("search index: a process that is killed while it is filled leaves one that goes on") {
  SqliteWorld world{SqliteWorld::Closed{}};
  std::mt19937 random(20'261'124);
  for (int round = 0; round < 4; ++round) {
    int channel[2];
    REQUIRE(::pipe(channel) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ManualExecutor executor;
      auto store = storage::SqliteStore::open(world.directory.path(), executor, {.disk_free_min = 0}, {});
      if (!store) ::_exit(1);
      for (;;) {
        for (int number = 0; number < 200; ++number)
          (*store)->append(draft(kAlice, kBob, "word"), [](const auto&) {});
        executor.run_until([&] { return (*store)->in_flight() == 0; });
        if (::write(channel[1], "x", 1) != 1) ::_exit(1);
      }
    }
    ::close(channel[1]);
    char byte = 0;
    for (auto left = 5 + random() % 20; left > 0 && ::read(channel[0], &byte, 1) == 1; --left) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(channel[0]);
  }
  world.open();
  const auto there = world.ask().load()->newest.value();
  CHECK(found_texts(world, kAlice, "word").size() == there);
  CHECK(world.notices.empty());
  world.close();
  execute_in(index_of(world), kCheckIndex);
}
