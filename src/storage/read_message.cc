#include "storage/read_message.h"

#include <fmt/format.h>

#include "storage/message_row.h"
#include "storage/utf8.h"

namespace sockchat::storage {

Result<std::optional<ReadMessage>> read_message(sqlite::Statement& statement, sqlite::Database& database,
                                                Damages& damages, MessageId id,
                                                std::optional<UserId> recipient, IfMissing missing) {
  auto row = statement.with(id);
  const auto found = row.next();
  if (!found) {
    // Any other fault is for the caller to judge.
    if (database.fault() != sqlite::DbFault::damaged) return tl::unexpected(found.error());
    static_cast<void>(database.take_fault());
    damages.add(fmt::format("message {} cannot be read and is left out", id.value()));
    return std::nullopt;
  }
  if (!*found && missing == IfMissing::nothing) return std::nullopt;
  if (*found) {
    const MessageRow read{.id = id,
                          .from = row.id<UserId>(0),
                          .to = recipient.value_or(row.id<UserId>(5)),
                          .time = row.time(1),
                          .text = row.bytes(3),
                          .refusers = row.bytes(4)};
    // Whoever wrote it: as a frame, a text that is no UTF-8 would cost its reader the connection, again and
    // again.
    if (row.integer(2) == digest_of(read) && is_utf8(read.text)) {
      return ReadMessage{.message = {.id = id,
                                     .from = read.from,
                                     .to = read.to,
                                     .text = std::string(read.text),
                                     .time = read.time},
                         .refusers = std::string(read.refusers)};
    }
  }
  damages.add(fmt::format("message {} is damaged and is left out", id.value()));
  return std::nullopt;
}

}  // namespace sockchat::storage
