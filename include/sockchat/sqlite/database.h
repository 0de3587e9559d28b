// SQLite behind our own types; no other file includes its header. A Database and its Statements belong to one
// thread at a time. Every failure is Errc::storage with SQLite's words; what it means for the transaction,
// and for the process, says Database::fault().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sockchat::sqlite {

enum class DbFault : std::uint8_t {
  none,
  late,     // a run took longer than it was given (Database::set_deadline)
  full,     // no room on the disk; nothing is broken
  busy,     // somebody else wrote for too long
  damaged,  // the file is not what SQLite wrote
  other,    // a failed read, write or sync, no memory: what is on the disk now is not known
};

// A text that is stored as bytes: its length is known without reading it.
struct Blob {
  std::string_view bytes;
};

class Database;
class Statement;

// One run of a statement. It is over, and the statement free for the next one, when this dies.
class Cursor final {
 public:
  explicit Cursor(Statement& statement) : statement_(statement) {}
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor();

  // True: there is a row, and the columns may be read. Views hold until the next call.
  Result<bool> next();
  // For what returns no rows, or none that matter.
  Result<void> run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t bits(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  template <class Id>
  [[nodiscard]] Id id(int column) const {
    return Id(bits(column));
  }
  [[nodiscard]] WallTime time(int column) const {
    return WallTime(std::chrono::milliseconds(integer(column)));
  }
  [[nodiscard]] std::optional<WallTime> optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }

 private:
  Statement& statement_;
};

// Prepared once, run often. Dies before its Database.
class Statement final {
 public:
  Statement() = default;  // nothing; not to be run
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Binds the values to ?1, ?2, …; texts are not copied and must live as long as the cursor.
  template <class... Values>
  [[nodiscard]] Cursor with(const Values&... values) {
    int position = 0;
    (bind(++position, values), ...);
    return Cursor(*this);
  }

 private:
  friend class Cursor;
  friend class Database;
  Statement(Database& database, sqlite3_stmt* handle) : database_(&database), handle_(handle) {}

  void bind(int position, std::int64_t value);
  void bind(int position, std::string_view text);
  void bind(int position, Blob blob);
  void bind(int position, std::nullopt_t none);
  void bind(int position, WallTime time) { bind(position, time.time_since_epoch().count()); }
  template <class Tag>
  void bind(int position, StrongId<Tag> id) {
    bind(position, static_cast<std::int64_t>(id.value()));
  }
  template <class T>
  void bind(int position, const std::optional<T>& value) {
    if (value) return bind(position, *value);
    bind(position, std::nullopt);
  }
  void check_bound(int code);

  Database* database_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
  bool bound_ = true;
};

class Database final {
 public:
  // The file must exist, and be writable. Waits `patience` for other processes that write.
  static Result<std::unique_ptr<Database>> open(const std::string& path, std::chrono::milliseconds patience);
  // For reading beside the process's own writer: the file must exist, and nothing can be changed through it.
  static Result<std::unique_ptr<Database>> open_to_read(const std::string& path,
                                                        std::chrono::milliseconds patience);
  // Takes over an open connection.
  Database(sqlite3* handle, std::string path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // Statements without results, separated by semicolons.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row, for PRAGMAs and the like; none without a row.
  Result<std::optional<std::string>> ask(std::string_view sql);
  Result<std::int64_t> ask_number(std::string_view sql);

  // BEGIN IMMEDIATE: who has begun is the only writer.
  Result<void> begin() { return execute("BEGIN IMMEDIATE"); }
  Result<void> commit() { return execute("COMMIT"); }
  Result<void> rollback();

  // What runs at that time or later fails (DbFault::late), a little behind it. None: may run for ever.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline);
  // The worst that has happened since it was asked the last time.
  [[nodiscard]] DbFault take_fault();
  // The same, for whoever leaves it to the caller.
  [[nodiscard]] DbFault fault() const { return fault_; }
  // Pages in the write-ahead log as of the last commit of this connection.
  [[nodiscard]] std::size_t log_pages() const { return log_pages_; }
  // Copies the log back into the database as far as readers allow, and no further; does not wait for them.
  Result<void> checkpoint();
  // Copies every page to `target`, an empty file of nobody else, as of one moment: what others commit
  // meanwhile does not disturb it, and they do not wait. Tells how many pages are copied, and of how many.
  Result<void> copy_to(Database& target,
                       const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);
  // After a failed sync: closing leaves the files as they are, for the next start to recover from.
  void abandon();

 private:
  friend class Cursor;
  friend class Statement;
  static Result<std::unique_ptr<Database>> open(const std::string& path, int flags,
                                                std::chrono::milliseconds patience);
  Result<void> copy_pages(Database& target,
                          const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);
  // Notes what kind of fault it is.
  Error failure(int code);

  sqlite3* handle_;
  std::string path_;
  DbFault fault_ = DbFault::none;
  std::size_t log_pages_ = 0;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

// "3.40.1", of the library that is linked.
[[nodiscard]] std::string_view sqlite_version();

}  // namespace sockchat::sqlite
