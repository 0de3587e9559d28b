// One function per operation (those of accounts, cursors, blocks and lock-outs in
// sqlite_queries_accounts.cc, of logins and tokens in sqlite_queries_logins.cc, of retention in
// sqlite_queries_retention.cc), on the thread that calls:
// what the tables mean. Nothing here begins or commits; the caller wraps what writes into a transaction, and
// looks at Database::take_fault() afterwards: an error without a fault is an answer (cid_reused, name_taken,
// corrupt), one with a fault is a failure of the database.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/domain/ports.h"
#include "sockchat/sqlite/database.h"
#include "storage/damages.h"
#include "storage/operations.h"

namespace sockchat::storage {

using sqlite::Blob;
using sqlite::Cursor;
using sqlite::Database;
using sqlite::DbFault;
using sqlite::Statement;

struct SqliteStatements;

class SqliteQueries final {
 public:
  // Prepares every statement, which also proves that the tables are as expected (corrupt). `database` must
  // outlive this.
  static Result<std::unique_ptr<SqliteQueries>> prepare(Database& database);
  ~SqliteQueries();

  Result<domain::Accepted> run(const domain::NewMessage& message);
  Result<std::optional<domain::Accepted>> run(const FindAccepted& find);
  Result<domain::FetchedPage> run(const domain::FetchRange& range);
  Result<void> run(const Confirm& confirm);
  Result<domain::Snapshot> run(const domain::LoadQuery& query);
  Result<domain::Account> run(const AddAccount& add);
  Result<void> run(const SetPassword& set);
  Result<void> run(const DropTokens& drop);
  Result<void> run(const SetBlocked& set);
  Result<void> run(const domain::LockoutRecord& record);
  Result<void> run(const CountFailure& count);
  Result<domain::StoredLogin> run(const domain::NewLogin& login);
  Result<void> run(const RecordLogout& logout);

  Result<void> run(const RemoveMessages& removal);

  // By the operator.
  Result<void> set_removed(UserId user, bool removed);
  Result<void> forget_tokens(UserId user);
  Result<void> forget_lockout(const domain::NameDigest& name);
  // corrupt: an account is damaged.
  Result<std::vector<domain::Account>> accounts();
  Result<std::optional<domain::Account>> find_account(std::string_view name);
  Result<std::vector<domain::LockoutRecord>> lockouts();

  // Before the first append of a transaction, and after its last operation: one row holds the newest message
  // id and the number of commits.
  Result<void> read_counters();
  Result<void> write_counters();
  [[nodiscard]] std::uint64_t commits() const;
  [[nodiscard]] MessageId newest() const { return MessageId(newest_); }
  // Rises when another connection has committed.
  Result<std::int64_t> data_version();

  // What was found damaged since the last call, a line each; bounded, the rest is counted in the last line.
  std::vector<std::string> take_damages();

 private:
  explicit SqliteQueries(std::unique_ptr<SqliteStatements> statements);

  Result<std::optional<domain::Message>> read_for(UserId reader, MessageId id, UserId recipient);
  Result<std::string> refusers_of(UserId sender);
  Result<std::optional<domain::Accepted>> find_outlived(const domain::NewMessage& message);
  Result<void> remove_message(MessageId id, const RemoveMessages& removal);
  Result<domain::Account> read_account(Cursor& row);
  Result<std::optional<domain::Account>> one_account(Cursor row);
  Result<void> write_back(const domain::Account& account);
  Result<void> load_cursors(std::vector<domain::Account>& accounts);
  Result<void> load_waiting(const domain::Account& account, WallTime not_before,
                            std::vector<domain::WaitingRecord>& waiting);
  Result<void> load_blocks(domain::Snapshot& snapshot);
  Result<void> close_logins(WallTime now);
  Result<void> load_logouts(domain::Snapshot& snapshot);
  Result<void> load_tokens(const domain::LoadQuery& query, domain::Snapshot& snapshot);
  Result<void> drop(const std::vector<domain::TokenDigest>& tokens);
  Result<void> keep_token(const domain::TokenRecord& token);
  Result<void> count_waiting(const domain::NewLogin& login, domain::StoredLogin& stored);

  std::unique_ptr<SqliteStatements> statements_;
  std::uint64_t newest_ = 0;
  std::uint64_t commits_ = 0;
  std::size_t lockouts_saved_ = 0;
  Damages damages_;
};

}  // namespace sockchat::storage
