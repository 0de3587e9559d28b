// What every target starts with. A property that does not hold aborts (SOCKCHAT_CHECK), which is what a
// fuzzer sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sockchat/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sockchat::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  // The one cast that the interface of libFuzzer costs. An empty input may come as a null pointer.
  return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
}

// The front of `rest`, a byte or nothing (0).
inline std::uint8_t take_byte(std::string_view& rest) {
  if (rest.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(rest[0]);
  rest.remove_prefix(1);
  return byte;
}

}  // namespace sockchat::fuzz
