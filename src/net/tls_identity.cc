#include "sockchat/net/tls_identity.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>
#include <iterator>

#include "net/tls_objects.h"

namespace sockchat::net {
namespace {

// RFC 5280, 4.1.2.5: the date of what has no well-defined end. The beginning is one that no clock is before.
constexpr const char* kNotBefore = "20200101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";
// RFC 5280, 4.1.2.2: positive, and at most 20 bytes.
constexpr int kSerialBits = 159;

bool set_serial(X509& certificate) {
  const std::unique_ptr<BIGNUM, FreeBy<BN_free>> serial(BN_new());
  return serial && BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_name(X509& certificate) {
  constexpr std::string_view kName = "sockchat";
  X509_NAME* const name = X509_get_subject_name(&certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(kName.data()),
                                    static_cast<int>(kName.size()), -1, 0) == 1 &&
         X509_set_issuer_name(&certificate, name) == 1;
}

CertificatePtr sign_own_certificate(EVP_PKEY& key) {
  CertificatePtr certificate(X509_new());
  const bool made = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    set_serial(*certificate) && set_name(*certificate) &&
                    ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), kNotBefore) == 1 &&
                    ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kNotAfter) == 1 &&
                    X509_set_pubkey(certificate.get(), &key) == 1 &&
                    X509_sign(certificate.get(), &key, nullptr) > 0;
  return made ? std::move(certificate) : nullptr;
}

}  // namespace

BioPtr read_from(std::string_view text) {
  if (text.size() > INT_MAX) return nullptr;
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

tl::unexpected<Error> tls_failure(Errc code, std::string_view what) {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* const reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  if (reason == nullptr) return fail(code, std::string(what));
  return fail(code, fmt::format("{}: {}", what, reason));
}

std::string key_of(const X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
  if (size <= 0) return {};
  std::string key(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return key;
}

std::string pin_of(const X509& certificate) {
  const std::string key = key_of(certificate);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_size = 0;
  std::string pin;
  if (key.empty() || EVP_Digest(key.data(), key.size(), digest, &digest_size, EVP_sha256(), nullptr) != 1)
    return pin;
  for (unsigned at = 0; at < digest_size; ++at) fmt::format_to(std::back_inserter(pin), "{:02x}", digest[at]);
  return pin;
}

Result<Secret> make_tls_identity() {
  ERR_clear_error();
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return tls_failure(Errc::system, "cannot make a key");
  const CertificatePtr certificate = sign_own_certificate(*key);
  // The secure kind is wiped when it is freed.
  const BioPtr text(BIO_new(BIO_s_secmem()));
  const bool is_written =
      certificate && text &&
      PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
      PEM_write_bio_X509(text.get(), certificate.get()) == 1;
  if (!is_written) return tls_failure(Errc::system, "cannot make a certificate");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return Secret(std::string_view(bytes, static_cast<std::size_t>(size)));
}

Result<std::string> pin_of_certificate(std::string_view certificate) {
  ERR_clear_error();
  const BioPtr text = read_from(certificate);
  const CertificatePtr parsed(text ? PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!parsed) return tls_failure(Errc::bad_argument, "there is no certificate");
  std::string pin = pin_of(*parsed);
  if (pin.empty()) return tls_failure(Errc::system, "cannot make the pin");
  return pin;
}

}  // namespace sockchat::net
