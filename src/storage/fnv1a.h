// FNV-1a, 64 bits: finds what a disk has changed. No defence against somebody who wants to deceive.
#pragma once

#include <cstdint>
#include <string_view>

namespace sockchat::storage {

class Fnv1a final {
 public:
  // The length goes in too: two fields cannot trade bytes.
  Fnv1a& add(std::string_view bytes) {
    add(bytes.size());
    for (const char byte : bytes) mix(static_cast<std::uint8_t>(byte));
    return *this;
  }
  Fnv1a& add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) mix(static_cast<std::uint8_t>(number >> shift));
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }
  // As SQLite keeps numbers.
  [[nodiscard]] std::int64_t as_column() const { return static_cast<std::int64_t>(value_); }

 private:
  void mix(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001b3ULL; }

  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace sockchat::storage
