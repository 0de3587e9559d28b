// What the store does with files that are not as it left them: it refuses with one clear line, or goes on
// with all that can be trusted and says what is missing; it never starts empty, and never crashes.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "contract/store_worlds.h"
#include "sockchat/sqlite/database.h"
#include "sockchat/storage/account_admin.h"
#include "storage/data_directory.h"
#include "storage/fnv1a.h"
#include "storage/schema.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
namespace fs = std::filesystem;

constexpr std::size_t kMessages = 400;

std::string text_of(std::size_t number) {
  return "message " + std::to_string(number) + std::string(number % 90, '.');
}

// In a process of its own, which ends without a word: the log stays behind. Half of it is in the database,
// half only in the log.
void fill_and_die(const std::string& directory) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (int half = 0; half < 2; ++half) {
      ManualExecutor executor;
      auto store = storage::SqliteStore::open(directory, executor, {}, {});
      if (!store) ::_exit(1);
      (*store)->add_account(half == 0 ? name("alice") : name("bob"), "hash", at(1), [](const auto&) {});
      for (std::size_t number = 0; number < kMessages / 2; ++number) {
        (*store)->append(
            draft(kAlice, kBob, text_of(kMessages / 2 * static_cast<std::size_t>(half) + number)),
            [](const auto&) {});
      }
      if (!executor.run_until([&store] { return (*store)->in_flight() == 0; })) ::_exit(1);
      if (half == 1) ::_exit(0);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

Error refusal(const std::string& directory) {
  ManualExecutor executor;
  const auto store = storage::SqliteStore::open(directory, executor, {}, {});
  REQUIRE_FALSE(store);
  const Error& error = store.error();
  CHECK(error.text.find('\n') == std::string::npos);
  CHECK(error.text.find(directory) != std::string::npos);
  return error;
}

struct FilledDirectory {
  FilledDirectory() { fill_and_die(directory.path()); }
  [[nodiscard]] std::string database() const { return directory / "sockchat.db"; }
  [[nodiscard]] std::string log() const { return directory / "sockchat.db-wal"; }

  TemporaryDirectory directory;
};

void execute(const std::string& path, const char* sql) {
  const auto database = sqlite::Database::open(path, std::chrono::seconds(1));
  REQUIRE(database);
  const auto done = (*database)->execute(sql);
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
}

void write_file(const std::string& path, std::string_view contents) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << contents;
}

// What became of a directory after somebody tampered with it.
struct Outcome {
  bool refused = false;
  std::size_t delivered = 0;
  std::size_t notices = 0;
};

Outcome start(const std::string& directory) {
  Outcome outcome;
  ManualExecutor executor;
  auto store = storage::SqliteStore::open(
      directory, executor, {},
      {.on_fatal = {}, .on_notice = [&outcome](const std::string&) { ++outcome.notices; }, .on_limit = {}});
  if (!store) {
    CHECK(store.error().text.find(directory) != std::string::npos);
    outcome.refused = true;
    return outcome;
  }
  Asking ask(**store, executor);
  const auto snapshot = ask.load();
  outcome.refused = !snapshot || snapshot->accounts.size() != 2;
  const auto page = ask.fetch(everything_for(kBob));
  if (page) {
    for (const domain::Message& message : page->messages) {
      REQUIRE(message.text == text_of(message.id.value() - 1));
      REQUIRE(message.from == kAlice);
    }
    outcome.delivered = page->messages.size();
  }
  // It may fail, but must not fall.
  static_cast<void>(ask.append(draft(kBob, kAlice, "another", "cid")));
  static_cast<void>(ask.confirm(kBob, MessageId(3)));
  ask.settle();
  return outcome;
}

}  // namespace

TEST_CASE("recovery: what only the log has is there after a crash") {
  const FilledDirectory filled;
  REQUIRE(fs::file_size(filled.log()) > 0);
  const Outcome outcome = start(filled.directory.path());
  CHECK_FALSE(outcome.refused);
  CHECK(outcome.delivered == kMessages);
  CHECK(outcome.notices == 0);
}

TEST_CASE("recovery: a database that is gone, or emptied, is not begun anew") {
  const FilledDirectory filled;
  SUBCASE("gone, with its log there") {
    fs::remove(filled.database());
    CHECK(refusal(filled.directory.path()).text ==
          filled.database() + " is missing, but there was one: restore a backup, or empty " +
              filled.directory.path() + " to begin anew");
  }
  SUBCASE("gone with its log") {
    fs::remove(filled.database());
    fs::remove(filled.log());
    CHECK(refusal(filled.directory.path()).code == Errc::corrupt);
  }
  SUBCASE("empty") {
    fs::resize_file(filled.database(), 0);
    CHECK(refusal(filled.directory.path()).text.starts_with(filled.database() + " is empty"));
  }
  SUBCASE("for the account commands either") {
    fs::remove(filled.database());
    CHECK(storage::AccountAdmin::open(filled.directory.path(), true).error().code == Errc::corrupt);
  }
}

TEST_CASE("recovery: a log that is gone, or too short, is missed") {
  const FilledDirectory filled;
  SUBCASE("gone") { fs::remove(filled.log()); }
  SUBCASE("empty") { fs::resize_file(filled.log(), 0); }
  SUBCASE("without its last frame") {
    fs::resize_file(filled.log(), fs::file_size(filled.log()) - 4096 - 24);
  }
  const Error error = refusal(filled.directory.path());
  CHECK(error.code == Errc::corrupt);
  CHECK(error.text.find(" has lost the last ") != std::string::npos);
  // The way on that the line names.
  fs::remove(filled.directory / "progress");
  CHECK(start(filled.directory.path()).delivered < kMessages);
  ManualExecutor executor;
  CHECK(storage::SqliteStore::open(filled.directory.path(), executor, {}, {}));
}

