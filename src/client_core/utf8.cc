#include "utf8.h"

#include <utf8proc.h>

namespace sockchat::client_core {

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(at, left, &character);
    if (size <= 0) return false;
    at += size;
    left -= size;
  }
  return true;
}

}  // namespace sockchat::client_core
