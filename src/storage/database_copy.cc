#include "storage/database_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "storage/backup_contents.h"
#include "storage/data_directory.h"

namespace sockchat::storage {
namespace {

using sqlite::Database;

constexpr mode_t kFileMode = 0600;
constexpr std::chrono::milliseconds kNoPatience{0};

tl::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

// What is being made: gone with this, unless it was renamed.
class UnfinishedFile final {
 public:
  explicit UnfinishedFile(const std::string& target) : path_(fmt::format("{}.{}", target, ::getpid())) {}
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() {
    if (!is_made_) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((path_ + suffix).c_str());
  }

  Result<void> make() {
    // Of a process with our number that was killed: in a container it is the same at every start.
    ::unlink(path_.c_str());
    const FileHandle made(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (!made) return system_failure("make", path_);
    is_made_ = true;
    return {};
  }
  [[nodiscard]] Result<void> sync() const {
    const FileHandle file(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0) return system_failure("sync", path_);
    return {};
  }
  Result<void> rename_to(const std::string& target, Existing existing) {
    const unsigned flags = existing == Existing::refused ? RENAME_NOREPLACE : 0;
    int failed = ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), flags);
    // A file system that cannot do both in one step: it was looked before.
    if (failed != 0 && errno == EINVAL) failed = ::rename(path_.c_str(), target.c_str());
    if (failed != 0) return system_failure("make", target);
    is_made_ = false;
    const std::string parent = std::filesystem::path(target).parent_path();
    const FileHandle above(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC));
    if (!above || ::fsync(above.get()) != 0) return system_failure("sync", parent);
    return {};
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_made_ = false;
};

// The file is synced as a whole afterwards, and thrown away if anything goes wrong before.
Result<void> copy_pages(Database& source, const std::string& path, const BackupProgress& progress) {
  auto target = Database::open(path, kNoPatience);
  if (!target) return tl::unexpected(target.error());
  if (auto set = (*target)->execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF"); !set) return set;
  return source.copy_to(
      **target, [&progress](std::uint64_t done, std::uint64_t total) { progress("copied", done, total); });
}

// One file without a log: it can be looked at where nothing can be written.
Result<void> leave_wal_mode(const std::string& path) {
  auto target = Database::open(path, kNoPatience);
  if (!target) return tl::unexpected(target.error());
  const auto mode = (*target)->ask("PRAGMA journal_mode = DELETE");
  if (!mode) return tl::unexpected(mode.error());
  if (*mode != "delete") return fail(Errc::storage, fmt::format("{} stays in WAL mode", path));
  return {};
}

Result<Examination> examine_file(const std::string& path, const sqlite::Schema& schema,
                                 const BackupProgress& progress) {
  auto copy = Database::open_to_read(path, kNoPatience);
  if (!copy) return tl::unexpected(copy.error());
  return examine(**copy, schema, progress);
}

}  // namespace

Result<Backup> copy_database(Database& source, const sqlite::Schema& schema, const std::string& target,
                             Existing existing, const BackupProgress& progress) {
  std::error_code ignored;
  if (existing == Existing::refused &&
      std::filesystem::exists(std::filesystem::symlink_status(target, ignored)))
    return fail(Errc::system, fmt::format("{} exists already", target));
  UnfinishedFile file(target);
  Result<void> done = file.make();
  if (!done) return tl::unexpected(done.error());
  if (done) done = copy_pages(source, file.path(), progress);
  if (done) done = leave_wal_mode(file.path());
  if (!done) return fail(Errc::system, done.error().text);
  if (done = file.sync(); !done) return tl::unexpected(done.error());

  auto examined = examine_file(file.path(), schema, progress);
  if (!examined) return fail(Errc::corrupt, fmt::format("the copy is no good: {}", examined.error().text));
  if (!examined->damages.empty()) {
    const auto original = examine(source, schema, progress);
    if (!original || original->damages != examined->damages)
      return fail(Errc::corrupt, fmt::format("the copy is no good: {}", examined->damages.front()));
  }
  if (done = file.rename_to(target, existing); !done) return tl::unexpected(done.error());
  return Backup{examined->contents, std::move(examined->damages)};
}

}  // namespace sockchat::storage
