// The tables of the server, and the numbered steps that made them.
#pragma once

#include "sockchat/sqlite/migration.h"

namespace sockchat::storage {

// Static storage; any thread.
[[nodiscard]] const sqlite::Schema& schema();

}  // namespace sockchat::storage
