// Secrets that a machine remembers in place of a password: 256 bits of the system's generator. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "sockchat/base/secret.h"

namespace sockchat::crypto {

// 64 hexadecimal digits.
[[nodiscard]] Secret fresh_token();

// A 32-byte digest (BLAKE2b), for what is stored: a token has too much chance in it to need salt or a slow
// hash.
void digest_token(std::string_view token, std::span<std::byte, 32> digest);

}  // namespace sockchat::crypto
