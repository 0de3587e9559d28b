// The `id` of a request: absent, an integer from 0 to 2^53-1, or a string of at most 64 bytes. Echoed in the
// reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace sockchat::wire {

inline constexpr std::uint64_t kRequestIdMax = (std::uint64_t{1} << 53) - 1;
inline constexpr std::size_t kRequestIdBytesMax = 64;

using RequestId = std::variant<std::monostate, std::uint64_t, std::string>;

}  // namespace sockchat::wire
