// An end without our policy: what OpenSSL does by itself, and whatever a test tells it to do.
#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "unit/net/tls_pair.h"

namespace sockchat::net {

struct RawEnd {
  enum class Side : std::uint8_t { client, server };
  RawEnd() : context(SSL_CTX_new(TLS_method()), SSL_CTX_free), ssl(nullptr, SSL_free) {}

  void start(Side side = Side::client) {
    ssl.reset(SSL_new(context.get()));
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    side == Side::client ? SSL_set_connect_state(ssl.get()) : SSL_set_accept_state(ssl.get());
  }
  // What it has to say.
  std::string wire() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &bytes);
    std::string said(bytes, static_cast<std::size_t>(size));
    REQUIRE(BIO_reset(SSL_get_wbio(ssl.get())) == 1);
    return said;
  }
  void hear(std::string_view bytes) {
    if (bytes.empty()) return;
    REQUIRE(BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size())) ==
            static_cast<int>(bytes.size()));
  }
  // As far as it gets with `server`; true when both have finished.
  bool shake_hands(End& server) {
    start();
    for (int flights = 0; flights < 6; ++flights) {
      SSL_do_handshake(ssl.get());
      server.take(wire());
      hear(server.emit());
    }
    return SSL_is_init_finished(ssl.get()) == 1 && server.transport->is_ready();
  }

  // Likewise as the server of `client`.
  bool serve(End& client) {
    start(Side::server);
    for (int flights = 0; flights < 6; ++flights) {
      hear(client.emit());
      SSL_do_handshake(ssl.get());
      client.take(wire());
    }
    return SSL_is_init_finished(ssl.get()) == 1 && client.transport->is_ready();
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl;
};

}  // namespace sockchat::net
