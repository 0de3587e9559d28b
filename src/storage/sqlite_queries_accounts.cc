#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/base/planted.h"
#include "storage/fnv1a.h"
#include "storage/message_row.h"
#include "storage/sqlite_queries.h"
#include "storage/sqlite_statements.h"

namespace sockchat::storage {
namespace {

using domain::Account;

// Names that somebody tried, known ones and others: more than the core remembers, and less than a disk full.
// Counted when so many more were saved, and at the start.
constexpr std::int64_t kLockoutsMax = 131'072;
constexpr std::size_t kLockoutsBetweenTrims = 65'536;

std::int64_t account_digest(UserId id, std::string_view name, std::string_view hash, bool removed) {
  return Fnv1a().add(id.value()).add(name).add(hash).add(static_cast<std::uint64_t>(removed)).as_column();
}

std::string_view bytes_of(const domain::NameDigest& name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

}  // namespace

Result<Account> SqliteQueries::run(const AddAccount& add) {
  UserId id;
  {
    auto insertion = statements_->insert_account.with(std::string_view(add.name.text()),
                                                      std::string_view(add.password_hash), add.now);
    const auto inserted = insertion.next();
    if (!inserted) return tl::unexpected(inserted.error());
    if (!*inserted) return fail(Errc::name_taken);
    id = insertion.id<UserId>(0);
    if (auto done = insertion.run(); !done) return tl::unexpected(done.error());
  }
  const auto digest = account_digest(id, add.name.text(), add.password_hash, false);
  auto update =
      statements_->write_account.with(id, std::string_view(add.password_hash), std::int64_t{0}, digest);
  if (auto done = update.run(); !done) return tl::unexpected(done.error());
  return Account{.id = id,
                 .name = add.name,
                 .password_hash = add.password_hash,
                 .removed = false,
                 .confirmed = {},
                 .last_login = std::nullopt,
                 .failures_since = 0};
}

Result<void> SqliteQueries::write_back(const Account& account) {
  const auto digest = account_digest(account.id, account.name.text(), account.password_hash, account.removed);
  return statements_->write_account
      .with(account.id, std::string_view(account.password_hash), std::int64_t{account.removed}, digest)
      .run();
}

Result<void> SqliteQueries::run(const SetPassword& set) {
  auto account = one_account(statements_->read_account.with(set.user));
  if (!account) return tl::unexpected(account.error());
  if (auto dropped = drop(set.drops); !dropped) return dropped;
  if (!*account) return {};
  (*account)->password_hash = set.password_hash;
  return write_back(**account);
}

Result<void> SqliteQueries::set_removed(UserId user, bool removed) {
  auto account = one_account(statements_->read_account.with(user));
  if (!account) return tl::unexpected(account.error());
  if (!*account) return fail(Errc::unknown_user);
  (*account)->removed = removed;
  return write_back(**account);
}

Result<std::optional<Account>> SqliteQueries::find_account(std::string_view name) {
  return one_account(statements_->find_account.with(name));
}

Result<std::optional<Account>> SqliteQueries::one_account(Cursor row) {
  const auto found = row.next();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  auto account = read_account(row);
  if (!account) return tl::unexpected(account.error());
  return std::move(*account);
}

Result<Account> SqliteQueries::read_account(Cursor& row) {
  const auto id = row.id<UserId>(0);
  const std::string_view name = row.text(1);
  const std::string_view hash = row.text(2);
  const bool removed = row.integer(3) != 0;
  auto parsed = domain::UserName::parse(name, std::max<std::size_t>(name.size(), 1));
  if (!parsed || row.integer(4) != account_digest(id, name, hash, removed)) {
    return fail(Errc::corrupt, fmt::format("account {} is damaged", id.value()));
  }
  return Account{.id = id,
                 .name = *std::move(parsed),
                 .password_hash = std::string(hash),
                 .removed = removed,
                 .confirmed = {},
                 .last_login = row.optional_time(5),
                 .failures_since = static_cast<std::uint32_t>(row.integer(6))};
}

Result<std::vector<Account>> SqliteQueries::accounts() {
  std::vector<Account> accounts;
  auto rows = statements_->list_accounts.with();
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    auto account = read_account(rows);
    if (!account) return tl::unexpected(account.error());
    accounts.push_back(std::move(*account));
  }
  if (auto loaded = load_cursors(accounts); !loaded) return tl::unexpected(loaded.error());
  return accounts;
}

// Both lists are in the order of the ids.
Result<void> SqliteQueries::load_cursors(std::vector<Account>& accounts) {
  auto rows = statements_->list_cursors.with();
  auto account = accounts.begin();
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    const auto user = rows.id<UserId>(0);
    const auto confirmed = rows.id<MessageId>(1);
    while (account != accounts.end() && account->id < user) ++account;
    if (account == accounts.end() || account->id != user) continue;
    if (rows.integer(2) == cursor_digest(user, confirmed)) {
      account->confirmed = confirmed;
    } else {
      damages_.add(fmt::format("what user {} has confirmed is damaged; all that is kept is offered again",
                               user.value()));
    }
  }
}

