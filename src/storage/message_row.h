// A row of the table of messages, and what tells a damaged one from a whole one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::storage {

struct MessageRow {
  MessageId id;
  UserId from;
  UserId to;
  WallTime time;
  std::string_view text;
  // Of a broadcast, when there are any: who refused its sender when it was accepted (pack_refusers).
  std::string_view refusers;
};

// Without refusers it is what it was before there were any.
[[nodiscard]] std::int64_t digest_of(const MessageRow& row);

// Of what a user has confirmed.
[[nodiscard]] std::int64_t cursor_digest(UserId user, MessageId confirmed);

// Ascending ids, as bytes: of each the distance from the one before it, seven bits a byte.
[[nodiscard]] std::string pack_refusers(const std::vector<UserId>& ascending);
[[nodiscard]] bool has_refuser(std::string_view packed, UserId user);

}  // namespace sockchat::storage
