#include "storage/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "storage/fnv1a.h"

namespace sockchat::storage {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kOthers = 0077;

struct Progress {
  std::array<char, 8> magic{'s', 'o', 'c', 'k', 'c', 'h', 'a', 't'};
  std::uint64_t commits = 0;
  std::uint64_t digest = 0;
};

Progress progress_of(std::uint64_t commits) {
  Progress progress{.commits = commits};
  progress.digest = Fnv1a().add(commits).value();
  return progress;
}

tl::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

// Bytes, or none when there is no such file.
Result<std::optional<std::uint64_t>> size_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
  if (errno == ENOENT) return std::nullopt;
  return system_failure("look at", path);
}

// SQLite gives its other files the mode of the database; what an older umask left is corrected here. Not by
// way of a descriptor: closing one would drop the locks that this process has on the file.
void tighten(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & kOthers) != 0) ::chmod(path.c_str(), kFileMode);
}

}  // namespace

FileHandle::FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Result<DataDirectory> DataDirectory::open(const std::string& path, bool create) {
  DataDirectory directory(path);
  if (create && ::mkdir(path.c_str(), kDirectoryMode) == 0) {
    std::string parent = std::filesystem::path(path).lexically_normal().parent_path();
    if (const FileHandle above(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC)); above)
      ::fsync(above.get());
  } else if (create && errno != EEXIST) {
    return system_failure("make the data directory", path);
  }
  directory.self_ = FileHandle(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.self_) return system_failure("open the data directory", path);
  struct stat status {};
  if (::fstat(directory.self_.get(), &status) != 0) return system_failure("look at", path);
  directory.is_open_to_others_ = (status.st_mode & kOthers) != 0;
  return directory;
}

Result<void> DataDirectory::lock() {
  const std::string path = path_ + "/lock";
  lock_ = FileHandle(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!lock_) return system_failure("open", path);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return system_failure("lock", path);
  return fail(Errc::system, fmt::format("the data directory {} is in use by another server", path_));
}

Result<void> DataDirectory::expect_database(bool create) {
  const auto size = size_of(database());
  if (!size) return tl::unexpected(size.error());
  const auto log_size = size_of(database() + "-wal");
  if (!log_size) return tl::unexpected(log_size.error());
  const auto progress_size = size_of(progress());
  if (!progress_size) return tl::unexpected(progress_size.error());

  if (size->value_or(0) == 0 && (log_size->value_or(0) > 0 || progress_size->has_value())) {
    return fail(Errc::corrupt,
                fmt::format("{} is {}, but there was one: restore a backup, or empty {} to begin anew",
                            database(), *size ? "empty" : "missing", path_));
  }
  if (*size) {
    for (const char* suffix : {"", "-wal", "-shm"}) tighten(database() + suffix);
    return {};
  }
  if (!create) return fail(Errc::system, fmt::format("there is no database in {}", path_));
  const FileHandle made(::open(database().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  // Another process may have been quicker.
  if (!made && errno != EEXIST) return system_failure("make", database());
  return sync();
}

Result<void> DataDirectory::sync() const {
  if (::fsync(self_.get()) != 0) return system_failure("sync", path_);
  return {};
}

Result<std::optional<std::uint64_t>> DataDirectory::read_progress() {
  progress_ = FileHandle(::open(progress().c_str(), O_RDWR | O_CLOEXEC));
  if (!progress_ && errno == ENOENT) return std::nullopt;
  if (!progress_) return system_failure("open", progress());
  Progress read;
  const auto length = ::pread(progress_.get(), &read, sizeof(read), 0);
  if (length < 0) return system_failure("read", progress());
  const Progress right = progress_of(read.commits);
  if (length != sizeof(read) || std::memcmp(&read, &right, sizeof(read)) != 0) {
    return fail(Errc::corrupt, fmt::format("{} is damaged", progress()));
  }
  return read.commits;
}

Result<void> DataDirectory::start_progress(std::uint64_t commits) {
  // Whole or not at all: a file that is cut short counts as damage.
  const std::string unfinished = fmt::format("{}.{}", progress(), ::getpid());
  progress_ = FileHandle(::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (!progress_) return system_failure("make", unfinished);
  write_progress(commits);
  if (::fsync(progress_.get()) != 0) return system_failure("sync", unfinished);
  if (std::rename(unfinished.c_str(), progress().c_str()) != 0) return system_failure("make", progress());
  if (::fsync(self_.get()) != 0) return system_failure("sync", path_);
  return {};
}

void DataDirectory::write_progress(std::uint64_t commits) {
  const Progress progress = progress_of(commits);
  // It is an extra eye, not a part of the promise.
  [[maybe_unused]] const auto written = ::pwrite(progress_.get(), &progress, sizeof(progress), 0);
}

std::optional<std::uint64_t> DataDirectory::free_bytes() const {
  struct statvfs status {};
  if (::fstatvfs(self_.get(), &status) != 0) return std::nullopt;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace sockchat::storage
