// What a database file of ours holds, and whether all of it is as it was written. Reads every row; blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/sqlite/database.h"
#include "sockchat/sqlite/migration.h"
#include "sockchat/storage/backup.h"

namespace sockchat::storage {

struct Examination {
  BackupContents contents;
  // Rows that a server would leave out, a line each; bounded, the last line counts the rest.
  std::vector<std::string> damages;
};

// Of any version up to that of `schema`. The error (corrupt, system; storage when a read fails) is what a
// server would not start on, without the file's name.
Result<Examination> examine(sqlite::Database& database, const sqlite::Schema& schema,
                            const BackupProgress& progress);

}  // namespace sockchat::storage
