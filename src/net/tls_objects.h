// OpenSSL's objects with owners, and what several files do with them. Private to net's tls_* files.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"

namespace sockchat::net {

template <auto kFree>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BioPtr = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeBy<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, FreeBy<SSL_free>>;

// A BIO that reads `text`, which must outlive it. Null when there is no memory.
[[nodiscard]] BioPtr read_from(std::string_view text);

// Empty when OpenSSL fails, which for a parsed certificate is for lack of memory.
[[nodiscard]] std::string pin_of(const X509& certificate);
// Its SubjectPublicKeyInfo, DER; empty likewise.
[[nodiscard]] std::string key_of(const X509& certificate);

// `what`, and OpenSSL's own word for the first error of this thread's queue, which is empty afterwards.
[[nodiscard]] tl::unexpected<Error> tls_failure(Errc code, std::string_view what);

}  // namespace sockchat::net
