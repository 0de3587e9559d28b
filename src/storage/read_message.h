// Reads rows of messages by their ids, and only whole ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/domain/records.h"
#include "sockchat/sqlite/database.h"
#include "storage/damages.h"

namespace sockchat::storage {

// What read_message() runs.
inline constexpr std::string_view kReadMessage =
    "SELECT sender, time, digest, text, refusers, recipient FROM messages WHERE mid = ?1";

struct ReadMessage {
  domain::Message message;
  std::string refusers;  // packed
};

enum class IfMissing : std::uint8_t { damage, nothing };

// `recipient`: as an index has it, whatever the row says. None when the row is damaged, which is noted, or is
// not there. Errors are those of the database.
[[nodiscard]] Result<std::optional<ReadMessage>> read_message(sqlite::Statement& statement,
                                                              sqlite::Database& database, Damages& damages,
                                                              MessageId id, std::optional<UserId> recipient,
                                                              IfMissing missing);

}  // namespace sockchat::storage
