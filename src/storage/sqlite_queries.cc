#include "storage/sqlite_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/base/planted.h"
#include "storage/message_row.h"
#include "storage/read_message.h"
#include "storage/sqlite_statements.h"

namespace sockchat::storage {
namespace {

using domain::Accepted;
using domain::Message;
using domain::NewMessage;

// Rows that one fetch looks at, whether they are offered or not: the writer has others to serve.
constexpr std::size_t kLookedAtMax = 10'000;

}  // namespace

Result<std::unique_ptr<SqliteQueries>> SqliteQueries::prepare(Database& database) {
  Preparer preparer{database, std::nullopt};
  auto statements = std::make_unique<SqliteStatements>(database, preparer);
  if (preparer.error) return tl::unexpected(std::move(*preparer.error));
  return std::unique_ptr<SqliteQueries>(new SqliteQueries(std::move(statements)));
}

SqliteQueries::SqliteQueries(std::unique_ptr<SqliteStatements> statements)
    : statements_(std::move(statements)) {}

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
  return statements_->write_counters
      .with(static_cast<std::int64_t>(newest_), static_cast<std::int64_t>(commits_))
      .run();
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
  std::string packed;
  if (!message.to) {
    auto refusers = refusers_of(message.from);
    if (!refusers) return tl::unexpected(refusers.error());
    packed = *std::move(refusers);
  }
  const bool is_chosen = id.value() % 64 == 0;
  if (planted(Plant::lost_row) && is_chosen) {
    newest_ = id.value();
    return Accepted{.id = id, .time = message.time, .repeated = false};
  }
  const bool is_astray = planted(Plant::wrong_mailbox) && is_chosen && message.to;
  const UserId to = is_astray ? UserId(message.to.value() + 1) : message.to;
  const auto digest = digest_of({id, message.from, to, message.time, message.text, packed});
  std::optional<Blob> refusers;
  if (!packed.empty()) refusers = Blob{packed};
  auto insertion = statements_->insert_message.with(id, message.from, to, message.time, digest, cid,
                                                    Blob{message.text}, refusers);
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
  if (!*found) return find_outlived(message);
  const bool is_same = row.id<UserId>(1) == message.to && row.bytes(3) == message.text;
  if (!is_same && !planted(Plant::careless_dedupe)) return fail(Errc::cid_reused);
  const MessageId id = planted(Plant::renumbered_repeat) ? MessageId(newest_) : row.id<MessageId>(0);
  return Accepted{.id = id, .time = row.time(2), .repeated = true};
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
    auto message = read_for(range.reader, id, ids.id<UserId>(1));
    if (!message) return tl::unexpected(message.error());
    if (*message && (*message)->time >= range.not_before) {
      const bool fits =
          page.messages.size() < range.count_max && bytes + (*message)->text.size() <= range.bytes_max;
      if (!page.messages.empty() && !fits) break;
      bytes += (*message)->text.size();
      page.messages.push_back(std::move(**message));
    }
    page.up_to = id;
    if (++looked_at == kLookedAtMax) break;
  }
  page.more = true;
  return page;
}

// None when it was not for the reader, or is damaged.
Result<std::optional<Message>> SqliteQueries::read_for(UserId reader, MessageId id, UserId recipient) {
  auto read = read_message(statements_->read_message, statements_->database, damages_, id, recipient,
                           IfMissing::damage);
  if (!read) return tl::unexpected(read.error());
  if (!*read) return std::nullopt;
  ReadMessage& row = **read;
  if (!recipient && (row.message.from == reader || has_refuser(row.refusers, reader))) return std::nullopt;
  return std::move(row.message);
}

Result<std::string> SqliteQueries::refusers_of(UserId sender) {
  std::vector<UserId> refusers;
  auto rows = statements_->list_refusers.with(sender);
  for (;;) {
    const auto row = rows.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return pack_refusers(refusers);
    refusers.push_back(rows.id<UserId>(0));
  }
}

std::vector<std::string> SqliteQueries::take_damages() { return damages_.take(); }

}  // namespace sockchat::storage
