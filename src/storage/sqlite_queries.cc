#include "storage/sqlite_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/fnv1a.h"

namespace sockchat::storage {
namespace {

using domain::Accepted;
using domain::Account;
using domain::Message;
using domain::NewMessage;

// Rows that one fetch looks at, whether they are offered or not: the writer has others to serve.
constexpr std::size_t kLookedAtMax = 10'000;
constexpr std::size_t kDamageLinesMax = 16;

std::int64_t as_column(std::uint64_t digest) { return static_cast<std::int64_t>(digest); }

std::uint64_t time_bits(WallTime time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

std::int64_t message_digest(MessageId id, UserId from, UserId to, WallTime time, std::string_view text) {
  return as_column(
      Fnv1a().add(id.value()).add(from.value()).add(to.value()).add(time_bits(time)).add(text).value());
}

std::int64_t account_digest(UserId id, std::string_view name, std::string_view hash, bool removed) {
  return as_column(
      Fnv1a().add(id.value()).add(name).add(hash).add(static_cast<std::uint64_t>(removed)).value());
}

std::int64_t cursor_digest(UserId user, MessageId confirmed) {
  return as_column(Fnv1a().add(user.value()).add(confirmed.value()).value());
}

std::string_view bytes_of(const domain::NameDigest& name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

// Collects the first failure of many.
struct Preparer {
  Database& database;
  std::optional<Error> error;

  Statement operator()(std::string_view sql) {
    auto statement = database.prepare(sql);
    if (statement) return std::move(*statement);
    if (!error) error = statement.error();
    return {};
  }
};

}  // namespace

struct SqliteQueries::Statements {
  Statements(Database& a_database, Preparer& a_preparer) : database(a_database), prepare(a_preparer) {}

  Database& database;
  Preparer& prepare;

  Statement read_counters = prepare("SELECT newest_mid, commits FROM counters");
  Statement write_counters = prepare("UPDATE counters SET newest_mid = ?1, commits = ?2");
  Statement data_version = prepare("PRAGMA data_version");

  Statement insert_message = prepare(
      "INSERT INTO messages(mid, sender, recipient, time, digest, cid, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
      "?7)");
  Statement find_cid =
      prepare("SELECT mid, recipient, time, text FROM messages WHERE sender = ?1 AND cid = ?2");
  Statement read_message = prepare("SELECT sender, time, digest, text FROM messages WHERE mid = ?1");
  // The index alone answers these.
  Statement list_messages = prepare(
      "SELECT mid, recipient FROM messages WHERE recipient = ?1 AND mid > ?2 "
      "UNION ALL SELECT mid, recipient FROM messages WHERE recipient = 0 AND mid > ?3 ORDER BY mid");
  Statement list_waiting = prepare(
      "SELECT mid, length(text), time FROM messages INDEXED BY messages_by_recipient "
      "WHERE recipient = ?1 AND mid > ?2 ORDER BY mid");

  Statement write_cursor = prepare(
      "INSERT INTO cursors(user, confirmed, digest) VALUES (?1, ?2, ?3) ON CONFLICT(user) DO UPDATE "
      "SET confirmed = excluded.confirmed, digest = excluded.digest WHERE excluded.confirmed > confirmed");
  Statement list_cursors = prepare("SELECT user, confirmed, digest FROM cursors ORDER BY user");

  Statement insert_account = prepare(
      "INSERT INTO accounts(name, password_hash, digest, created) VALUES (?1, ?2, 0, ?3) "
      "ON CONFLICT(name) DO NOTHING RETURNING id");
  Statement list_accounts = prepare(
      "SELECT id, name, password_hash, removed, digest, last_login, failures FROM accounts ORDER BY id");
  Statement find_account = prepare(
      "SELECT id, name, password_hash, removed, digest, last_login, failures FROM accounts WHERE name = ?1");
  Statement read_account = prepare(
      "SELECT id, name, password_hash, removed, digest, last_login, failures FROM accounts WHERE id = ?1");
  Statement write_account =
      prepare("UPDATE accounts SET password_hash = ?2, removed = ?3, digest = ?4 WHERE id = ?1");
  Statement count_failure = prepare("UPDATE accounts SET failures = failures + 1 WHERE id = ?1");
  Statement enter = prepare("UPDATE accounts SET last_login = ?2, failures = 0 WHERE id = ?1");
  Statement leave = prepare("UPDATE accounts SET last_logout = ?2 WHERE id = ?1");
  Statement list_logouts =
      prepare("SELECT id, last_logout FROM accounts WHERE last_logout IS NOT NULL ORDER BY id");

  Statement insert_login =
      prepare("INSERT INTO logins(user, login, address) VALUES (?1, ?2, ?3) RETURNING id");
  Statement close_login = prepare(
      "UPDATE logins SET logout = max(login, ?2), reason = ?3 WHERE id = ?1 AND logout IS NULL RETURNING "
      "user");
  Statement leave_all = prepare(
      "UPDATE accounts SET last_logout = ?1 WHERE id IN (SELECT user FROM logins WHERE logout IS NULL)");
  Statement close_logins =
      prepare("UPDATE logins SET logout = max(login, ?1), reason = 'crash' WHERE logout IS NULL");

  Statement insert_block = prepare("INSERT OR IGNORE INTO blocks(owner, target) VALUES (?1, ?2)");
  Statement delete_block = prepare("DELETE FROM blocks WHERE owner = ?1 AND target = ?2");
  Statement list_blocks = prepare("SELECT owner, target FROM blocks");

  Statement write_lockout =
      prepare("INSERT OR REPLACE INTO lockouts(digest, failures, locked_until) VALUES (?1, ?2, ?3)");
  Statement delete_lockout = prepare("DELETE FROM lockouts WHERE digest = ?1");
  Statement delete_past_lockouts = prepare("DELETE FROM lockouts WHERE locked_until <= ?1");
  Statement list_lockouts = prepare("SELECT digest, failures, locked_until FROM lockouts");
};

Result<std::unique_ptr<SqliteQueries>> SqliteQueries::prepare(Database& database) {
  Preparer preparer{database, std::nullopt};
  auto statements = std::make_unique<Statements>(database, preparer);
  if (preparer.error) return tl::unexpected(std::move(*preparer.error));
  return std::unique_ptr<SqliteQueries>(new SqliteQueries(std::move(statements)));
}

SqliteQueries::SqliteQueries(std::unique_ptr<Statements> statements) : statements_(std::move(statements)) {}

SqliteQueries::~SqliteQueries() = default;

// --- the counters

Result<void> SqliteQueries::read_counters() {
  auto row = statements_->read_counters.with();
  const auto found = row.next();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(Errc::corrupt, "the message counter is gone");
  newest_ = row.bits(0);
  commits_ = row.bits(1);
  return {};
}

Result<void> SqliteQueries::write_counters() {
  ++commits_;
  return statements_->write_counters.with(as_column(newest_), as_column(commits_)).run();
}

std::uint64_t SqliteQueries::commits() const { return commits_; }

Result<std::int64_t> SqliteQueries::data_version() {
  auto row = statements_->data_version.with();
  const auto found = row.next();
  if (!found) return tl::unexpected(found.error());
  return row.integer(0);
}

// --- messages

Result<Accepted> SqliteQueries::run(const NewMessage& message) {
  std::optional<std::string_view> cid;
  if (!message.cid.empty()) {
    // Asked first: a constraint that fails would spoil the transaction for everybody.
    const auto before = run(FindAccepted{message});
    if (!before) return tl::unexpected(before.error());
    if (*before) return **before;
    cid = message.cid;
  }
  const MessageId id(newest_ + 1);
  const auto digest = message_digest(id, message.from, message.to, message.time, message.text);
  auto insertion = statements_->insert_message.with(id, message.from, message.to, message.time, digest, cid,
                                                    Blob{message.text});
  if (auto inserted = insertion.run(); !inserted) return tl::unexpected(inserted.error());
  newest_ = id.value();
  return Accepted{.id = id, .time = message.time, .repeated = false};
}

Result<std::optional<Accepted>> SqliteQueries::run(const FindAccepted& find) {
  const NewMessage& message = find.message;
  if (message.cid.empty()) return std::nullopt;
  auto row = statements_->find_cid.with(message.from, std::string_view(message.cid));
  const auto found = row.next();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  if (row.id<UserId>(1) != message.to || row.bytes(3) != message.text) return fail(Errc::cid_reused);
  return Accepted{.id = row.id<MessageId>(0), .time = row.time(2), .repeated = true};
}

Result<domain::FetchedPage> SqliteQueries::run(const domain::FetchRange& range) {
  domain::FetchedPage page{.messages = {}, .up_to = range.after, .more = false};
  std::size_t bytes = 0;
  std::size_t looked_at = 0;
  auto ids = statements_->list_messages.with(range.reader, range.after,
                                             std::max(range.after, range.broadcasts_after));
  for (;;) {
    const auto row = ids.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return page;
    const auto id = ids.id<MessageId>(0);
    auto message = read_message(id, ids.id<UserId>(1));
    if (!message) return tl::unexpected(message.error());
    if (*message && (*message)->time >= range.not_before) {
      const bool fits =
          page.messages.size() < range.count_max && bytes + (*message)->text.size() <= range.bytes_max;
      if (!page.messages.empty() && !fits) break;
      bytes += (*message)->text.size();
      page.messages.push_back(std::move(**message));
    }
    if (++looked_at == kLookedAtMax) break;
    page.up_to = id;
  }
  page.more = true;
  return page;
}

// None when it is damaged.
Result<std::optional<Message>> SqliteQueries::read_message(MessageId id, UserId recipient) {
  auto row = statements_->read_message.with(id);
  const auto found = row.next();
  if (!found) {
    if (statements_->database.take_fault() != DbFault::damaged) return tl::unexpected(found.error());
    damaged(fmt::format("message {} cannot be read and is left out", id.value()));
    return std::nullopt;
  }
  if (*found) {
    Message message{.id = id,
                    .from = row.id<UserId>(0),
                    .to = recipient,
                    .text = std::string(row.bytes(3)),
                    .time = row.time(1)};
    const auto digest = message_digest(id, message.from, message.to, message.time, message.text);
    if (row.integer(2) == digest) return message;
  }
  damaged(fmt::format("message {} is damaged and is left out", id.value()));
  return std::nullopt;
}

Result<void> SqliteQueries::run(const Confirm& confirm) {
  const auto digest = cursor_digest(confirm.reader, confirm.up_to);
  return statements_->write_cursor.with(confirm.reader, confirm.up_to, digest).run();
}

// --- accounts

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
      damaged(fmt::format("what user {} has confirmed is damaged; all that is kept is offered again",
                          user.value()));
    }
  }
}

