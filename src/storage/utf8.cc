#include "storage/utf8.h"

#include <cstddef>
#include <cstdint>

namespace sockchat::storage {
namespace {

// Bytes of the character at the front, by RFC 3629's table of what may follow what; 0 when it is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [text](std::size_t at) -> std::uint8_t {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
  };
  const auto follows = [&byte](std::size_t at) { return (byte(at) & 0xC0) == 0x80; };
  const std::uint8_t lead = byte(0);
  const std::uint8_t second = byte(1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool too_large = lead == 0xF4 && second > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace sockchat::storage