TEST_CASE("recovery: a progress file that is damaged is made anew, with a notice") {
  const FilledDirectory filled;
  write_file(filled.directory / "progress", "nonsense");
  const Outcome outcome = start(filled.directory.path());
  CHECK(outcome.delivered == kMessages);
  CHECK(outcome.notices == 1);
  CHECK(start(filled.directory.path()).notices == 0);
}

TEST_CASE("recovery: what is not our database is left alone") {
  const TemporaryDirectory directory;
  const std::string path = directory / "sockchat.db";
  SUBCASE("a text") {
    write_file(path, std::string(10'000, 'x'));
    CHECK(refusal(directory.path()) == Error{Errc::corrupt, path + ": file is not a database"});
  }
  SUBCASE("another program's") {
    write_file(path, "");
    execute(path, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1)");
    CHECK(refusal(directory.path()) == Error{Errc::corrupt, path + ": it is not a database of sockchat"});
    execute(path, "SELECT x FROM theirs");
  }
  SUBCASE("a newer version's") {
    write_file(path, "");
    execute(path, "CREATE TABLE more(x); PRAGMA application_id = 0x534b4348; PRAGMA user_version = 99");
    CHECK(refusal(directory.path()) ==
          Error{Errc::system, path + ": a newer sockchat made it (version 99; this one knows 2)"});
  }
  SUBCASE("with tables that somebody changed") {
    write_file(path, "");
    execute(path, "CREATE TABLE more(x); PRAGMA application_id = 0x534b4348; PRAGMA user_version = 2");
    const Error error = refusal(directory.path());
    CHECK(error.code == Errc::corrupt);
    CHECK(error.text.find("the tables are not as they must be") != std::string::npos);
  }
  SUBCASE("not a file") {
    fs::create_directory(path);
    CHECK(refusal(directory.path()).code == Errc::system);
  }
}

TEST_CASE("recovery: a data directory that cannot be one is an error of the system") {
  const TemporaryDirectory directory;
  write_file(directory / "file", "x");
  CHECK(refusal(directory / "file").text ==
        "cannot open the data directory " + (directory / "file") + ": Not a directory");
  CHECK(refusal(directory / "missing/data").text ==
        "cannot make the data directory " + (directory / "missing/data") + ": No such file or directory");
}

TEST_CASE("recovery: a migration that is cut off is taken again") {
  const TemporaryDirectory directory;
  const std::string path = directory / "sockchat.db";
  write_file(path, "");
  {
    const auto database = sqlite::Database::open(path, std::chrono::seconds(1));
    REQUIRE((*database)->execute("PRAGMA journal_mode = WAL"));
    REQUIRE((*database)->begin());
    REQUIRE((*database)->execute("CREATE TABLE counters(x)"));
    REQUIRE((*database)->rollback());
    REQUIRE(sqlite::migrate(**database, storage::schema()));
    REQUIRE(sqlite::migrate(**database, storage::schema()));  // there is nothing left to do
    CHECK((*database)->ask_number("PRAGMA user_version") == storage::schema().version());
  }
  ManualExecutor executor;
  CHECK(storage::SqliteStore::open(directory.path(), executor, {}, {}));
}

TEST_CASE("recovery: an account that is damaged stops the start, a cursor only makes messages come again") {
  const FilledDirectory filled;
  execute(filled.database(), "INSERT INTO cursors VALUES (2, 300, 12345)");
  {
    ManualExecutor executor;
    auto store = storage::SqliteStore::open(filled.directory.path(), executor, {}, {});
    REQUIRE(store);
    CHECK(Asking(**store, executor).load()->waiting.size() == kMessages);
  }
  execute(filled.database(), "UPDATE accounts SET password_hash = 'mine' WHERE id = 1");
  ManualExecutor executor;
  auto store = storage::SqliteStore::open(filled.directory.path(), executor, {}, {});
  REQUIRE(store);
  CHECK(Asking(**store, executor).load().error() == Error{Errc::corrupt, "account 1 is damaged"});
}

TEST_CASE("recovery: three hundred random damages are refused, or reported, or change nothing") {
  const FilledDirectory filled;
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  int refused = 0;
  int reported = 0;
  for (int round = 0; round < 300; ++round) {
    const TemporaryDirectory copy;
    for (const auto& entry : fs::directory_iterator(filled.directory.path()))
      fs::copy_file(entry.path(), fs::path(copy.path()) / entry.path().filename());
    const std::string victim = random() % 2 == 0 ? copy / "sockchat.db" : copy / "sockchat.db-wal";
    const auto place = random() % fs::file_size(victim);
    const bool cut = random() % 6 == 0;
    INFO("round " << round << ": " << victim << (cut ? " cut at " : " changed at ") << place);
    if (cut) {
      fs::resize_file(victim, place);
    } else {
      std::fstream file(victim, std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(static_cast<std::streamoff>(place));
      for (auto count = 1 + random() % 4; count > 0; --count) file.put(static_cast<char>(random()));
    }
    const Outcome outcome = start(copy.path());
    refused += outcome.refused ? 1 : 0;
    if (outcome.refused || outcome.delivered == kMessages) continue;
    CHECK(outcome.notices > 0);
    ++reported;
  }
  MESSAGE(refused << " refused, " << reported << " reported");
  CHECK(refused > 30);
}
