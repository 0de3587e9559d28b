// The number that two people compare, over the telephone or face to face, to know that nobody stands between
// them: made of both names and both keys, and the same on both screens. Pure functions; any thread; 10,400
// hashes, so some milliseconds.
//
// Everything that another program needs to show the same, H being SHA-512 and + one string behind another:
//
//   fingerprint   F(0) = H(version + pin + zero + name + pin), and F(n) = H(F(n-1) + pin); it is F(5199), so
//                 that there are 5,200 hashes. `version` is the byte 1, `zero` the byte 0, `pin` the 64
//                 lower-case hex digits of the key's SHA-256 (tls_identity.h) as text, `name` UTF-8.
//   order         the two fingerprints in the order of their bytes, the smaller one first, whoever asks.
//   digits        of each fingerprint the first 30 bytes, in six pieces of five: each as a big-endian number,
//                 modulo 100,000, in five digits. The twelve groups are separated by spaces.
//   words         of H(smaller fingerprint + larger fingerprint) the first eight bytes: each one says which
//                 word of safety_words(), from 0. Separated by spaces.
//
// Who wants two keys with one number has to find 30 digits of somebody else's, and pays 5,200 hashes for each
// guess. The words are 64 bits: enough for people who compare them by voice, as a second look.
#pragma once

#include <array>
#include <compare>
#include <span>
#include <string>
#include <string_view>

namespace sockchat::crypto {

struct SafetyNumber {
  std::string digits;  // "12345 67890 …", twelve groups
  std::string words;   // "amber river …", eight

  bool operator==(const SafetyNumber&) const = default;
};

struct Fingerprint {
  std::array<unsigned char, 64> bytes{};

  auto operator<=>(const Fingerprint&) const = default;
};

// Of one person. Any text is taken; that the pin is one is for the caller to see to.
[[nodiscard]] Fingerprint fingerprint_of(std::string_view name, std::string_view key_pin_hex);

// Of two people, in either order.
[[nodiscard]] SafetyNumber safety_number(const Fingerprint& one, const Fingerprint& other);
[[nodiscard]] SafetyNumber safety_number(std::string_view one_name, std::string_view one_key_pin_hex,
                                         std::string_view other_name, std::string_view other_key_pin_hex);

// Sorted, and each told from the others by its first four letters.
[[nodiscard]] std::span<const std::string_view, 256> safety_words();

}  // namespace sockchat::crypto
