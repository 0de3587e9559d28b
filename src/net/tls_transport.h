// TLS 1.3 between a connection's descriptor and what it means. OpenSSL reads what ingest() is given, in
// place, and writes into a buffer: an idle connection has no buffers at all. Loop thread; private to net.
#pragma once

#include <cstdint>

#include "net/tls_objects.h"
#include "sockchat/net/transport.h"

namespace sockchat::net {

class TlsTransport final : public Transport {
 public:
  // Messages that change keys or bring tickets, which a peer can send for ever. RFC 8446, 4.6.3, sets no
  // bound; each one costs its receiver twice of what it costs the sender.
  static constexpr int kPostHandshakeMinuteMax = 16;

  // `ssl` knows its side, and has no BIO yet. Fails (system) when there is no memory.
  static Result<std::unique_ptr<Transport>> create(SslPtr ssl);
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  Result<void> ingest(std::span<const char> wire, TimePoint now, ByteBuffer& plaintext) override;
  Result<void> emit(std::string_view plaintext, ByteBuffer& wire) override;
  void finish(ByteBuffer& wire) override;
  [[nodiscard]] bool is_ready() const override;
  [[nodiscard]] bool has_ended() const override { return has_ended_; }
  [[nodiscard]] std::string peer_pin() const override;
  [[nodiscard]] std::string peer_key() const override;
  [[nodiscard]] std::string export_secret(std::string_view label) const override;

  // Given to OpenSSL by the context: counts what comes after the handshake.
  static void on_message(int is_written, int version, int content_type, const void* bytes, std::size_t size,
                         SSL* ssl, void* transport);

 private:
  explicit TlsTransport(SslPtr ssl);
  [[nodiscard]] bool start();
  [[nodiscard]] Result<void> read_records(ByteBuffer& plaintext);
  [[nodiscard]] Result<void> broken();
  void count_post_handshake();

  // BIO's callbacks.
  struct WireBio;

  SslPtr ssl_;
  std::span<const char> incoming_;  // within ingest()
  ByteBuffer outgoing_;             // until the next emit()
  ByteBuffer* sink_ = &outgoing_;
  TimePoint now_{};
  TimePoint minute_end_ = TimePoint::min();
  int post_handshake_ = 0;  // in this minute
  bool has_ended_ = false;
  bool is_broken_ = false;
};

}  // namespace sockchat::net