Result<void> SqliteQueries::run(const CountFailure& count) {
  return statements_->count_failure.with(count.user).run();
}

Result<LoginId> SqliteQueries::run(const RecordLogin& login) {
  auto insertion = statements_->insert_login.with(login.user, login.now, std::string_view(login.address));
  const auto inserted = insertion.next();
  if (!inserted) return tl::unexpected(inserted.error());
  const auto id = insertion.id<LoginId>(0);
  if (auto done = insertion.run(); !done) return tl::unexpected(done.error());
  if (auto done = statements_->enter.with(login.user, login.now).run(); !done)
    return tl::unexpected(done.error());
  return id;
}

Result<void> SqliteQueries::run(const RecordLogout& logout) {
  auto update = statements_->close_login.with(logout.login, logout.now, std::string_view(logout.reason));
  const auto closed = update.next();
  if (!closed) return tl::unexpected(closed.error());
  if (!*closed) return {};
  const auto user = update.id<UserId>(0);
  if (auto done = update.run(); !done) return done;
  return statements_->leave.with(user, logout.now).run();
}

// --- blocks and lock-outs

Result<void> SqliteQueries::run(const SetBlocked& set) {
  Statement& statement = set.blocked ? statements_->insert_block : statements_->delete_block;
  return statement.with(set.block.owner, set.block.target).run();
}

