// Files of earlier versions: made by the steps of their time, with data in them.
#include "storage/schema.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "contract/store_worlds.h"
#include "sockchat/sqlite/database.h"
#include "storage/fnv1a.h"
#include "storage/message_row.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using storage::Fnv1a;

std::unique_ptr<sqlite::Database> open_file(const std::string& path) {
  auto database = sqlite::Database::open(path, std::chrono::seconds(1));
  REQUIRE(database);
  return *std::move(database);
}

void execute(sqlite::Database& database, const std::string& sql) {
  const auto done = database.execute(sql.c_str());
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
}

// Two accounts, a block, a cursor, an open login, and 300 messages from ann (1): to bob (2), every third to
// all.
void make_version_1(const std::string& path) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
  const auto database = open_file(path);
  execute(*database, "PRAGMA journal_mode = WAL");
  execute(*database, storage::schema().steps[0]);
  execute(*database, "PRAGMA application_id = 0x534b4348; PRAGMA user_version = 1; BEGIN");
  for (std::uint64_t id : {1, 2}) {
    const std::string who = id == 1 ? "ann" : "bob";
    execute(*database,
            fmt::format("INSERT INTO accounts(name, password_hash, digest, created) "
                        "VALUES ('{}', 'hash', {}, 1)",
                        who, Fnv1a().add(id).add(who).add("hash").add(std::uint64_t{0}).as_column()));
  }
  for (std::uint64_t mid = 1; mid <= 300; ++mid) {
    const UserId to(mid % 3 == 0 ? 0 : 2);
    const std::string text = fmt::format("text {}", mid);
    const auto digest = storage::digest_of({MessageId(mid), UserId(1), to, at(1'000), text, {}});
    execute(*database,
            fmt::format("INSERT INTO messages VALUES ({}, 1, {}, 1000, {}, 'cid-{}', CAST('{}' AS BLOB))",
                        mid, to.value(), digest, mid, text));
  }
  execute(*database, "UPDATE counters SET newest_mid = 300, commits = 7");
  execute(*database, "INSERT INTO blocks VALUES (2, 1)");
  execute(*database, fmt::format("INSERT INTO cursors VALUES (2, 100, {})",
                                 Fnv1a().add(std::uint64_t{2}).add(std::uint64_t{100}).as_column()));
  execute(*database, "INSERT INTO logins(user, login, address) VALUES (2, 500, '::1')");
  execute(*database, "COMMIT");
}

void check_all_there(SqliteWorld& world, bool is_upgraded) {
  const auto snapshot = world.ask().load(at(9'000));
  REQUIRE_MESSAGE(snapshot, (snapshot ? "" : snapshot.error().text));
  CHECK(snapshot->accounts.size() == 2);
  CHECK(snapshot->accounts[1].confirmed == MessageId(100));
  CHECK(snapshot->blocks == std::vector<domain::BlockRecord>{{.owner = kBob, .target = kAlice}});
  CHECK(snapshot->waiting.size() == 133);
  CHECK(snapshot->newest == MessageId(300));
  CHECK(snapshot->tokens.empty());
  CHECK(snapshot->absences.empty());
  const auto page = world.ask().fetch(everything_for(kBob));
  REQUIRE(page);
  CHECK(page->messages.size() == 300);
  CHECK(page->messages[2].text == "text 3");
  CHECK(world.ask().append(draft(kAlice, kBob, "text 1", "cid-1"))->repeated);
  world.ask().settle();
  std::vector<std::string> expected;
  const std::string backup = world.directory / "sockchat.db.version-1.backup";
  if (is_upgraded)
    expected.push_back(backup + " is what the database was before its change from version 1 to 2");
  // There was no search in those days.
  expected.push_back(world.directory / "search.db is missing: the search index is made anew");
  CHECK(world.notices == expected);
  CHECK(std::filesystem::exists(backup) == is_upgraded);
}

}  // namespace

TEST_CASE("schema: a database of version 1 becomes one of today, with all that is in it") {
  SqliteWorld world{SqliteWorld::Closed{}};
  make_version_1(world.directory / "sockchat.db");
  world.open();
  check_all_there(world, true);
  // And does what it could not do before.
  REQUIRE(world.ask().append(draft(kAlice, kEveryone, "refused")));
  CHECK(world.ask().fetch(everything_for(kBob))->messages.size() == 300);
  domain::NewLogin login = login_of(kBob, 9'500);
  login.token = token(1);
  CHECK(world.ask().record_login(login)->begin == MessageId(301));
  world.reopen();
  CHECK(world.ask().load()->tokens.size() == 1);
}

TEST_CASE("schema: a migration that is killed leaves the old version or the new one") {
  for (const bool is_committed : {false, true}) {
    SqliteWorld world{SqliteWorld::Closed{}};
    const std::string path = world.directory / "sockchat.db";
    make_version_1(path);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto database = sqlite::Database::open(path, std::chrono::seconds(1));
      if (!database || !(*database)->begin()) ::_exit(1);
      // Pages go to the log before the end.
      if (!(*database)->execute("PRAGMA cache_size = 1")) ::_exit(1);
      if (!(*database)->execute(storage::schema().steps[1])) ::_exit(1);
      if (!(*database)->execute("PRAGMA user_version = 2")) ::_exit(1);
      if (is_committed && !(*database)->commit()) ::_exit(1);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    CHECK(open_file(path)->ask_number("PRAGMA user_version") == (is_committed ? 2 : 1));
    world.open();
    check_all_there(world, !is_committed);
  }
}

TEST_CASE("schema: two databases have two lineages") {
  const TemporaryDirectory directory;
  const auto lineage_of = [](const std::string& path) {
    return open_file(path)->ask_number("SELECT lineage FROM counters").value();
  };
  make_version_1(directory / "sockchat.db");
  REQUIRE(sqlite::migrate(*open_file(directory / "sockchat.db"), storage::schema()));
  std::ofstream(directory / "other.db").flush();
  REQUIRE(sqlite::migrate(*open_file(directory / "other.db"), storage::schema()));
  CHECK(lineage_of(directory / "sockchat.db") != lineage_of(directory / "other.db"));
  CHECK(lineage_of(directory / "sockchat.db") != 0);
}
