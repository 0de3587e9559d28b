// Of SQLite, for `--version`. Static storage; any thread.
#pragma once

#include <string_view>

namespace sockchat::storage {

[[nodiscard]] std::string_view sqlite_version();

}  // namespace sockchat::storage
