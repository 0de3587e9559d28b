// The tables, and the numbered steps that made them.
#pragma once

#include <cstdint>

#include "sockchat/base/result.h"
#include "storage/sqlite_db.h"

namespace sockchat::storage {

// PRAGMA application_id of our databases: "SKCH".
inline constexpr std::int64_t kApplicationId = 0x534b4348;

// The newest version that this program knows.
[[nodiscard]] std::int64_t schema_version();

// Brings an empty or older database to schema_version(), each step in a transaction of its own, safe against
// another process that does the same. corrupt: not our database. system: a newer one.
Result<void> migrate(Database& database);

}  // namespace sockchat::storage
