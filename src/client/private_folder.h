// Folders of the client in the user's home. They are made with all that is missing above them, for the owner
// alone. Any thread; waits for the disk.
#pragma once

#include <sys/types.h>

#include <string>

#include "sockchat/base/result.h"

namespace sockchat::client {

// The mode of files in them.
inline constexpr mode_t kPrivateFileMode = 0600;

// system: it cannot be made, or not be closed to others, and why.
[[nodiscard]] Result<void> make_private_folder(const std::string& path);

}  // namespace sockchat::client
