// Of simdjson, for `--version`. Any thread.
#pragma once

#include <string>

namespace sockchat::wire {

[[nodiscard]] std::string simdjson_version();

}  // namespace sockchat::wire
