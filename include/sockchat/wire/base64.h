// Base64 (RFC 4648, section 4: with padding) of what goes through JSON as bytes. Strict: no other characters,
// no line breaks, and the bits that padding leaves over are zero, so that bytes have one spelling. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sockchat::wire {

// Characters of so many bytes.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }
void append_base64(std::string& out, std::string_view bytes);

// How many bytes it stands for; none when it is no base64.
[[nodiscard]] std::optional<std::size_t> base64_decoded_size(std::string_view text);
// False, and nothing appended, when it is no base64.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& out);

}  // namespace sockchat::wire