Result<void> SqliteQueries::run(const Confirm& confirm) {
  const auto digest = cursor_digest(confirm.reader, confirm.up_to);
  return statements_->write_cursor.with(confirm.reader, confirm.up_to, digest).run();
}

Result<void> SqliteQueries::run(const CountFailure& count) {
  return statements_->count_failure.with(count.user).run();
}

// --- blocks and lock-outs

Result<void> SqliteQueries::run(const SetBlocked& set) {
  if (planted(set.blocked ? Plant::block_not_stored : Plant::unblock_not_stored)) return {};
  Statement& statement = set.blocked ? statements_->insert_block : statements_->delete_block;
  return statement.with(set.block.owner, set.block.target).run();
}

Result<void> SqliteQueries::run(const domain::LockoutRecord& record) {
  if (record.failures == 0 && !record.locked_until) return forget_lockout(record.name);
  if (++lockouts_saved_ % kLockoutsBetweenTrims == 0) {
    if (auto trimmed = statements_->trim_lockouts.with(kLockoutsMax).run(); !trimmed) return trimmed;
  }
  return statements_->write_lockout
      .with(Blob{bytes_of(record.name)}, std::int64_t{record.failures}, record.locked_until)
      .run();
}

Result<void> SqliteQueries::forget_lockout(const domain::NameDigest& name) {
  return statements_->delete_lockout.with(Blob{bytes_of(name)}).run();
}

Result<std::vector<domain::LockoutRecord>> SqliteQueries::lockouts() {
  std::vector<domain::LockoutRecord> records;
  auto rows = statements_->list_lockouts.with();
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return records;
    domain::LockoutRecord record{.name = {},
                                 .failures = static_cast<std::uint32_t>(rows.integer(1)),
                                 .locked_until = rows.optional_time(2)};
    const std::string_view name = rows.bytes(0);
    if (name.size() != record.name.size()) {
      damages_.add("a lock-out is damaged and is left out");
      continue;
    }
    std::ranges::transform(name, record.name.begin(), [](char byte) { return static_cast<std::byte>(byte); });
    records.push_back(record);
  }
}

// --- the start

Result<domain::Snapshot> SqliteQueries::run(const domain::LoadQuery& query) {
  if (auto closed = close_logins(query.now); !closed) return tl::unexpected(closed.error());
  if (auto done = statements_->delete_past_lockouts.with(query.now).run(); !done) {
    return tl::unexpected(done.error());
  }
  if (auto trimmed = statements_->trim_lockouts.with(kLockoutsMax).run(); !trimmed) {
    return tl::unexpected(trimmed.error());
  }
  domain::Snapshot snapshot;
  snapshot.newest = MessageId(newest_);
  auto accounts_there = accounts();
  if (!accounts_there) return tl::unexpected(accounts_there.error());
  snapshot.accounts = std::move(*accounts_there);
  for (const Account& account : snapshot.accounts) {
    const auto loaded = load_waiting(account, query.waiting_not_before, snapshot.waiting);
    if (!loaded) return tl::unexpected(loaded.error());
  }
  auto lockouts_there = lockouts();
  if (!lockouts_there) return tl::unexpected(lockouts_there.error());
  snapshot.lockouts = std::move(*lockouts_there);
  if (auto loaded = load_blocks(snapshot); !loaded) return tl::unexpected(loaded.error());
  if (auto loaded = load_logouts(snapshot); !loaded) return tl::unexpected(loaded.error());
  if (auto loaded = load_tokens(query, snapshot); !loaded) return tl::unexpected(loaded.error());
  return snapshot;
}

Result<void> SqliteQueries::load_waiting(const Account& account, WallTime not_before,
                                         std::vector<domain::WaitingRecord>& waiting) {
  auto rows = statements_->list_waiting.with(account.id, account.confirmed);
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (rows.time(2) < not_before) continue;
    waiting.push_back({.user = account.id,
                       .message = rows.id<MessageId>(0),
                       .bytes = static_cast<std::uint32_t>(rows.integer(1)),
                       .time = rows.time(2)});
  }
}

Result<void> SqliteQueries::load_blocks(domain::Snapshot& snapshot) {
  auto blocks = statements_->list_blocks.with();
  for (;;) {
    const auto row = blocks.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    snapshot.blocks.push_back({.owner = blocks.id<UserId>(0), .target = blocks.id<UserId>(1)});
  }
}

}  // namespace sockchat::storage
