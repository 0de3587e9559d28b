// Of libsodium, for `--version`. Static storage; any thread.
#pragma once

#include <string_view>

namespace sockchat::crypto {

[[nodiscard]] std::string_view sodium_version();

}  // namespace sockchat::crypto
