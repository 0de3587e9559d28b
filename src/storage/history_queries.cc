#include "storage/history_queries.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "storage/message_row.h"
#include "storage/sqlite_statements.h"

namespace sockchat::storage {
namespace {

using domain::HistoryPage;
using domain::Message;

// There is no other process to wait for; a checkpoint does not shut readers out.
constexpr std::chrono::milliseconds kPatience{1'000};
constexpr const char* kSettings =
    "PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON";
constexpr MessageId kBehindAll(std::numeric_limits<std::int64_t>::max());

}  // namespace

bool PageFiller::take(Message message) {
  const bool fits = page.messages.size() < count_max && bytes + message.text.size() <= bytes_max;
  if (!page.messages.empty() && !fits) {
    page.more = true;
    return false;
  }
  bytes += message.text.size();
  page.messages.push_back(std::move(message));
  return true;
}

struct HistoryQueries::Statements {
  explicit Statements(Preparer& a_preparer) : prepare(a_preparer) {}

  Preparer& prepare;
  Statement state = prepare("SELECT newest_mid, commits, lineage, cut FROM counters");
  Statement read_message = prepare(kReadMessage);
  // Both walk indexes backwards, as far as the page needs. Two users who are one would be found twice.
  Statement list_between = prepare(
      "SELECT mid, recipient FROM messages INDEXED BY messages_between "
      "WHERE sender = ?1 AND recipient = ?2 AND recipient != 0 AND mid < ?3 "
      "UNION SELECT mid, recipient FROM messages INDEXED BY messages_between "
      "WHERE sender = ?2 AND recipient = ?1 AND recipient != 0 AND mid < ?3 ORDER BY mid DESC");
  Statement list_broadcasts = prepare(
      "SELECT mid, recipient FROM messages INDEXED BY messages_by_recipient WHERE recipient = 0 AND mid < ?2 "
      "AND sender NOT IN (SELECT target FROM blocks WHERE owner = ?1) ORDER BY mid DESC");
  Statement list_refused = prepare("SELECT target FROM blocks WHERE owner = ?1 ORDER BY target");
  Statement list_logins = prepare(
      "SELECT login, logout, reason, address FROM logins INDEXED BY logins_by_user WHERE user = ?1 "
      "ORDER BY id DESC LIMIT ?2");
  Statement list_behind = prepare("SELECT mid FROM messages WHERE mid > ?1 ORDER BY mid LIMIT ?2");
  Statement list_aged =
      prepare("SELECT mid, recipient, time FROM messages WHERE mid > ?1 ORDER BY mid LIMIT ?2");
  Statement read_cursor = prepare("SELECT confirmed, digest FROM cursors WHERE user = ?1");
};

Result<std::unique_ptr<HistoryQueries>> HistoryQueries::open(const std::string& path) {
  auto database = Database::open_to_read(path, kPatience);
  if (!database) return tl::unexpected(database.error());
  if (auto set = (*database)->execute(kSettings); !set) return tl::unexpected(set.error());
  Preparer preparer{**database, std::nullopt};
  auto statements = std::make_unique<Statements>(preparer);
  if (preparer.error) return tl::unexpected(std::move(*preparer.error));
  auto queries = std::unique_ptr<HistoryQueries>(new HistoryQueries(*std::move(database)));
  queries->statements_ = std::move(statements);
  return queries;
}

HistoryQueries::HistoryQueries(std::unique_ptr<Database> database) : database_(std::move(database)) {}

HistoryQueries::~HistoryQueries() = default;

void HistoryQueries::set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline) {
  database_->set_deadline(deadline);
}

tl::unexpected<Error> HistoryQueries::failure(const Error& error) {
  if (database_->take_fault() == DbFault::late) return fail(Errc::busy, "it took too long");
  return tl::unexpected(error);
}

// --- for people

Result<HistoryPage> HistoryQueries::history(const domain::HistoryQuery& query) {
  PageFiller filler{.count_max = query.count_max, .bytes_max = query.bytes_max, .page = {}};
  const MessageId before = query.before ? std::min(query.before, kBehindAll) : kBehindAll;
  auto ids = query.with ? statements_->list_between.with(query.asker, query.with, before)
                        : statements_->list_broadcasts.with(query.asker, before);
  for (;;) {
    const auto row = ids.next();
    if (!row) return failure(row.error());
    if (!*row) break;
    auto read = read_message(statements_->read_message, *database_, damages_, ids.id<MessageId>(0),
                             ids.id<UserId>(1), IfMissing::damage);
    if (!read) return failure(read.error());
    if (*read && !filler.take(std::move((*read)->message))) break;
  }
  std::ranges::reverse(filler.page.messages);
  if (!filler.page.more) {
    const auto now = state();
    if (!now) return tl::unexpected(now.error());
    filler.page.cut = now->cut;
  }
  return std::move(filler.page);
}

Result<std::vector<domain::LoginRecord>> HistoryQueries::logins(UserId user, std::size_t count_max) {
  std::vector<domain::LoginRecord> newest;
  auto rows = statements_->list_logins.with(user, static_cast<std::int64_t>(count_max));
  for (;;) {
    const auto row = rows.next();
    if (!row) return failure(row.error());
    if (!*row) return newest;
    newest.push_back({.login = rows.time(0),
                      .logout = rows.optional_time(1),
                      .reason = std::string(rows.text(2)),
                      .address = std::string(rows.text(3))});
  }
}

// --- for the index and for retention

Result<MainState> HistoryQueries::state() {
  auto row = statements_->state.with();
  return take_state(row);
}

Result<MainState> HistoryQueries::take_state(sqlite::Cursor& row) {
  const auto found = row.next();
  if (!found) return failure(found.error());
  if (!*found) return fail(Errc::storage, "the message counter is gone");
  return MainState{.newest = row.id<MessageId>(0),
                   .commits = row.bits(1),
                   .lineage = row.integer(2),
                   .cut = row.optional_time(3)};
}

Result<std::vector<UserId>> HistoryQueries::refused_by(UserId owner) {
  std::vector<UserId> refused;
  auto rows = statements_->list_refused.with(owner);
  for (;;) {
    const auto row = rows.next();
    if (!row) return failure(row.error());
    if (!*row) return refused;
    refused.push_back(rows.id<UserId>(0));
  }
}

Result<std::optional<Message>> HistoryQueries::message(MessageId id) {
  auto read =
      read_message(statements_->read_message, *database_, damages_, id, std::nullopt, IfMissing::nothing);
  if (!read) return failure(read.error());
  if (!*read) return std::nullopt;
  return std::move((*read)->message);
}

Result<MessageRun> HistoryQueries::run_of(MessageId after, std::size_t rows_max, std::size_t bytes_max) {
  MessageRun run{.messages = {}, .up_to = after, .state = {}};
  // The row that stays open keeps all of this in one moment. The list itself would not: an empty one is
  // closed at once, and what is accepted before the state is read would be behind it and yet not in it.
  auto moment = statements_->state.with();
  auto now = take_state(moment);
  if (!now) return tl::unexpected(now.error());
  run.state = *now;
  auto ids = statements_->list_behind.with(after, static_cast<std::int64_t>(rows_max));
  auto row = ids.next();
  std::size_t bytes = 0;
  std::size_t rows = 0;
  Damages untold;  // whoever asks for such a message is told
  for (;; row = ids.next()) {
    if (!row) return failure(row.error());
    if (!*row) break;
    const auto id = ids.id<MessageId>(0);
    auto read =
        read_message(statements_->read_message, *database_, untold, id, std::nullopt, IfMissing::damage);
    if (!read) return failure(read.error());
    run.up_to = id;
    ++rows;
    if (!*read) continue;
    bytes += (*read)->message.text.size();
    run.messages.push_back(std::move((*read)->message));
    if (bytes >= bytes_max) return run;
  }
  // Behind the last row there are only ids whose rows are gone.
  if (rows < rows_max) run.up_to = std::max(run.up_to, run.state.newest);
  return run;
}

Result<std::vector<AgedMessage>> HistoryQueries::aged_behind(MessageId after, std::size_t rows_max) {
  std::vector<AgedMessage> aged;
  auto rows = statements_->list_aged.with(after, static_cast<std::int64_t>(rows_max));
  for (;;) {
    const auto row = rows.next();
    if (!row) return failure(row.error());
    if (!*row) return aged;
    aged.push_back({.id = rows.id<MessageId>(0), .recipient = rows.id<UserId>(1), .time = rows.time(2)});
  }
}

// A damaged cursor is none: what it confirmed still waits.
Result<MessageId> HistoryQueries::confirmed_of(UserId user) {
  auto row = statements_->read_cursor.with(user);
  const auto found = row.next();
  if (!found) return failure(found.error());
  if (!*found) return MessageId();
  const auto confirmed = row.id<MessageId>(0);
  return row.integer(1) == cursor_digest(user, confirmed) ? confirmed : MessageId();
}

}  // namespace sockchat::storage
