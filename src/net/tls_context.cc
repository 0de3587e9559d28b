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

// The protocol as ALPN has it: its length, and its name.
std::string offered_protocol() {
  return static_cast<char>(TlsContext::kPrivateProtocol.size()) + std::string(TlsContext::kPrivateProtocol);
}

bool speaks_private_protocol(SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return size > 0 &&
         std::string_view(reinterpret_cast<const char*>(name), size) == TlsContext::kPrivateProtocol;
}

// A hello without ALPN, for which select_protocol() is not asked. It is refused before we say who we are.
int demand_protocol(SSL* ssl, int* alert, void*) {
  const unsigned char* extension = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &extension, &size) ==
      1)
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  const std::string_view wanted = TlsContext::kPrivateProtocol;
  for (std::string_view left(reinterpret_cast<const char*>(offered), offered_size); !left.empty();) {
    const std::string_view one = left.substr(1, static_cast<unsigned char>(left.front()));
    if (one == wanted) {
      // It stays where it was offered, as OpenSSL wants it.
      *chosen = reinterpret_cast<const unsigned char*>(one.data());
      *chosen_size = static_cast<unsigned char>(one.size());
      return SSL_TLSEXT_ERR_OK;
    }
    left.remove_prefix(1 + one.size());
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// As accept_any(), and the last moment within the handshake to notice that the other end did not choose our
// protocol: what it chose comes before its certificate.
int accept_who_speaks(X509_STORE_CTX* store, void*) {
  auto* const ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (ssl != nullptr && speaks_private_protocol(ssl)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

// Whatever is not as it has to be, either end refuses within the handshake.
Result<void> use_private_protocol(SSL_CTX* context) {
  const std::string offered = offered_protocol();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(offered.data());
  // SSL_CTX_set_alpn_protos() says 0 when it succeeds. No session is kept, and none is taken up: were it, it
  // would be one of this protocol.
  const bool is_set =
      SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1 &&
      SSL_CTX_set_alpn_protos(context, bytes, static_cast<unsigned>(offered.size())) == 0 &&
      SSL_CTX_set_session_id_context(context, bytes, static_cast<unsigned>(offered.size())) == 1;
  if (!is_set) return tls_failure(Errc::system, "cannot set up TLS");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, accept_who_speaks, nullptr);
  SSL_CTX_set_client_hello_cb(context, demand_protocol, nullptr);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  return {};
}

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

Result<TlsContext::Context> TlsContext::make_identified(std::string_view certificate, const Secret& key) {
  auto policy = make_policy();
  if (!policy) return policy;
  if (auto used = use_certificate(policy->get(), certificate); !used) return tl::unexpected(used.error());
  if (auto used = use_key(policy->get(), key); !used) return tl::unexpected(used.error());
  return policy;
}

Result<std::unique_ptr<TlsContext>> TlsContext::with_pin(Context context) {
  std::string pin = pin_of(*SSL_CTX_get0_certificate(context.get()));
  if (pin.empty()) return tls_failure(Errc::system, "cannot make the pin");
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(context), std::move(pin)));
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_server(std::string_view certificate, const Secret& key) {
  auto context = make_identified(certificate, key);
  if (!context) return tl::unexpected(std::move(context.error()));
  return with_pin(*std::move(context));
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_peer(const Secret& identity) {
  auto context = make_identified(identity.reveal(), identity);
  if (!context) return tl::unexpected(std::move(context.error()));
  if (EVP_PKEY_is_a(SSL_CTX_get0_privatekey(context->get()), "ED25519") != 1)
    return fail(Errc::bad_argument, "the key is not an Ed25519 one");
  if (auto set = use_private_protocol(context->get()); !set) return tl::unexpected(std::move(set.error()));
  return with_pin(*std::move(context));
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
