// A password from stdin: one line, and on a terminal with a prompt, without echo.
#pragma once

#include <cstddef>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat::server {

// Blocks. `twice`: on a terminal a second, equal one is asked for. Fails (bad_argument) when it is empty,
// longer than `bytes_max`, or no text that a client could send.
Result<Secret> read_password(std::string_view prompt, std::size_t bytes_max, bool twice);

}  // namespace sockchat::server
