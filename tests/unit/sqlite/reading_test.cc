// Connections that only read, and runs that may not take for ever.
#include <doctest/doctest.h>

#include <fstream>

#include "sockchat/sqlite/database.h"
#include "support/temporary_directory.h"

namespace {

using namespace sockchat;
using namespace std::chrono_literals;
using sqlite::Database;
using sqlite::DbFault;
using Clock = std::chrono::steady_clock;

constexpr const char* kEndless =
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT sum(n) FROM numbers";

struct World {
  World() {
    std::ofstream(path).flush();
    auto opened = Database::open(path, 1s);
    REQUIRE(opened);
    writer = *std::move(opened);
    REQUIRE(
        writer->execute("PRAGMA journal_mode = WAL; CREATE TABLE things(x); INSERT INTO things VALUES (7)"));
  }
  test::TemporaryDirectory directory;
  std::string path = directory / "file.db";
  std::unique_ptr<Database> writer;
};

}  // namespace

TEST_CASE("database: what was opened to read sees what is committed, and changes nothing") {
  World world;
  const auto reader = Database::open_to_read(world.path, 1s);
  REQUIRE(reader);
  CHECK((*reader)->ask_number("SELECT sum(x) FROM things") == 7);
  REQUIRE(world.writer->execute("INSERT INTO things VALUES (1)"));
  CHECK((*reader)->ask_number("SELECT sum(x) FROM things") == 8);
  CHECK_FALSE((*reader)->execute("DELETE FROM things"));
  CHECK((*reader)->ask_number("SELECT sum(x) FROM things") == 8);
  const auto missing = Database::open_to_read(world.directory / "missing.db", 1s);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text.starts_with("cannot open "));
}

TEST_CASE("database: a run ends at its deadline, and the next one has its own") {
  World world;
  world.writer->set_deadline(Clock::now() + 20ms);
  const auto answer = world.writer->ask_number(kEndless);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::storage);
  CHECK(world.writer->take_fault() == DbFault::late);
  world.writer->set_deadline(Clock::now() + 1h);
  CHECK(world.writer->ask_number("SELECT sum(x) FROM things") == 7);
  world.writer->set_deadline(std::nullopt);
  CHECK(world.writer->ask_number("SELECT sum(x) FROM things") == 7);
  CHECK(world.writer->take_fault() == DbFault::none);
}
