#include "sockchat/crypto/password_hash.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace sockchat::crypto {
namespace {

using HashText = std::array<char, crypto_pwhash_STRBYTES>;

// libsodium reads up to a NUL; what is stored need not have one. Empty, and so no hash, when it does not fit.
HashText terminated(std::string_view stored_hash) {
  HashText text{};
  if (stored_hash.size() < text.size()) std::ranges::copy(stored_hash, text.begin());
  return text;
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

bool verify_password(std::string_view stored_hash, const Secret& password) {
  const HashText text = terminated(stored_hash);
  const std::string_view bytes = password.reveal();
  return crypto_pwhash_str_verify(text.data(), bytes.data(), bytes.size()) == 0;
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
