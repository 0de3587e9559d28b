#include "sockchat/storage/sqlite_store.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <set>

#include "contract/store_worlds.h"
#include "failing_sync.h"
#include "sockchat/sqlite/database.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using Texts = std::vector<std::string>;

std::vector<MessageId> ids_of(SqliteWorld& world, UserId reader) {
  std::vector<MessageId> ids;
  const auto page = world.ask().fetch(everything_for(reader));
  REQUIRE_MESSAGE(page, (page ? "" : page.error().text), (world.fatal.empty() ? "" : world.fatal[0]));
  for (const domain::Message& message : page->messages) ids.push_back(message.id);
  return ids;
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

// No file of this process grows beyond it: to SQLite, a full disk.
class FileSizeLimit final {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("sqlite store: everything is there again after an orderly stop") {
  SqliteWorld world;
  const UserId ann = world.ask().add_account("ann", "hash")->id;
  const UserId bob = world.ask().add_account("bob", "hash")->id;
  const auto accepted = world.ask().append(draft(ann, bob, "text", "cid"));
  const auto second = world.ask().append(draft(ann, bob, "more"));
  REQUIRE(world.ask().confirm(bob, accepted->id));
  REQUIRE(world.ask().set_blocked({.owner = ann, .target = bob}, true));
  REQUIRE(world.ask().save_lockout({.name = {}, .failures = 2, .locked_until = {}}));
  REQUIRE(world.ask().record_login(ann, at(2'000)));
  world.reopen();
  CHECK(world.notices.empty());

  const auto snapshot = world.ask().load(at(3'000));
  REQUIRE(snapshot);
  REQUIRE(snapshot->accounts.size() == 2);
  CHECK(snapshot->accounts[0].last_login == at(2'000));
  CHECK(snapshot->accounts[1].confirmed == accepted->id);
  CHECK(snapshot->waiting.size() == 1);
  CHECK(snapshot->blocks.size() == 1);
  CHECK(snapshot->lockouts.size() == 1);
  REQUIRE(snapshot->logouts.size() == 1);
  CHECK(snapshot->logouts[0].time == at(3'000));
  CHECK(snapshot->newest == second->id);
  const auto repeated = world.ask().append(draft(ann, bob, "text", "cid"));
  CHECK(repeated->repeated);
  CHECK(repeated->id == accepted->id);
  CHECK(world.ask().append(draft(ann, bob, "text", "other cid"))->id > second->id);
}

TEST_CASE("sqlite store: a message id is not given twice, even when the row is gone") {
  SqliteWorld world;
  const MessageId last = world.ask().append(draft(kAlice, kBob, "text"))->id;
  world.close();
  {
    const auto database = sqlite::Database::open(world.directory / "sockchat.db", std::chrono::seconds(1));
    REQUIRE(database);
    REQUIRE((*database)->execute("DELETE FROM messages"));
  }
  world.open();
  CHECK(world.ask().append(draft(kAlice, kBob, "text"))->id > last);
}

TEST_CASE("sqlite store: nobody else may read the files") {
  const mode_t before = ::umask(0);
  SqliteWorld world;
  const std::string directory = world.directory / "data";
  auto store = storage::SqliteStore::open(directory, world.executor, {}, {});
  ::umask(before);
  REQUIRE(store);
  CHECK(mode_of(directory) == 0700);
  for (const char* file : {"/sockchat.db", "/sockchat.db-wal", "/sockchat.db-shm", "/lock", "/progress"})
    CHECK_MESSAGE(mode_of(directory + file) == 0600, file);
  store->reset();
  ::chmod((directory + "/sockchat.db").c_str(), 0644);
  ::chmod(directory.c_str(), 0755);
  std::vector<std::string> notices;
  store = storage::SqliteStore::open(directory, world.executor, {},
                                     {.on_fatal = {},
                                      .on_notice = [&](const std::string& text) { notices.push_back(text); },
                                      .on_limit = {}});
  REQUIRE(store);
  CHECK(mode_of(directory + "/sockchat.db") == 0600);
  REQUIRE(world.executor.run_until([&notices] { return !notices.empty(); }));
  CHECK(notices[0] == "others may look into the data directory " + directory + " (chmod 700)");
}

TEST_CASE("sqlite store: a second server on the directory is refused until the first is gone") {
  SqliteWorld world;
  const auto second = world.try_open();
  REQUIRE_FALSE(second);
  CHECK(second.error() ==
        Error{Errc::system, "the data directory " + world.directory.path() + " is in use by another server"});
  world.close();
  CHECK(world.try_open());
}

TEST_CASE("sqlite store: damaged rows are left out and reported, and do not hold up the others") {
  SqliteWorld world;
  std::vector<MessageId> good;
  for (int number = 0; number < 2'000; ++number) {
    world.store().append(draft(kAlice, kBob, "text " + std::to_string(number)),
                         [&good, number](const Result<domain::Accepted>& accepted) {
                           if (number % 2 == 0) good.push_back(accepted->id);
                         });
  }
  world.ask().settle();
  world.close();
  {
    const auto database = sqlite::Database::open(world.directory / "sockchat.db", std::chrono::seconds(1));
    REQUIRE((*database)->execute("UPDATE messages SET text = CAST('junk' AS BLOB) WHERE mid % 4 = 0"));
    REQUIRE((*database)->execute("UPDATE messages SET sender = 9 WHERE mid % 4 = 2"));
  }
  world.open();
  CHECK(world.ask().load());
  CHECK(ids_of(world, kBob) == good);
  REQUIRE(world.executor.run_until([&world] { return world.notices.size() == 17; }));
  CHECK(world.notices[0] == "message 2 is damaged and is left out");
  CHECK(world.notices[16] == "and 984 more of the kind");
}

TEST_CASE("sqlite store: below the reserve of the disk new messages are refused, and all else goes on") {
  SqliteWorld world(storage::SqliteStoreLimits{.disk_free_min = std::numeric_limits<std::int64_t>::max()});
  for (int twice = 0; twice < 2; ++twice)
    CHECK(world.ask().append(draft(kAlice, kBob, "text")).error().code == Errc::storage);
  CHECK(world.ask().add_account("ann"));
  CHECK(world.ask().confirm(kBob, MessageId(1)));
  CHECK(world.ask().fetch(everything_for(kBob)));
  world.ask().settle();
  REQUIRE(world.notices.size() == 1);
  CHECK(world.notices[0].starts_with("new messages are refused: "));
  world.limits.disk_free_min = 0;
  world.reopen();
  CHECK(world.ask().append(draft(kAlice, kBob, "text")));
}

TEST_CASE(
    "sqlite store: a disk that is full at any point refuses, loses nothing, and works again with room") {
  SqliteWorld world(storage::SqliteStoreLimits{.disk_free_min = 0});
  std::vector<MessageId> acknowledged;
  const std::string text(3'000, 'x');
  for (std::uintmax_t pages = 0; pages < 24; ++pages) {
    INFO(pages << " pages more");
    world.reopen();
    int refused = 0;
    {
      REQUIRE(world.ask().append(draft(kAlice, kBob, text, "first " + std::to_string(pages))));
      acknowledged = ids_of(world, kBob);
      const FileSizeLimit limit(std::filesystem::file_size(world.directory / "sockchat.db-wal") +
                                pages * 4096);
      for (int number = 0; number < 20; ++number) {
        const auto accepted = world.ask().append(draft(kAlice, kBob, text));
        if (accepted) acknowledged.push_back(accepted->id);
        if (!accepted) {
          CHECK(accepted.error().code == Errc::storage);
          ++refused;
        }
        REQUIRE(ids_of(world, kBob) == acknowledged);
      }
      CHECK(refused > 0);
    }
    const auto accepted = world.ask().append(draft(kAlice, kBob, text));
    REQUIRE(accepted);
    acknowledged.push_back(accepted->id);
    world.ask().settle();
    CHECK(world.notices.size() == 2);
    CHECK(world.notices.back() == "the disk has room again, messages are accepted");
    world.notices.clear();
    CHECK(world.fatal.empty());
  }
  world.reopen();
  CHECK(ids_of(world, kBob) == acknowledged);
}

TEST_CASE("sqlite store: a batch that is taken back takes its reads along") {
  SqliteWorld world(storage::SqliteStoreLimits{.disk_free_min = 0});
  REQUIRE(world.ask().append(draft(kAlice, kBob, "first")));
  const FileSizeLimit limit(std::filesystem::file_size(world.directory / "sockchat.db-wal"));
  bool refused = false;
  std::optional<Texts> seen;
  world.store().append(draft(kAlice, kBob, std::string(50'000, 'x')),
                       [&refused](const Result<domain::Accepted>& answer) { refused = !answer; });
  world.store().fetch(everything_for(kBob), [&seen](const Result<domain::FetchedPage>& page) {
    REQUIRE(page);
    seen.emplace();
    for (const domain::Message& message : page->messages) seen->push_back(message.text);
  });
  REQUIRE(world.executor.run_until([&seen] { return seen.has_value(); }));
  CHECK(refused);
  CHECK(*seen == Texts{"first"});
}

TEST_CASE(
    "sqlite store: after a failed sync nothing is acknowledged any more, and a restart has all that was") {
  for (int nth = 1; nth < 40; nth += nth < 8 ? 1 : 7) {
    INFO("sync " << nth);
    SqliteWorld world;
    std::set<MessageId> acknowledged;
    std::set<std::string> rejected;
    {
      const FailingSync failing(nth);
      bool has_failed = false;
      for (int number = 0; number < nth + 5; ++number) {
        const auto accepted = world.ask().append(draft(kAlice, kBob, std::to_string(number)));
        if (accepted) {
          CHECK_FALSE(has_failed);
          acknowledged.insert(accepted->id);
        } else {
          CHECK(accepted.error().code == Errc::storage);
          has_failed = true;
        }
      }
      CHECK(failing.has_failed());
      CHECK(has_failed);
      CHECK_FALSE(world.ask().confirm(kBob, MessageId(1)));
      CHECK_FALSE(world.ask().fetch(everything_for(kBob)));
      CHECK(world.fatal.size() == 1);
      world.close();
    }
    world.open();
    const auto there = ids_of(world, kBob);
    // The outcome of the one that failed is not known; it was not called rejected.
    CHECK(std::ranges::includes(there, acknowledged));
    CHECK(there.size() <= acknowledged.size() + 1);
  }
}

TEST_CASE("sqlite store: what was acknowledged survives kill -9") {
  const TemporaryDirectory directory;
  std::mt19937 random(20'261'124);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 5; ++round) {
    int channel[2];
    REQUIRE(::pipe(channel) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ManualExecutor executor;
      auto store = storage::SqliteStore::open(directory.path(), executor, {.disk_free_min = 0}, {});
      if (!store) ::_exit(1);
      int under_way = 0;
      const auto tell = [&channel, &under_way](const Result<domain::Accepted>& accepted) {
        --under_way;
        const std::uint64_t id = accepted ? accepted->id.value() : 0;
        if (::write(channel[1], &id, sizeof(id)) != sizeof(id)) ::_exit(1);
      };
      for (;;) {
        for (; under_way < 64; ++under_way) (*store)->append(draft(kAlice, kBob, "some text"), tell);
        executor.run_until([&under_way] { return under_way < 32; });
      }
    }
    ::close(channel[1]);
    std::uint64_t id = 0;
    for (auto left = 500 + random() % 3'000; left > 0; --left) {
      if (::read(channel[0], &id, sizeof(id)) != sizeof(id)) break;
      REQUIRE(id == acknowledged + 1);
      acknowledged = id;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(channel[0], &id, sizeof(id)) == sizeof(id)) acknowledged = id;
    ::close(channel[0]);

    ManualExecutor executor;
    auto store = storage::SqliteStore::open(directory.path(), executor, {}, {});
    REQUIRE_MESSAGE(store, (store ? "" : store.error().text));
    // Ids without a gap: nothing is missing, and nothing stands twice.
    std::uint64_t found = 0;
    auto range = everything_for(kBob);
    for (bool more = true; more;) {
      const auto page = Asking(**store, executor).fetch(range);
      REQUIRE(page);
      for (const domain::Message& message : page->messages) REQUIRE(message.id.value() == ++found);
      range.after = page->up_to;
      more = page->more;
    }
    REQUIRE(found >= acknowledged);
    acknowledged = found;
  }
}

TEST_CASE("sqlite store: a page that ends at the look limit ends behind its last message") {
  SqliteWorld world;
  constexpr std::uint64_t kMessages = 10'100;
  for (std::uint64_t number = 0; number < kMessages; ++number)
    world.store().append(draft(kAlice, kBob, "text"), [](const auto& accepted) { REQUIRE(accepted); });
  auto range = everything_for(kBob);
  std::uint64_t found = 0;
  for (bool more = true; more;) {
    const auto page = Asking(world.store(), world.executor).fetch(range);
    REQUIRE(page);
    for (const domain::Message& message : page->messages) REQUIRE(message.id.value() == ++found);
    range.after = page->up_to;
    more = page->more;
  }
  CHECK(found == kMessages);
}

TEST_CASE("sqlite store: it finishes what is queued before it goes") {
  SqliteWorld world;
  int told = 0;
  for (int number = 0; number < 3'000; ++number)
    world.store().append(draft(kAlice, kBob, "text"),
                         [&told](const auto& accepted) { told += accepted ? 1 : 0; });
  world.close();
  CHECK(told == 3'000);
  CHECK_FALSE(std::filesystem::exists(world.directory / "sockchat.db-wal"));
  world.open();
  CHECK(ids_of(world, kBob).size() == 3'000);
}

TEST_CASE("sqlite store: the log does not grow without end") {
  SqliteWorld world;
  const std::string text(16'000, 'x');
  for (int round = 0; round < 60; ++round) {
    for (int number = 0; number < 40; ++number)
      world.store().append(draft(kAlice, kBob, text), [](const auto&) {});
    world.ask().settle();
  }
  CHECK(std::filesystem::file_size(world.directory / "sockchat.db") > 20'000'000);
  CHECK(std::filesystem::file_size(world.directory / "sockchat.db-wal") < 12'000'000);
}

TEST_CASE("sqlite store: a very long past of a mailbox is read in pages that do not hold up the others") {
  SqliteWorld world;
  for (int number = 0; number < 12'000; ++number)
    world.store().append(draft(kAlice, kBob, "old", {}, 100), [](const auto&) {});
  const MessageId wanted = world.ask().append(draft(kAlice, kBob, "new", {}, 300))->id;
  auto range = everything_for(kBob);
  range.not_before = at(200);
  auto page = world.ask().fetch(range);
  CHECK(page->messages.empty());
  CHECK(page->more);
  range.after = page->up_to;
  page = world.ask().fetch(range);
  REQUIRE(page->messages.size() == 1);
  CHECK(page->messages[0].id == wanted);
  CHECK_FALSE(page->more);
}

TEST_CASE("sqlite store: names that somebody guessed do not fill the disk") {
  SqliteWorld world(200'000);
  const domain::LockoutRecord locked{.name = {std::byte{9}}, .failures = 0, .locked_until = at(9'000'000)};
  REQUIRE(world.ask().save_lockout(locked));
  for (std::uint32_t number = 0; number < 150'000; ++number) {
    domain::LockoutRecord record{.name = {}, .failures = 1, .locked_until = std::nullopt};
    std::memcpy(record.name.data() + 4, &number, sizeof(number));
    world.store().save_lockout(record, [](const auto&) {});
  }
  const auto lockouts = world.ask().load()->lockouts;
  CHECK(lockouts.size() == 131'072);
  CHECK(std::ranges::find(lockouts, locked) != lockouts.end());
}
