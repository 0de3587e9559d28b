#include "sockchat/wire/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sockchat::wire {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr auto kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t digit = 0; digit < kDigits.size(); ++digit)
    values[static_cast<unsigned char>(kDigits[digit])] = static_cast<std::uint8_t>(digit);
  return values;
}();

std::uint8_t value_of(char c) { return kValues[static_cast<unsigned char>(c)]; }

std::uint32_t byte_of(char c) { return static_cast<unsigned char>(c); }

// Of a text whose length is a multiple of four.
std::size_t padding_of(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + base64_size(bytes.size()));
  char* target = out.data() + start;
  for (; bytes.size() >= 3; bytes.remove_prefix(3)) {
    const std::uint32_t group = byte_of(bytes[0]) << 16 | byte_of(bytes[1]) << 8 | byte_of(bytes[2]);
    for (const int shift : {18, 12, 6, 0}) *target++ = kDigits[group >> shift & 0x3F];
  }
  if (bytes.empty()) return;
  const std::uint32_t last = byte_of(bytes[0]) << 16 | (bytes.size() == 2 ? byte_of(bytes[1]) << 8 : 0);
  *target++ = kDigits[last >> 18 & 0x3F];
  *target++ = kDigits[last >> 12 & 0x3F];
  *target++ = bytes.size() == 2 ? kDigits[last >> 6 & 0x3F] : '=';
  *target = '=';
}

std::optional<std::size_t> base64_decoded_size(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = padding_of(text);
  const std::string_view digits = text.substr(0, text.size() - padding);
  // One look-up a byte, and one decision at the end.
  std::uint8_t seen = 0;
  for (const char c : digits) seen |= value_of(c);
  if ((seen & 0xC0) != 0) return std::nullopt;
  const std::uint8_t unused = padding == 0 ? 0 : padding == 1 ? 0x03 : 0x0F;
  if (padding > 0 && (value_of(digits.back()) & unused) != 0) return std::nullopt;
  return text.size() / 4 * 3 - padding;
}

bool decode_base64(std::string_view text, std::string& out) {
  const auto size = base64_decoded_size(text);
  if (!size) return false;
  const std::size_t start = out.size();
  out.resize(start + *size);
  char* target = out.data() + start;
  const std::size_t whole = *size / 3;
  for (std::size_t group = 0; group < whole; ++group, text.remove_prefix(4)) {
    const std::uint32_t bits = std::uint32_t{value_of(text[0])} << 18 |
                               std::uint32_t{value_of(text[1])} << 12 |
                               std::uint32_t{value_of(text[2])} << 6 | value_of(text[3]);
    for (const int shift : {16, 8, 0}) *target++ = static_cast<char>(bits >> shift & 0xFF);
  }
  if (const std::size_t rest = *size % 3; rest > 0) {
    const std::uint32_t bits = std::uint32_t{value_of(text[0])} << 18 |
                               std::uint32_t{value_of(text[1])} << 12 |
                               (rest == 2 ? std::uint32_t{value_of(text[2])} << 6 : 0);
    *target++ = static_cast<char>(bits >> 16 & 0xFF);
    if (rest == 2) *target = static_cast<char>(bits >> 8 & 0xFF);
  }
  return true;
}

}  // namespace sockchat::wire
