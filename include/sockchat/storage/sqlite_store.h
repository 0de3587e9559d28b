// The store on disk: SQLite in WAL mode, synchronous=FULL. One writer thread takes everything that waits, at
// most `batch_operations` or `batch_bytes`, into one transaction, commits, and posts the completions in the
// order of the calls; the next batch forms while this one syncs. `busy` is told at once, before what is still
// queued. Made, called and destroyed on the loop thread; the executor outlives the store, and runs nothing of
// it afterwards but completions.
//
// A reader thread with a connection of its own answers history, searches and sessions, and in between fills
// the search index (`directory`/search.db), a fraction of a second behind the messages; under load it leaves
// them the machine. What it was asked and has not begun when the store goes is not answered.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sockchat/base/limits.h"
#include "sockchat/base/result.h"
#include "sockchat/base/task.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/ports.h"

namespace sockchat::storage {

// Messages older than `keep` are removed, oldest first, a few at a time, but for those that still wait for
// their recipient within `mailbox`. Their cids are remembered for 30 days all the same.
struct StoreRetention {
  std::optional<Duration> keep = {};  // none: for ever
  Duration mailbox = std::chrono::days(30);
  Duration interval = std::chrono::minutes(10);  // between two rounds
  std::function<WallTime()> wall_clock = {};     // any thread. None: the system's
};

struct SqliteStoreLimits {
  std::size_t queue_max = 65'536;
  std::size_t queue_bytes_max = std::size_t{64} << 20;  // of texts
  // Of a message, for its batch to begin, and of a question beside the queue; then `busy`.
  Duration wait_max = std::chrono::seconds(5);
  std::size_t batch_operations = 1024;
  std::size_t batch_bytes = std::size_t{1} << 20;
  std::size_t disk_free_min = std::size_t{64} << 20;
  std::size_t history_queue_max = 256;  // questions beside the queue that wait; beyond: busy
  Duration history_time_max = std::chrono::milliseconds(250);  // that one may take; then busy
  StoreRetention retention = {};
};

// What the operator must know of the store; each runs on the loop thread.
struct SqliteStoreNotices {
  // A sync failed: nothing is acknowledged any more, and the process must end and recover at the next start.
  std::move_only_function<void(const Error&)> on_fatal;
  // Rows that were damaged and are left out, a disk that is full or has room again.
  std::move_only_function<void(const std::string&)> on_notice;
  // A limit that refused somebody, a moment before that is answered.
  std::move_only_function<void(LimitField)> on_limit;
};

class SqliteStore final : public domain::Store {
 public:
  // Opens or creates `directory`/sockchat.db: directory 0700, files 0600. Blocks: for the start of the
  // program only. Fails with one clear line (system, corrupt): unreadable, damaged, made by a newer version.
  // Never starts empty where something was.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& directory, Executor& executor,
                                                   SqliteStoreLimits limits, SqliteStoreNotices notices);
  // Finishes what is queued, checkpoints, and joins the threads.
  ~SqliteStore() override;

  void append(domain::NewMessage message, Completion<Result<domain::Accepted>> done) override;
  void find_accepted(domain::NewMessage message,
                     Completion<Result<std::optional<domain::Accepted>>> done) override;
  void fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) override;
  void confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) override;
  void history(domain::HistoryQuery query, Completion<Result<domain::HistoryPage>> done) override;
  void search(domain::SearchQuery query, Completion<Result<domain::HistoryPage>> done) override;
  void logins(UserId user, std::size_t count_max,
              Completion<Result<std::vector<domain::LoginRecord>>> done) override;
  void load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) override;
  void add_account(domain::UserName name, std::string password_hash, WallTime now,
                   Completion<Result<domain::Account>> done) override;
  void set_password(UserId user, std::string password_hash, std::vector<domain::TokenDigest> drops,
                    Completion<Result<void>> done) override;
  void drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) override;
  void set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) override;
  void save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) override;
  void count_failure(UserId user, Completion<Result<void>> done) override;
  void record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) override;
  void record_logout(LoginId login, std::string_view reason, WallTime now,
                     Completion<Result<void>> done) override;
  void watch_accounts(Completion<domain::AccountChanges> changed) override;
  [[nodiscard]] std::size_t in_flight() const override;

 private:
  class Notes;
  class Reader;
  class Writer;
  struct Parts;
  explicit SqliteStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sockchat::storage
