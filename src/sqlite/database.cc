#include "sockchat/sqlite/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::sqlite {
namespace {

// How often a run with a deadline looks at the clock.
constexpr int kStepsBetweenLooks = 200;

DbFault fault_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_INTERRUPT:
      return DbFault::late;
    case SQLITE_FULL:
      return DbFault::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DbFault::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DbFault::damaged;
    case SQLITE_IOERR:
      // A quota is a full disk too; SQLite knows it as a failed write.
      if (code == SQLITE_IOERR_WRITE && (system_error == EDQUOT || system_error == EFBIG))
        return DbFault::full;
      // A checksum, or a file shorter than it was.
      if (code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_SHORT_READ) return DbFault::damaged;
      return DbFault::other;
    default:
      return DbFault::other;
  }
}

// The system's reason, also for a commit, where sqlite3_system_errno() has none but the log's file knows.
int system_error_of(sqlite3* handle) {
  if (const int error = sqlite3_system_errno(handle); error != 0) return error;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  int error = 0;
  if (log && log->pMethods) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

}  // namespace

// --- Cursor

Cursor::~Cursor() {
  sqlite3_reset(statement_.handle_);
  statement_.bound_ = true;
}

Result<bool> Cursor::next() {
  if (!statement_.bound_) return fail(Errc::storage, "a value could not be bound");
  const int code = sqlite3_step(statement_.handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected(statement_.database_->failure(code));
}

Result<void> Cursor::run() {
  for (;;) {
    const auto row = next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
  }
}

std::int64_t Cursor::integer(int column) const { return sqlite3_column_int64(statement_.handle_, column); }

std::string_view Cursor::text(int column) const {
  const auto* begin = sqlite3_column_text(statement_.handle_, column);
  if (!begin) return {};
  return {reinterpret_cast<const char*>(begin),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

std::string_view Cursor::bytes(int column) const {
  const void* begin = sqlite3_column_blob(statement_.handle_, column);
  if (!begin) return {};
  return {static_cast<const char*>(begin),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_, column))};
}

bool Cursor::is_null(int column) const {
  return sqlite3_column_type(statement_.handle_, column) == SQLITE_NULL;
}

// --- Statement

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::bind(int position, std::int64_t value) {
  check_bound(sqlite3_bind_int64(handle_, position, value));
}

void Statement::bind(int position, std::string_view text) {
  // An empty view may have no address, and that would be NULL.
  const char* begin = text.empty() ? "" : text.data();
  check_bound(sqlite3_bind_text64(handle_, position, begin, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int position, Blob blob) {
  const char* begin = blob.bytes.empty() ? "" : blob.bytes.data();
  check_bound(sqlite3_bind_blob64(handle_, position, begin, blob.bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int position, std::nullopt_t) { check_bound(sqlite3_bind_null(handle_, position)); }

void Statement::check_bound(int code) {
  SOCKCHAT_CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
  if (code == SQLITE_OK) return;
  bound_ = false;
  static_cast<void>(database_->failure(code));
}

// --- Database

Database::Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {
  // Takes the place of SQLite's own checkpoints (PRAGMA wal_autocheckpoint would take ours): those hide their
  // errors, and stand between a commit and its answers.
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->log_pages_ = static_cast<std::size_t>(pages);
        return SQLITE_OK;
      },
      this);
}

Database::~Database() { SOCKCHAT_CHECK(sqlite3_close(handle_) == SQLITE_OK); }

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 std::chrono::milliseconds patience) {
  auto database = open(path, SQLITE_OPEN_READWRITE, patience);
  if (database && sqlite3_db_readonly((*database)->handle_, "main") != 0) {
    return fail(Errc::storage, fmt::format("cannot write {}", path));
  }
  return database;
}

Result<std::unique_ptr<Database>> Database::open_to_read(const std::string& path,
                                                         std::chrono::milliseconds patience) {
  return open(path, SQLITE_OPEN_READONLY, patience);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, int flags,
                                                 std::chrono::milliseconds patience) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    const int system_error = handle ? sqlite3_system_errno(handle) : 0;
    const char* why = system_error != 0 ? std::strerror(system_error) : sqlite3_errstr(code);
    sqlite3_close(handle);
    return fail(Errc::storage, fmt::format("cannot open {}: {}", path, why));
  }
  auto database = std::make_unique<Database>(handle, path);
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

void Database::set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline) {
  deadline_ = deadline;
  if (!deadline) return sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
  // A text index reads its pages by small statements, a few steps each, which count here too.
  sqlite3_progress_handler(
      handle_, kStepsBetweenLooks,
      [](void* self) {
        return std::chrono::steady_clock::now() >= *static_cast<const Database*>(self)->deadline_ ? 1 : 0;
      },
      this);
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(failure(code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(failure(code));
  return Statement(*this, handle);
}

Result<std::optional<std::string>> Database::ask(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  auto answer = statement->with();
  const auto row = answer.next();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  return std::string(answer.text(0));
}

Result<std::int64_t> Database::ask_number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  auto answer = statement->with();
  const auto row = answer.next();
  if (!row) return tl::unexpected(row.error());
  return *row ? answer.integer(0) : 0;
}

Result<void> Database::rollback() {
  // Some failures have rolled back already.
  if (sqlite3_get_autocommit(handle_) != 0) return {};
  return execute("ROLLBACK");
}

DbFault Database::take_fault() { return std::exchange(fault_, DbFault::none); }

Result<void> Database::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(failure(code));
  log_pages_ = 0;
  return {};
}

void Database::abandon() { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

Error Database::failure(int code) {
  const bool io = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  const int system_error = io ? system_error_of(handle_) : 0;
  fault_ = std::max(fault_, fault_of(code, system_error));
  const char* system_words = system_error != 0 ? std::strerror(system_error) : "";
  return {Errc::storage,
          fmt::format("{}: {}{}{}", path_, sqlite3_errmsg(handle_), *system_words ? ": " : "", system_words)};
}

std::string_view sqlite_version() { return sqlite3_libversion(); }

}  // namespace sockchat::sqlite
