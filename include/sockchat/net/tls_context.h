// What all connections of one side have in common in TLS: key, certificate, policy. The policy is TLS 1.3 and
// nothing else (RFC 8446): X25519, AES-GCM and ChaCha20-Poly1305, no tickets, no early data, no compression.
// Who the peer is is decided by its pin, and not by authorities: nothing about a certificate is checked but
// that the peer has its key.
//
// Made by any thread; afterwards loop thread. Transports may outlive the context that made them, so that a
// context can be replaced while people are connected.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/net/transport.h"

struct ssl_ctx_st;

namespace sockchat::net {

class TlsContext final {
 public:
  // A certificate, with the chain above it if there is one, and its key: PEM, the key not encrypted. Fails
  // (bad_argument) with what is wrong with them.
  static Result<std::unique_ptr<TlsContext>> for_server(std::string_view certificate, const Secret& key);
  // Shows no certificate of its own.
  static Result<std::unique_ptr<TlsContext>> for_client();
  // For one person's connection to another, both ends of it: each shows its certificate and demands the
  // other's, and neither goes on with a peer that does not speak `kPrivateProtocol` (RFC 7301) or whose key
  // is not an Ed25519 one. `identity` is what make_tls_identity() makes. A handshake that succeeds says only
  // that the peer has its key: who it is says its pin, which the caller has to compare. The dialing end is
  // ready before the other has looked at its certificate. Fails (bad_argument) with what is wrong with it.
  static Result<std::unique_ptr<TlsContext>> for_peer(const Secret& identity);
  static constexpr std::string_view kPrivateProtocol = "sockchat-private/1";
  ~TlsContext();

  // The pin of the own key, as transport's peer_pin(); empty for a client.
  [[nodiscard]] const std::string& pin() const { return pin_; }

  // The end of a new connection that accepted it, and the one that dialed. Fail (system) when there is no
  // memory.
  [[nodiscard]] Result<std::unique_ptr<Transport>> accept_transport() const;
  [[nodiscard]] Result<std::unique_ptr<Transport>> connect_transport() const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Context = std::unique_ptr<ssl_ctx_st, Free>;

  TlsContext(Context context, std::string pin);
  static Result<Context> make_policy();
  static Result<Context> make_identified(std::string_view certificate, const Secret& key);
  static Result<std::unique_ptr<TlsContext>> with_pin(Context context);

  Context context_;
  std::string pin_;
};

// "OpenSSL 3.0.11 19 Sep 2023", as the library says it.
[[nodiscard]] std::string_view openssl_version();

}  // namespace sockchat::net
