// What is in force, as a configuration file: `--print-config`.
#pragma once

#include <string>

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

// Read back, it comes to the same options; fails (bad_argument) where it would not, because a name has bytes
// that are no UTF-8, which TOML cannot hold. Pure.
[[nodiscard]] Result<std::string> print_config(const ServeOptions& options);

}  // namespace sockchat::server
