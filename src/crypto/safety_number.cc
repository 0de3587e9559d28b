#include "sockchat/crypto/safety_number.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace sockchat::crypto {
namespace {

static_assert(crypto_hash_sha512_BYTES == sizeof(Fingerprint::bytes));

constexpr unsigned char kVersion = 1;
constexpr unsigned char kZero = 0;
constexpr int kHashes = 5'200;
constexpr std::size_t kGroups = 6;  // of each of the two
constexpr std::size_t kGroupBytes = 5;
constexpr std::uint64_t kGroupValues = 100'000;
constexpr std::size_t kWords = 8;

// Of several pieces as if they were one.
class Hash final {
 public:
  Hash() { crypto_hash_sha512_init(&state_); }
  Hash& add(std::span<const unsigned char> bytes) {
    crypto_hash_sha512_update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  Hash& add(std::string_view text) {
    // The cast that an interface of unsigned char costs.
    return add(std::span(reinterpret_cast<const unsigned char*>(text.data()), text.size()));
  }
  Hash& add(unsigned char byte) { return add(std::span(&byte, 1)); }
  [[nodiscard]] Fingerprint end() {
    Fingerprint result;
    crypto_hash_sha512_final(&state_, result.bytes.data());
    return result;
  }

 private:
  crypto_hash_sha512_state state_;
};

void append_digits(const Fingerprint& fingerprint, std::string& digits) {
  for (std::size_t group = 0; group < kGroups; ++group) {
    std::uint64_t value = 0;
    for (std::size_t at = 0; at < kGroupBytes; ++at)
      value = value << 8 | fingerprint.bytes[group * kGroupBytes + at];
    fmt::format_to(std::back_inserter(digits), "{}{:05}", digits.empty() ? "" : " ", value % kGroupValues);
  }
}

}  // namespace

Fingerprint fingerprint_of(std::string_view name, std::string_view key_pin_hex) {
  Fingerprint fingerprint = Hash().add(kVersion).add(key_pin_hex).add(kZero).add(name).add(key_pin_hex).end();
  for (int hashes = 1; hashes < kHashes; ++hashes)
    fingerprint = Hash().add(fingerprint.bytes).add(key_pin_hex).end();
  return fingerprint;
}

SafetyNumber safety_number(const Fingerprint& one, const Fingerprint& other) {
  const auto& [smaller, larger] = std::minmax(one, other);
  SafetyNumber number;
  append_digits(smaller, number.digits);
  append_digits(larger, number.digits);
  const Fingerprint both = Hash().add(smaller.bytes).add(larger.bytes).end();
  for (std::size_t at = 0; at < kWords; ++at) {
    if (at > 0) number.words += ' ';
    number.words += safety_words()[both.bytes[at]];
  }
  return number;
}

SafetyNumber safety_number(std::string_view one_name, std::string_view one_key_pin_hex,
                           std::string_view other_name, std::string_view other_key_pin_hex) {
  return safety_number(fingerprint_of(one_name, one_key_pin_hex),
                       fingerprint_of(other_name, other_key_pin_hex));
}

}  // namespace sockchat::crypto
