#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <climits>
#include <iterator>
#include <optional>

#include "net/tls_objects.h"
#include "sockchat/net/key_proof.h"

namespace sockchat::net {
namespace {

constexpr std::string_view kBeginning = "sockchat key proof\n";
constexpr std::size_t kSignatureBytes = 64;

using Signature = std::array<unsigned char, kSignatureBytes>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_ed25519(const EVP_PKEY* key) { return key != nullptr && EVP_PKEY_is_a(key, "ED25519") == 1; }

std::string beginning_with_line(std::string_view message) { return std::string(kBeginning).append(message); }

int no_password(char*, int, int, void*) { return 0; }

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

std::optional<Signature> decode(std::string_view hex) {
  Signature signature;
  if (hex.size() != 2 * signature.size()) return std::nullopt;
  for (std::size_t at = 0; at < signature.size(); ++at) {
    const int high = value_of(hex[2 * at]);
    const int low = value_of(hex[2 * at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    signature[at] = static_cast<unsigned char>(high << 4 | low);
  }
  return signature;
}

// Nothing may stand behind it.
KeyPtr parse(std::string_view der) {
  if (der.size() > LONG_MAX) return nullptr;
  const unsigned char* at = bytes_of(der);
  KeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return at == bytes_of(der) + der.size() ? std::move(key) : nullptr;
}

}  // namespace

Result<std::string> sign_with_identity(const Secret& identity, std::string_view message) {
  ERR_clear_error();
  const BioPtr text = read_from(identity.reveal());
  const KeyPtr key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return tls_failure(Errc::bad_argument, "there is no key that can be read without a password");
  if (!is_ed25519(key.get())) return fail(Errc::bad_argument, "the key is not an Ed25519 one");
  const std::string whole = beginning_with_line(message);
  Signature signature;
  std::size_t size = signature.size();
  const DigestPtr digest(EVP_MD_CTX_new());
  const bool is_signed =
      digest && EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestSign(digest.get(), signature.data(), &size, bytes_of(whole), whole.size()) == 1 &&
      size == signature.size();
  if (!is_signed) return tls_failure(Errc::system, "cannot sign");
  std::string hex;
  for (const unsigned char byte : signature) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
  return hex;
}

bool is_signed_by_peer(std::string_view peer_key, std::string_view message, std::string_view signature) {
  const auto decoded = decode(signature);
  const KeyPtr key = parse(peer_key);
  const DigestPtr digest(EVP_MD_CTX_new());
  const std::string whole = beginning_with_line(message);
  const bool is_right =
      decoded && is_ed25519(key.get()) && digest &&
      EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(digest.get(), decoded->data(), decoded->size(), bytes_of(whole), whole.size()) == 1;
  ERR_clear_error();
  return is_right;
}

}  // namespace sockchat::net
