#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "sockchat/net/key_proof.h"

namespace sockchat::net {
namespace {

// The smallest of another kind whose signatures are as long as ours.
TEST_CASE("a good signature by another kind of key verifies nothing") {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_RSA_gen(512), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  constexpr std::string_view kSigned = "sockchat key proof\nhello";
  const auto* const bytes = reinterpret_cast<const unsigned char*>(kSigned.data());
  unsigned char signature[64];
  std::size_t size = sizeof signature;
  REQUIRE(EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  REQUIRE(EVP_DigestSign(digest.get(), signature, &size, bytes, kSigned.size()) == 1);
  REQUIRE(size == sizeof signature);
  std::string hex;
  for (const unsigned char byte : signature) hex += fmt::format("{:02x}", byte);
  unsigned char* der = nullptr;
  const int der_size = i2d_PUBKEY(key.get(), &der);
  REQUIRE(der_size > 0);
  const std::string peer_key(reinterpret_cast<const char*>(der), static_cast<std::size_t>(der_size));
  OPENSSL_free(der);
  CHECK_FALSE(is_signed_by_peer(peer_key, "hello", hex));
}

}  // namespace
}  // namespace sockchat::net