Result<void> SqliteQueries::run(const domain::LockoutRecord& record) {
  if (record.failures == 0 && !record.locked_until) return forget_lockout(record.name);
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
      damaged("a lock-out is damaged and is left out");
      continue;
    }
    std::ranges::transform(name, record.name.begin(), [](char byte) { return static_cast<std::byte>(byte); });
    records.push_back(record);
  }
}

// --- the start

Result<domain::Snapshot> SqliteQueries::run(const Load& load) {
  for (Statement* statement :
       {&statements_->leave_all, &statements_->close_logins, &statements_->delete_past_lockouts}) {
    if (auto done = statement->with(load.now).run(); !done) return tl::unexpected(done.error());
  }
  domain::Snapshot snapshot;
  snapshot.newest = MessageId(newest_);
  auto accounts_there = accounts();
  if (!accounts_there) return tl::unexpected(accounts_there.error());
  snapshot.accounts = std::move(*accounts_there);
  for (const Account& account : snapshot.accounts) {
    const auto loaded = load_waiting(account, load.waiting_not_before, snapshot.waiting);
    if (!loaded) return tl::unexpected(loaded.error());
  }
  auto lockouts_there = lockouts();
  if (!lockouts_there) return tl::unexpected(lockouts_there.error());
  snapshot.lockouts = std::move(*lockouts_there);
  if (auto loaded = load_records(snapshot); !loaded) return tl::unexpected(loaded.error());
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

Result<void> SqliteQueries::load_records(domain::Snapshot& snapshot) {
  auto blocks = statements_->list_blocks.with();
  for (;;) {
    const auto row = blocks.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    snapshot.blocks.push_back({.owner = blocks.id<UserId>(0), .target = blocks.id<UserId>(1)});
  }
  auto logouts = statements_->list_logouts.with();
  for (;;) {
    const auto row = logouts.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    snapshot.logouts.push_back({.user = logouts.id<UserId>(0), .time = logouts.time(1)});
  }
}

// --- damages

void SqliteQueries::damaged(std::string line) {
  if (damages_.size() < kDamageLinesMax) {
    damages_.push_back(std::move(line));
  } else {
    ++damages_left_out_;
  }
}

std::vector<std::string> SqliteQueries::take_damages() {
  if (damages_left_out_ > 0) damages_.push_back(fmt::format("and {} more of the kind", damages_left_out_));
  damages_left_out_ = 0;
  return std::exchange(damages_, {});
}

}  // namespace sockchat::storage
