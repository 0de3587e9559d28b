// Databases that grow: numbered steps lead from an empty file to the newest version, and each file knows how
// far it came (PRAGMA user_version) and whose it is (PRAGMA application_id).
#pragma once

#include <cstdint>
#include <span>

#include "sockchat/base/result.h"
#include "sockchat/sqlite/database.h"

namespace sockchat::sqlite {

struct Schema {
  std::int64_t application_id;
  // Step n leads from version n to n + 1. Never changed once released: a correction is a new step.
  std::span<const char* const> steps;
  [[nodiscard]] std::int64_t version() const { return static_cast<std::int64_t>(steps.size()); }
};

// The version of the file, 0 for an empty one. corrupt: not a database of this schema. system: a newer one.
[[nodiscard]] Result<std::int64_t> read_version(Database& database, const Schema& schema);

// Brings an empty or older database to the newest version, each step in a transaction of its own, safe
// against another process that does the same. Errors as of read_version(), and those of the database.
[[nodiscard]] Result<void> migrate(Database& database, const Schema& schema);

}  // namespace sockchat::sqlite
