// A server's own key, for those who have no certificate: Ed25519, with a certificate that it signs itself,
// and that does not expire, because a pin is what people compare. Pure but for the system's random generator;
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat::net {

// A new key and its certificate, PEM, one behind the other: what TlsContext::for_server takes for both. Fails
// (system) when OpenSSL does.
[[nodiscard]] Result<Secret> make_tls_identity();

// The pin of the first certificate in a PEM text: the SHA-256 of its key's SubjectPublicKeyInfo (DER), in 64
// lower-case hex digits. Fails (bad_argument) when there is no certificate.
[[nodiscard]] Result<std::string> pin_of_certificate(std::string_view certificate);

}  // namespace sockchat::net
