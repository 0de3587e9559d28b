#include "utf8.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <iterator>

namespace sockchat::client_core {
namespace {

// The first character; 0 and nothing taken when there is none. Negative: not UTF-8.
utf8proc_int32_t take_character(std::string_view& text) {
  utf8proc_int32_t character = 0;
  const utf8proc_ssize_t size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                 static_cast<utf8proc_ssize_t>(text.size()), &character);
  if (size < 0) return -1;
  text.remove_prefix(static_cast<std::size_t>(size));
  return character;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take_character(text) < 0) return false;
  }
  return true;
}

std::string to_ascii_json(std::string_view json) {
  std::string out;
  const auto to = std::back_inserter(out);
  while (!json.empty()) {
    const utf8proc_int32_t character = take_character(json);
    if (character < 0) break;  // not valid after all
    if (character >= 0x20 && character < 0x7F) {
      out += static_cast<char>(character);
    } else if (character < 0x10000) {
      fmt::format_to(to, "\\u{:04x}", character);
    } else {
      const auto beyond = static_cast<unsigned>(character - 0x10000);
      fmt::format_to(to, "\\u{:04x}\\u{:04x}", 0xD800 + (beyond >> 10), 0xDC00 + (beyond & 0x3FF));
    }
  }
  return out;
}

}  // namespace sockchat::client_core
