#include "sockchat/net/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "net/tls_objects.h"
#include "net/tls_transport.h"

namespace sockchat::net {
namespace {

constexpr const char* kCipherSuites =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
constexpr const char* kGroups = "X25519";

// A key that is encrypted is refused; asking for its password would stop a server that nobody sits at.
int no_password(char*, int, int, void*) { return 0; }

// The pin decides, and it is known to its user only after the handshake.
int accept_any(X509_STORE_CTX*, void*) { return 1; }

Result<void> use_certificate(SSL_CTX* context, std::string_view pem) {
  const BioPtr text = read_from(pem);
  const CertificatePtr leaf(text ? PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr) : nullptr);
  if (!leaf) return tls_failure(Errc::bad_argument, "there is no certificate");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return tls_failure(Errc::bad_argument, "the certificate cannot be used");
  for (;;) {
    const CertificatePtr above(PEM_read_bio_X509(text.get(), nullptr, no_password, nullptr));
    if (!above) break;
    if (SSL_CTX_add1_chain_cert(context, above.get()) != 1)
      return tls_failure(Errc::bad_argument, "the certificate's chain cannot be used");
  }
  const unsigned long end = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_REASON(end) != PEM_R_NO_START_LINE)
    return fail(Errc::bad_argument, "the certificate's chain is damaged");
  return {};
}

Result<void> use_key(SSL_CTX* context, const Secret& pem) {
  const BioPtr text = read_from(pem.reveal());
  const KeyPtr key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return tls_failure(Errc::bad_argument, "there is no key that can be read without a password");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return tls_failure(Errc::bad_argument, "the key is not the certificate's");
  return {};
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::TlsContext(Context context, std::string pin)
    : context_(std::move(context)), pin_(std::move(pin)) {}

TlsContext::~TlsContext() = default;

Result<TlsContext::Context> TlsContext::make_policy() {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_method()));
  if (!context) return tls_failure(Errc::system, "cannot begin TLS");
  SSL_CTX* const made = context.get();
  const bool is_set = SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION) == 1 &&
                      SSL_CTX_set_max_proto_version(made, TLS1_3_VERSION) == 1 &&
                      SSL_CTX_set_ciphersuites(made, kCipherSuites) == 1 &&
                      SSL_CTX_set1_groups_list(made, kGroups) == 1 && SSL_CTX_set_num_tickets(made, 0) == 1;
  if (!is_set) return tls_failure(Errc::system, "cannot set up TLS");
  SSL_CTX_set_options(made, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  // Without AUTO_RETRY OpenSSL returns after each record; with it a peer decides how long a call takes.
  SSL_CTX_clear_mode(made, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_mode(
      made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_msg_callback(made, TlsTransport::on_message);
  return context;
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_server(std::string_view certificate, const Secret& key) {
  auto policy = make_policy();
  if (!policy) return tl::unexpected(std::move(policy.error()));
  if (auto used = use_certificate(policy->get(), certificate); !used) return tl::unexpected(used.error());
  if (auto used = use_key(policy->get(), key); !used) return tl::unexpected(used.error());
  std::string pin = pin_of(*SSL_CTX_get0_certificate(policy->get()));
  if (pin.empty()) return tls_failure(Errc::system, "cannot make the pin");
  return std::unique_ptr<TlsContext>(new TlsContext(*std::move(policy), std::move(pin)));
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_client() {
  auto policy = make_policy();
  if (!policy) return tl::unexpected(std::move(policy.error()));
  SSL_CTX_set_verify(policy->get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(policy->get(), accept_any, nullptr);
  return std::unique_ptr<TlsContext>(new TlsContext(*std::move(policy), {}));
}

Result<std::unique_ptr<Transport>> TlsContext::accept_transport() const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return tls_failure(Errc::system, "cannot begin TLS");
  SSL_set_accept_state(ssl.get());
  return TlsTransport::create(std::move(ssl));
}

Result<std::unique_ptr<Transport>> TlsContext::connect_transport() const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) return tls_failure(Errc::system, "cannot begin TLS");
  SSL_set_connect_state(ssl.get());
  return TlsTransport::create(std::move(ssl));
}

std::string_view openssl_version() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace sockchat::net
