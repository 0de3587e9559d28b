// Files that people write, keys among them. Blocks: not for a loop thread that serves.
#pragma once

#include <cstddef>
#include <string>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat::net {

// All of it. Fails (system) when it cannot be read, is larger than `bytes_max`, or is no regular file: a pipe
// without a writer must not hold up who reads its files again. The error is one line with the path.
[[nodiscard]] Result<Secret> read_small_file(const std::string& path, std::size_t bytes_max);

}  // namespace sockchat::net
