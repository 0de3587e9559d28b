#include "sockchat/crypto/password_hash.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace sockchat::crypto {
namespace {

using HashText = std::array<char, crypto_pwhash_STRBYTES>;

// libsodium reads up to a NUL; what is stored need not have one. Empty, and so no hash, when it does not fit.
HashText terminated(std::string_view stored_hash) {
  HashText text{};
  if (stored_hash.size() < text.size()) std::ranges::copy(stored_hash, text.begin());
  return text;
}

// What stands in a stored hash, as hash_password() makes them.
struct Parts {
  HashCost cost;
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, 32> digest{};
};

// The number in front of `end`, and nothing but digits.
bool take_number(std::string_view& text, char end, std::uint32_t& number) {
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(rest - text.data());
  if (problem != std::errc() || length == text.size() || *rest != end) return false;
  text.remove_prefix(length + 1);
  return true;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <std::size_t kSize>
bool decode(std::string_view text, std::array<unsigned char, kSize>& bytes) {
  std::size_t size = 0;
  const char* end = nullptr;
  return sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                           sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
         size == bytes.size() && end == text.data() + text.size();
}

std::optional<Parts> parse(std::string_view stored_hash) {
  Parts parts;
  std::string_view left = stored_hash;
  if (!take_prefix(left, "$argon2id$v=19$m=") || !take_number(left, ',', parts.cost.memory_kib) ||
      !take_prefix(left, "t=") || !take_number(left, ',', parts.cost.iterations) ||
      !take_prefix(left, "p=1$"))
    return std::nullopt;
  const std::size_t dollar = left.find('$');
  if (dollar == std::string_view::npos || !decode(left.substr(0, dollar), parts.salt) ||
      !decode(left.substr(dollar + 1), parts.digest))
    return std::nullopt;
  const bool is_possible = parts.cost.memory_kib >= 8 && parts.cost.iterations >= 1;
  return is_possible ? std::optional(parts) : std::nullopt;
}

unsigned long long operations(HashCost cost) { return cost.iterations; }
std::size_t memory(HashCost cost) { return std::size_t{cost.memory_kib} * 1024; }

}  // namespace

Result<void> start() {
  if (sodium_init() < 0) return fail(Errc::system, "libsodium does not start: no randomness");
  return {};
}

Result<std::string> hash_password(const Secret& password, HashCost cost) {
  HashText text{};
  const std::string_view bytes = password.reveal();
  if (crypto_pwhash_str_alg(text.data(), bytes.data(), bytes.size(), operations(cost), memory(cost),
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(Errc::system, "no memory to hash a password");
  }
  return std::string(text.data());
}

PasswordMatch verify_password(std::string_view stored_hash, const Secret& password) {
  const auto parts = parse(stored_hash);
  if (!parts) return PasswordMatch::wrong;
  const std::string_view bytes = password.reveal();
  // Not crypto_pwhash_str_verify(): it says the same of a wrong password and of memory that it did not get.
  std::array<unsigned char, sizeof(Parts::digest)> digest;
  if (crypto_pwhash(digest.data(), digest.size(), bytes.data(), bytes.size(), parts->salt.data(),
                    operations(parts->cost), memory(parts->cost), crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return PasswordMatch::unknown;
  }
  const bool matches = sodium_memcmp(digest.data(), parts->digest.data(), digest.size()) == 0;
  sodium_memzero(digest.data(), digest.size());
  return matches ? PasswordMatch::right : PasswordMatch::wrong;
}

bool needs_rehash(std::string_view stored_hash, HashCost cost) {
  return crypto_pwhash_str_needs_rehash(terminated(stored_hash).data(), operations(cost), memory(cost)) != 0;
}

void digest_name(std::string_view name, std::span<std::byte, 16> digest) {
  // The casts that an interface of unsigned char costs.
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     reinterpret_cast<const unsigned char*>(name.data()), name.size(), nullptr, 0);
}

void random_bytes(std::span<std::byte> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

}  // namespace sockchat::crypto
