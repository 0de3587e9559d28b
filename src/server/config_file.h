// The configuration file: TOML, with the names of settings.h, and the limits' in a table [limits].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/options.h"
#include "sockchat/base/result.h"

namespace sockchat::server {

// Everything in it, each found well-formed. The error is one line, with the number of the first one that is
// wrong: "sockchat.toml:12: there is no setting named 'foo'". Pure.
[[nodiscard]] Result<std::vector<Assignment>> parse_config(std::string_view text, std::string_view file_name);

// The same of a file, of at most 1 MiB. Blocks.
[[nodiscard]] Result<std::vector<Assignment>> read_config(const std::string& path);

}  // namespace sockchat::server
