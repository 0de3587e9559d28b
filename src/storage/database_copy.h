// A copy of a database in a file of its own, which appears under its name only when it is whole. Blocks.
#pragma once

#include <cstdint>
#include <string>

#include "sockchat/base/result.h"
#include "sockchat/sqlite/database.h"
#include "sockchat/sqlite/migration.h"
#include "sockchat/storage/backup.h"

namespace sockchat::storage {

enum class Existing : std::uint8_t { refused, replaced };

// Made beside `target` under another name, 0600, synced, and examined; then renamed. After an error there is
// nothing of it (system, corrupt; the line names the file). Rows that are damaged in `source` too do not
// prevent it.
Result<Backup> copy_database(sqlite::Database& source, const sqlite::Schema& schema,
                             const std::string& target, Existing existing, const BackupProgress& progress);

}  // namespace sockchat::storage
