// Two transports back to back, without sockets: what one emits the other takes in, in slices of any size.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sockchat/net/tls_context.h"
#include "sockchat/net/tls_identity.h"

namespace sockchat::net {

inline std::unique_ptr<TlsContext> server_context() {
  const auto identity = make_tls_identity();
  REQUIRE(identity);
  auto context = TlsContext::for_server(identity->reveal(), *identity);
  REQUIRE(context);
  return *std::move(context);
}

inline std::unique_ptr<TlsContext> client_context() {
  auto context = TlsContext::for_client();
  REQUIRE(context);
  return *std::move(context);
}

inline std::unique_ptr<Transport> accept_with(const TlsContext& context) {
  auto transport = context.accept_transport();
  REQUIRE(transport);
  return *std::move(transport);
}

inline std::unique_ptr<Transport> connect_with(const TlsContext& context) {
  auto transport = context.connect_transport();
  REQUIRE(transport);
  return *std::move(transport);
}

struct End {
  std::unique_ptr<Transport> transport;
  ByteBuffer heard;
  std::string failure;  // of the first ingest that failed

  void take(std::string_view wire, TimePoint now = {}) {
    const auto done = transport->ingest({wire.data(), wire.size()}, now, heard);
    if (!done && failure.empty()) failure = done.error().text.empty() ? "failed" : done.error().text;
  }
  std::string emit(std::string_view plaintext = {}) {
    ByteBuffer wire;
    CHECK(transport->emit(plaintext, wire));
    return std::string(wire.view());
  }
};

struct TlsPair {
  std::unique_ptr<TlsContext> server_side = server_context();
  std::unique_ptr<TlsContext> client_side = client_context();
  End server{.transport = accept_with(*server_side), .heard = {}, .failure = {}};
  End client{.transport = connect_with(*client_side), .heard = {}, .failure = {}};
  std::size_t slice = std::string::npos;

  void carry(End& from, End& to, std::string_view plaintext = {}) {
    const std::string wire = from.emit(plaintext);
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t size = std::min(slice, wire.size() - at);
      to.take({wire.data() + at, size});
      at += size;
    }
  }
  void shake_hands() {
    for (int flights = 0; flights < 4; ++flights) {
      carry(client, server);
      carry(server, client);
    }
    REQUIRE(client.transport->is_ready());
    REQUIRE(server.transport->is_ready());
  }
};

}  // namespace sockchat::net
