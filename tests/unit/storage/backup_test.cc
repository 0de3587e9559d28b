// Copies of a database: whole, checked, and never in somebody's way.
#include "sockchat/storage/backup.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "contract/store_worlds.h"
#include "sockchat/sqlite/database.h"
#include "storage/data_directory.h"
#include "storage/schema.h"
#include "storage/upgrade.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using storage::Backup;
using storage::BackupContents;
namespace fs = std::filesystem;

constexpr std::size_t kMessages = 300;

void ignored(std::string_view, std::uint64_t, std::uint64_t) {}

std::string text_of(std::size_t number) {
  return "message " + std::to_string(number) + std::string(number % 90, '.');
}

// Two accounts, and messages from alice to bob.
void fill(SqliteWorld& world, std::size_t first = 1, std::size_t count = kMessages,
          std::string_view more = "") {
  if (first == 1) {
    REQUIRE(world.ask().add_account("alice"));
    REQUIRE(world.ask().add_account("bob"));
  }
  std::size_t stored = 0;
  for (std::size_t number = first; number < first + count; ++number) {
    world.store().append(draft(kAlice, kBob, text_of(number).append(more)),
                         [&stored](const auto& accepted) { stored += accepted ? 1 : 0; });
  }
  REQUIRE(world.executor.run_until([&] { return stored == count; }));
}

void execute(const std::string& path, const char* sql) {
  const auto database = sqlite::Database::open(path, std::chrono::seconds(1));
  REQUIRE(database);
  const auto done = (*database)->execute(sql);
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

std::string refusal(const Result<BackupContents>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().text.find('\n') == std::string::npos);
  return result.error().text;
}

// What bob is offered by a store on the directory.
std::vector<std::string> served(const std::string& directory) {
  ManualExecutor executor;
  auto store = storage::SqliteStore::open(directory, executor, {}, {});
  REQUIRE_MESSAGE(store, (store ? "" : store.error().text));
  Asking ask(**store, executor);
  const auto page = ask.fetch(everything_for(kBob));
  REQUIRE(page);
  std::vector<std::string> texts;
  for (const domain::Message& message : page->messages) texts.push_back(message.text);
  ask.settle();
  return texts;
}

// A world with messages, and a sound backup of it.
struct BackedUp {
  BackedUp() {
    fill(world);
    const auto made = storage::back_up(world.directory.path(), file(), ignored);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
    contents = made->contents;
  }
  [[nodiscard]] std::string file() const { return place / "backup"; }

  SqliteWorld world;
  TemporaryDirectory place;
  BackupContents contents;
};

}  // namespace

