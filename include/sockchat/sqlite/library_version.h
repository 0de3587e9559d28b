// Of SQLite, for `--version`. Static storage; any thread.
#pragma once

#include <string_view>

namespace sockchat::sqlite {

[[nodiscard]] std::string_view sqlite_version();

}  // namespace sockchat::sqlite
