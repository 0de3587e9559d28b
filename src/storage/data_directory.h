// The directory that a server keeps its data in: who may enter, who uses it, and the promise that something
// is there.
//
//   sockchat.db, -wal, -shm  SQLite's
//   search.db, -wal, -shm    the search index, which is made anew when it is gone
//   lock                     held by the server that runs on it; the account commands do without
//   progress                 how many commits the database has had at least
//
// `progress` stands for what SQLite cannot know: that there was a database at all, or a write-ahead log,
// which was longer. It is written after each commit and never synced, so it is never ahead of the disk, and
// after a power cut a little behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sockchat/base/result.h"

namespace sockchat::storage {

class FileHandle final {
 public:
  explicit FileHandle(int fd = -1) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

class DataDirectory final {
 public:
  // Made when it is not there and `create`: 0700, and 0600 for what stands in it. All errors are system or
  // corrupt, and name the file.
  static Result<DataDirectory> open(const std::string& path, bool create);

  // One server at a time, until this dies.
  Result<void> lock();

  [[nodiscard]] std::string database() const { return path_ + "/sockchat.db"; }
  [[nodiscard]] std::string search_index() const { return path_ + "/search.db"; }
  [[nodiscard]] const std::string& path() const { return path_; }
  // Worth a notice: others may look into the directory (not into the files).
  [[nodiscard]] bool is_open_to_others() const { return is_open_to_others_; }

  // Makes an empty database file where nothing was and `create`. corrupt where something was and is gone.
  Result<void> expect_database(bool create);

  // The names in it are on the disk.
  [[nodiscard]] Result<void> sync() const;

  // None before the first commit, or when the file was taken away. corrupt when it cannot be trusted.
  Result<std::optional<std::uint64_t>> read_progress();
  // Makes the file, for good.
  Result<void> start_progress(std::uint64_t commits);
  // Quick, and without a promise.
  void write_progress(std::uint64_t commits);
  // Of the file system: free for us. None when it cannot be asked.
  [[nodiscard]] std::optional<std::uint64_t> free_bytes() const;

 private:
  explicit DataDirectory(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] std::string progress() const { return path_ + "/progress"; }

  std::string path_;
  bool is_open_to_others_ = false;
  FileHandle self_;
  FileHandle lock_;
  FileHandle progress_;
};

}  // namespace sockchat::storage
