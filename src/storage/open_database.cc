#include "storage/open_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/base/planted.h"
#include "storage/schema.h"
#include "storage/upgrade.h"

namespace sockchat::storage {
namespace {

using std::chrono::milliseconds;

// How long to wait for another writer. A command meets a server that commits all the time, and is let in
// between two of its transactions sooner or later; a server meets a command that writes one row.
constexpr milliseconds kServerPatience{5'000};
constexpr milliseconds kCommandPatience{30'000};

// What is looked through at every start: it has to stay well under a second.
constexpr std::int64_t kThoroughCheckBytesMax = 16 << 20;
constexpr std::int64_t kQuickCheckBytesMax = 64 << 20;

// Checkpoints are not SQLite's business but ours (Database). The cache, 4 MiB, holds the upper levels of
// every tree; a larger one only makes the process grow with its data.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA cache_size = -4096;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON";

// The words of the start for what a database said while it was opened.
Error describe(Database& database, const DataDirectory& directory, Error error) {
  // In one line: a verdict has a headline, and what is said of a damaged schema quotes it.
  std::ranges::replace_if(
      error.text, [](char byte) { return byte >= 0 && byte < ' '; }, ' ');
  const DbFault fault = database.take_fault();
  if (error.code == Errc::storage) {
    return {fault == DbFault::damaged ? Errc::corrupt : Errc::system, error.text};
  }
  return {error.code, fmt::format("{}: {}", directory.database(), error.text)};
}

Result<void> check(Database& database) {
  const auto pages = database.ask_number("PRAGMA page_count");
  if (!pages) return tl::unexpected(pages.error());
  const auto page_size = database.ask_number("PRAGMA page_size");
  if (!page_size) return tl::unexpected(page_size.error());
  const std::int64_t size = *pages * *page_size;
  if (size > kQuickCheckBytesMax) return {};
  const auto verdict =
      database.ask(size > kThoroughCheckBytesMax ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)");
  if (!verdict) return tl::unexpected(verdict.error());
  if (*verdict == "ok") return {};
  return fail(Errc::corrupt, fmt::format("the database is damaged ({})", verdict->value_or("no verdict")));
}

Result<void> check_counters(Database& database, SqliteQueries& queries) {
  if (auto read = queries.read_counters(); !read) return read;
  const auto newest = database.ask_number("SELECT max(mid) FROM messages");
  if (!newest) return tl::unexpected(newest.error());
  const auto counted = database.ask_number("SELECT newest_mid FROM counters");
  if (!counted) return tl::unexpected(counted.error());
  if (*counted >= *newest) return {};
  return fail(Errc::corrupt, "the database is damaged (the message counter is behind the messages)");
}

// `progress` was read before the database: a commit in between only makes that newer.
Result<void> check_progress(OpenDatabase& open, const Result<std::optional<std::uint64_t>>& progress) {
  if (!progress && progress.error().code != Errc::corrupt) return tl::unexpected(progress.error());
  const std::uint64_t there = open.queries->commits();
  if (progress && *progress && **progress > there) {
    return fail(
        Errc::corrupt,
        fmt::format("{} has lost the last {} of {} transactions: restore what is missing (the -wal file "
                    "belongs to it), or delete {}/progress to go on without",
                    open.directory.database(), **progress - there, **progress, open.directory.path()));
  }
  if (progress && *progress) return {};
  if (!progress) open.notices.push_back(fmt::format("{} and made anew", progress.error().text));
  return open.directory.start_progress(there);
}

Result<void> bring_up(OpenDatabase& open) {
  Database& database = *open.database;
  if (auto done = database.execute(kSettings); !done) return done;
  if (auto done = check(database); !done) return done;
  if (auto done = upgrade(database, schema(), open.directory.database(), open.notices); !done) return done;
  if (planted(Plant::memory_dedupe)) static_cast<void>(database.execute("UPDATE messages SET cid = NULL"));
  if (planted(Plant::mid_reused)) {
    static_cast<void>(
        database.execute("DELETE FROM messages WHERE mid > (SELECT newest_mid - 3 FROM counters);"
                         "UPDATE counters SET newest_mid = max(newest_mid - 3, 0)"));
  }
  auto queries = SqliteQueries::prepare(database);
  if (!queries) {
    return fail(Errc::corrupt, fmt::format("the tables are not as they must be ({})", queries.error().text));
  }
  open.queries = *std::move(queries);
  return check_counters(database, *open.queries);
}

}  // namespace

Result<OpenDatabase> open_database(const std::string& path, OpenMode mode) {
  const bool create = mode != OpenMode::command;
  auto directory = DataDirectory::open(path, create);
  if (!directory) return tl::unexpected(directory.error());
  OpenDatabase open{*std::move(directory), nullptr, nullptr, {}};
  if (mode == OpenMode::server) {
    if (auto locked = open.directory.lock(); !locked) return tl::unexpected(locked.error());
  }
  if (open.directory.is_open_to_others()) {
    open.notices.push_back(fmt::format("others may look into the data directory {} (chmod 700)", path));
  }
  if (auto there = open.directory.expect_database(create); !there) return tl::unexpected(there.error());
  const auto progress = open.directory.read_progress();

  auto database = Database::open(open.directory.database(),
                                 mode == OpenMode::server ? kServerPatience : kCommandPatience);
  if (!database) return fail(Errc::system, database.error().text);
  open.database = *std::move(database);
  if (auto up = bring_up(open); !up) {
    return tl::unexpected(describe(*open.database, open.directory, up.error()));
  }
  // The write-ahead log has its name now. SQLite syncs that too, with the first commit, but keeps to itself
  // that it could not: and then messages would be acknowledged that a power cut takes away with the file.
  if (auto synced = open.directory.sync(); !synced) return tl::unexpected(synced.error());
  if (auto checked = check_progress(open, progress); !checked) return tl::unexpected(checked.error());
  return open;
}

}  // namespace sockchat::storage
