// What `--version` prints.
#pragma once

#include <string>

namespace sockchat::server {

// The program, then a linked library a line.
[[nodiscard]] std::string describe_versions();

}  // namespace sockchat::server
