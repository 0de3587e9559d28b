#include "sockchat/storage/backup.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "storage/backup_contents.h"
#include "storage/data_directory.h"
#include "storage/database_copy.h"
#include "storage/schema.h"

namespace sockchat::storage {
namespace {

using sqlite::Database;

// A server that recovers, or a command that changes the schema.
constexpr std::chrono::milliseconds kPatience{30'000};

struct OpenFile {
  std::unique_ptr<Database> database;
  BackupContents contents;
};

// Strict: what a server would leave out counts as well.
Result<OpenFile> open_backup(const std::string& file, const BackupProgress& progress) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(file, problem))
    return fail(Errc::system, fmt::format("{} is no file", file));
  if (std::filesystem::file_size(file, problem) == 0)
    return fail(Errc::corrupt, fmt::format("{} is empty", file));
  auto database = Database::open_to_read(file, std::chrono::milliseconds(0));
  if (!database) return fail(Errc::system, database.error().text);
  auto examined = examine(**database, schema(), progress);
  if (!examined) {
    const Error& error = examined.error();
    // The database's own words name the file already.
    if (error.code == Errc::storage) return fail(Errc::corrupt, error.text);
    return fail(error.code, fmt::format("{}: {}", file, error.text));
  }
  if (!examined->damages.empty()) {
    return fail(Errc::corrupt, fmt::format("{}: {}{}", file, examined->damages.front(),
                                           examined->damages.size() > 1 ? ", and others" : ""));
  }
  return OpenFile{*std::move(database), examined->contents};
}

Result<void> expect_room(const DataDirectory& directory) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path(), problem)) {
    const auto name = entry.path().filename();
    if (entry.is_directory() || name == "lock" || name == "progress") continue;
    return fail(Errc::system, fmt::format("{} is not empty: restore into a new directory", directory.path()));
  }
  if (problem)
    return fail(Errc::system, fmt::format("cannot look into {}: {}", directory.path(), problem.message()));
  return {};
}

}  // namespace

Result<Backup> back_up(const std::string& path, const std::string& target, const BackupProgress& progress) {
  auto directory = DataDirectory::open(path, false);
  if (!directory) return tl::unexpected(directory.error());
  if (auto there = directory->expect_database(false); !there) return tl::unexpected(there.error());
  // Before the database, which only gets newer.
  const auto acknowledged = directory->read_progress();
  auto database = Database::open(directory->database(), kPatience);
  if (!database) return fail(Errc::system, database.error().text);
  if (const auto version = sqlite::read_version(**database, schema()); !version) {
    const Error& error = version.error();
    if (error.code == Errc::storage) return fail(Errc::corrupt, error.text);
    return fail(error.code, fmt::format("{}: {}", directory->database(), error.text));
  }
  // Of a log that was cut off, a copy must not look like a whole one.
  const auto commits = (*database)->ask_number("SELECT commits FROM counters");
  const std::uint64_t wanted = acknowledged ? acknowledged->value_or(0) : 0;
  if (commits && static_cast<std::uint64_t>(*commits) < wanted) {
    return fail(Errc::corrupt, fmt::format("{} has lost transactions: {} are there, of {}",
                                           directory->database(), *commits, wanted));
  }
  return copy_database(**database, schema(), target, Existing::refused, progress);
}

Result<BackupContents> check_backup(const std::string& file, const BackupProgress& progress) {
  return open_backup(file, progress).map([](const OpenFile& open) { return open.contents; });
}

Result<BackupContents> restore_backup(const std::string& file, const std::string& path,
                                      const BackupProgress& progress) {
  auto backup = open_backup(file, progress);
  if (!backup) return tl::unexpected(backup.error());
  auto directory = DataDirectory::open(path, true);
  if (!directory) return tl::unexpected(directory.error());
  if (auto locked = directory->lock(); !locked) return tl::unexpected(locked.error());
  if (auto room = expect_room(*directory); !room) return tl::unexpected(room.error());
  // First: a directory with it and without a database is refused by a server, and taken by the next restore.
  if (auto started = directory->start_progress(backup->contents.commits); !started)
    return tl::unexpected(started.error());
  const auto restored =
      copy_database(*backup->database, schema(), directory->database(), Existing::refused, progress);
  if (!restored) return tl::unexpected(restored.error());
  return restored->contents;
}

}  // namespace sockchat::storage
