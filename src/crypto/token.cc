#include "sockchat/crypto/token.h"

#include <sodium.h>

#include <array>

namespace sockchat::crypto {

Secret fresh_token() {
  std::array<unsigned char, 32> bytes;
  std::array<char, 2 * bytes.size() + 1> text;
  randombytes_buf(bytes.data(), bytes.size());
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  Secret token{std::string_view(text.data(), 2 * bytes.size())};
  sodium_memzero(bytes.data(), bytes.size());
  sodium_memzero(text.data(), text.size());
  return token;
}

void digest_token(std::string_view token, std::span<std::byte, 32> digest) {
  // The casts that an interface of unsigned char costs.
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr, 0);
}

}  // namespace sockchat::crypto
