// Bringing a database to the newest schema, never without a way back.
#pragma once

#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/sqlite/database.h"
#include "sockchat/sqlite/migration.h"

namespace sockchat::storage {

// An older one that holds something is copied first, to `path`.version-N.backup, which stays; a copy of an
// earlier try is replaced. Without a good copy nothing is changed (system, corrupt). `notices` gets a line
// about it. Otherwise like sqlite::migrate().
Result<void> upgrade(sqlite::Database& database, const sqlite::Schema& schema, const std::string& path,
                     std::vector<std::string>& notices);

}  // namespace sockchat::storage
