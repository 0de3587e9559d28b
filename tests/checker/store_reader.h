// Reads the store of a server that has ended, for rule K11.
#pragma once

#include <string>

#include "checker/recording.h"
#include "sockchat/base/result.h"

namespace sockchat::checker {

// Adds what stands in the database of that data directory to the history.
[[nodiscard]] Result<void> read_store(const std::string& data_directory, Recording& recording);

}  // namespace sockchat::checker