TEST_CASE("backup: everything that was acknowledged is in it, and a store serves it after the restore") {
  const BackedUp backed;
  CHECK(backed.contents.version == storage::schema().version());
  CHECK(backed.contents.accounts == 2);
  CHECK(backed.contents.messages == kMessages);
  CHECK(backed.contents.newest == MessageId(kMessages));
  CHECK(storage::check_backup(backed.file(), ignored)->messages == kMessages);

  struct stat status {};
  REQUIRE(::stat(backed.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(names_in(backed.place.path()) == std::vector<std::string>{"backup"});

  const std::string data = backed.place / "data";
  const auto restored = storage::restore_backup(backed.file(), data, ignored);
  REQUIRE_MESSAGE(restored, (restored ? "" : restored.error().text));
  CHECK(restored->commits == backed.contents.commits);
  CHECK(names_in(data) == std::vector<std::string>{"lock", "progress", "sockchat.db"});
  const auto texts = served(data);
  REQUIRE(texts.size() == kMessages);
  for (std::size_t number = 1; number <= kMessages; ++number) CHECK(texts[number - 1] == text_of(number));
}

TEST_CASE("backup: is of one moment, while a store goes on writing") {
  SqliteWorld world;
  fill(world, 1, kMessages, std::string(10'000, 'x'));
  const TemporaryDirectory place;
  std::size_t pieces = 0;
  std::size_t written = kMessages;
  // Between any two pieces, and far more than it takes to begin anew.
  const auto made = storage::back_up(world.directory.path(), place / "backup",
                                     [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
                                       CHECK(done <= total);
                                       if (what != "copied") return;
                                       ++pieces;
                                       fill(world, written + 1, 3);
                                       written += 3;
                                     });
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  CHECK(pieces >= 3);
  CHECK(made->contents.messages == kMessages);
  CHECK(made->damages.empty());
}

TEST_CASE("backup: does not take the place of anything") {
  BackedUp backed;
  const auto size = fs::file_size(backed.file());
  const auto again = storage::back_up(backed.world.directory.path(), backed.file(), ignored);
  REQUIRE_FALSE(again);
  CHECK(again.error() == Error{Errc::system, backed.file() + " exists already"});
  CHECK(fs::file_size(backed.file()) == size);
  fs::create_symlink("nowhere", backed.place / "link");
  CHECK_FALSE(storage::back_up(backed.world.directory.path(), backed.place / "link", ignored));
  CHECK(names_in(backed.place.path()) == std::vector<std::string>{"backup", "link"});
}

TEST_CASE("backup: where nothing can be written, or nothing is to be had, there is nothing of it") {
  SqliteWorld world;
  fill(world, 1, 1);
  const TemporaryDirectory place;
  CHECK(storage::back_up(world.directory.path(), place / "no/backup", ignored).error().code == Errc::system);
  CHECK(storage::back_up(place / "none", place / "backup", ignored).error().code == Errc::system);
  CHECK(storage::back_up(place.path(), place / "backup", ignored).error() ==
        Error{Errc::system, "there is no database in " + place.path()});
  CHECK(names_in(place.path()).empty());
}

TEST_CASE("backup: a database that has lost its log is not passed off as whole") {
  SqliteWorld world;
  fill(world);
  const TemporaryDirectory place;
  // As copied without its log, while the server runs.
  fs::create_directory(place / "data");
  for (const char* const name : {"sockchat.db", "progress"})
    fs::copy_file(fs::path(world.directory.path()) / name, fs::path(place / "data") / name);
  const auto refused = storage::back_up(place / "data", place / "backup", ignored);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::corrupt);
  CHECK_FALSE(fs::exists(place / "backup"));
}

TEST_CASE("backup: rows that were damaged before are named, and do not prevent it") {
  SqliteWorld world;
  fill(world);
  world.close();
  execute(world.directory / "sockchat.db", "UPDATE messages SET text = CAST('forged' AS BLOB) WHERE mid = 7");
  const TemporaryDirectory place;
  const auto made = storage::back_up(world.directory.path(), place / "backup", ignored);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  CHECK(made->damages == std::vector<std::string>{"message 7 is damaged"});
  // To be put in place it has to be sound.
  const std::string file = place / "backup";
  CHECK(refusal(storage::check_backup(file, ignored)) == file + ": message 7 is damaged");
  CHECK(refusal(storage::restore_backup(file, place / "data", ignored)) == file + ": message 7 is damaged");
  CHECK_FALSE(fs::exists(place / "data"));
}

TEST_CASE("backup check: names what is damaged") {
  const BackedUp backed;
  const std::string file = backed.file();
  std::string words;
  SUBCASE("a message") {
    execute(file, "UPDATE messages SET sender = 2 WHERE mid = 3; UPDATE messages SET time = 0 WHERE mid = 9");
    words = "message 3 is damaged, and others";
  }
  SUBCASE("an account") {
    execute(file, "UPDATE accounts SET password_hash = 'mine' WHERE id = 2");
    words = "account 2 is damaged";
  }
  SUBCASE("a cursor") {
    execute(file, "INSERT INTO cursors VALUES (2, 100, 0)");
    words = "what user 2 has confirmed is damaged";
  }
  SUBCASE("the counters") {
    execute(file, "UPDATE counters SET newest_mid = 5");
    words = "the message counter is behind the messages";
  }
  SUBCASE("no counters") {
    execute(file, "DELETE FROM counters");
    words = "the message counter is gone";
  }
  SUBCASE("somebody else's database") {
    execute(file, "PRAGMA application_id = 1");
    words = "it is not a database of sockchat";
  }
  SUBCASE("a table that is missing") {
    execute(file, "DROP TABLE cursors");
    words = "the tables are not as they must be (" + file + ": no such table: cursors)";
  }
  CHECK(refusal(storage::check_backup(file, ignored)) == file + ": " + words);
}

TEST_CASE("backup check: a newer version is refused, an older one is read") {
  const BackedUp backed;
  const auto stamp = [&](std::int64_t version) {
    execute(backed.file(), ("PRAGMA user_version = " + std::to_string(version)).c_str());
  };
  stamp(storage::schema().version() + 1);
  CHECK(storage::check_backup(backed.file(), ignored).error().code == Errc::system);
  stamp(1);
  CHECK(storage::check_backup(backed.file(), ignored)->version == 1);
}

TEST_CASE("backup check: what is no database at all is refused") {
  const TemporaryDirectory place;
  const std::string file = place / "file";
  CHECK(refusal(storage::check_backup(file, ignored)) == file + " is no file");
  CHECK(refusal(storage::check_backup(place.path(), ignored)) == place.path() + " is no file");
  std::ofstream(file).flush();
  CHECK(refusal(storage::check_backup(file, ignored)) == file + " is empty");
  std::ofstream(file) << std::string(10'000, 'x');
  CHECK(storage::check_backup(file, ignored).error().code == Errc::corrupt);
}

TEST_CASE("backup check: a file that is cut short or changed anywhere is found out, or says the same") {
  const BackedUp backed;
  std::ifstream in(backed.file(), std::ios::binary);
  const std::string sound(std::istreambuf_iterator<char>(in), {});
  const std::string file = backed.place / "damaged";
  constexpr unsigned kSeed = 3;
  INFO("seed ", kSeed);
  std::mt19937 random(kSeed);
  std::size_t found_out = 0;
  for (int round = 0; round < 200; ++round) {
    std::string bytes = sound;
    const std::size_t where = random() % bytes.size();
    if (round % 4 == 0) {
      bytes.resize(where);
    } else {
      bytes[where] = static_cast<char>(bytes[where] ^ (1 << random() % 8));
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    const auto checked = storage::check_backup(file, ignored);
    if (!checked) {
      ++found_out;
      CHECK(checked.error().text.find(file) != std::string::npos);
    } else {
      CHECK(checked->messages == kMessages);
      CHECK(checked->accounts == 2);
    }
  }
  CHECK(found_out > 100);
}

TEST_CASE("restore: goes where there is nothing, and nowhere else") {
  const BackedUp backed;
  const std::string data = backed.place / "data";
  fs::create_directory(data);
  SUBCASE("a database") {
    REQUIRE(storage::restore_backup(backed.file(), data, ignored));
    CHECK(refusal(storage::restore_backup(backed.file(), data, ignored)) ==
          data + " is not empty: restore into a new directory");
    CHECK(served(data).size() == kMessages);
  }
  SUBCASE("the log of one") {
    std::ofstream(data + "/sockchat.db-wal") << "log";
    CHECK_FALSE(storage::restore_backup(backed.file(), data, ignored));
    CHECK_FALSE(fs::exists(data + "/sockchat.db"));
  }
  SUBCASE("a server that has just begun") {
    auto directory = storage::DataDirectory::open(data, false);
    REQUIRE(directory->lock());
    CHECK(refusal(storage::restore_backup(backed.file(), data, ignored)) ==
          "the data directory " + data + " is in use by another server");
    CHECK_FALSE(fs::exists(data + "/sockchat.db"));
  }
  SUBCASE("the progress of a database that is gone") {
    auto directory = storage::DataDirectory::open(data, false);
    REQUIRE(directory->start_progress(1'000'000));
    REQUIRE(storage::restore_backup(backed.file(), data, ignored));
    CHECK(served(data).size() == kMessages);
  }
}

namespace {

// The steps of today and one more.
struct NextSchema {
  NextSchema() {
    steps.assign(storage::schema().steps.begin(), storage::schema().steps.end());
    steps.push_back("CREATE TABLE next(id INTEGER PRIMARY KEY)");
  }
  [[nodiscard]] sqlite::Schema schema() const { return {storage::schema().application_id, steps}; }
  std::vector<const char*> steps;
};

struct OlderDatabase {
  OlderDatabase() {
    fill(world);
    world.close();
    auto opened = sqlite::Database::open(path(), std::chrono::seconds(1));
    REQUIRE(opened);
    database = *std::move(opened);
  }
  [[nodiscard]] std::string path() const { return world.directory / "sockchat.db"; }
  [[nodiscard]] std::string copy() const {
    return path() + ".version-" + std::to_string(storage::schema().version()) + ".backup";
  }
  Result<void> upgrade() { return storage::upgrade(*database, next.schema(), path(), notices); }
  [[nodiscard]] std::int64_t version() const { return *database->ask_number("PRAGMA user_version"); }

  SqliteWorld world;
  NextSchema next;
  std::unique_ptr<sqlite::Database> database;
  std::vector<std::string> notices;
};

}  // namespace

TEST_CASE("upgrade: an older database is copied before it is changed, and the copy stays") {
  OlderDatabase older;
  const auto done = older.upgrade();
  REQUIRE_MESSAGE(done, (done ? "" : done.error().text));
  CHECK(older.version() == older.next.schema().version());
  REQUIRE(older.notices.size() == 1);
  CHECK(older.notices[0].starts_with(older.copy() + " is what the database was before"));
  const auto kept = storage::check_backup(older.copy(), ignored);
  REQUIRE(kept);
  CHECK(kept->version == storage::schema().version());
  CHECK(kept->messages == kMessages);
  // Nothing more to do.
  CHECK(older.upgrade());
  CHECK(older.notices.size() == 1);
}

TEST_CASE("upgrade: a copy that an earlier try has left is replaced") {
  OlderDatabase older;
  std::ofstream(older.copy()) << "half of something";
  REQUIRE(older.upgrade());
  CHECK(storage::check_backup(older.copy(), ignored));
}

TEST_CASE("upgrade: without a copy nothing is changed") {
  OlderDatabase older;
  // A name that cannot be taken by a file.
  fs::create_directories(older.copy() + "/in the way");
  const auto refused = older.upgrade();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::system);
  CHECK(refused.error().text.find("there is no backup") != std::string::npos);
  CHECK(refused.error().text.find('\n') == std::string::npos);
  CHECK(older.version() == storage::schema().version());
  CHECK(older.notices.empty());
  fs::remove_all(older.copy());
  CHECK(older.upgrade());
}

TEST_CASE("upgrade: a new database needs no copy") {
  const TemporaryDirectory place;
  const std::string path = place / "sockchat.db";
  std::ofstream(path).flush();
  const auto database = sqlite::Database::open(path, std::chrono::seconds(1));
  REQUIRE(database);
  std::vector<std::string> notices;
  REQUIRE(storage::upgrade(**database, storage::schema(), path, notices));
  CHECK(notices.empty());
  CHECK(names_in(place.path()) == std::vector<std::string>{"sockchat.db"});
}
