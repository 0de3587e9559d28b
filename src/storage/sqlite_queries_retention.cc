#include <utility>

#include "storage/fnv1a.h"
#include "storage/sqlite_queries.h"
#include "storage/sqlite_statements.h"

namespace sockchat::storage {
namespace {

using domain::Accepted;
using domain::NewMessage;

// What a cid stands for, when the message is gone.
std::int64_t content_digest(UserId to, std::string_view text) {
  return Fnv1a().add(to.value()).add(text).as_column();
}

}  // namespace

Result<void> SqliteQueries::run(const RemoveMessages& removal) {
  for (const MessageId id : removal.messages) {
    if (auto removed = remove_message(id, removal); !removed) return removed;
  }
  if (auto trimmed = statements_->trim_outlived.with(removal.cids_forgotten_from).run(); !trimmed)
    return trimmed;
  return statements_->write_cut.with(removal.older_than).run();
}

Result<void> SqliteQueries::remove_message(MessageId id, const RemoveMessages& removal) {
  {
    auto row = statements_->read_outgoing.with(id);
    const auto found = row.next();
    if (!found) return tl::unexpected(found.error());
    if (!*found) return {};
    if (!row.is_null(3) && row.time(2) >= removal.cids_forgotten_from) {
      const auto content = content_digest(row.id<UserId>(1), row.bytes(4));
      auto kept = statements_->insert_outlived.with(id, row.id<UserId>(0), row.text(3), row.time(2), content);
      if (auto inserted = kept.run(); !inserted) return inserted;
    }
  }
  return statements_->delete_message.with(id).run();
}

Result<std::optional<Accepted>> SqliteQueries::find_outlived(const NewMessage& message) {
  auto row = statements_->find_outlived.with(message.from, std::string_view(message.cid));
  const auto found = row.next();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  if (row.integer(2) != content_digest(message.to, message.text)) return fail(Errc::cid_reused);
  return Accepted{.id = row.id<MessageId>(0), .time = row.time(1), .repeated = true};
}

}  // namespace sockchat::storage
