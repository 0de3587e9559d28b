#include "net/tls_transport.h"

#include <openssl/err.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::net {
namespace {

// The plaintext of one record, RFC 8446, 5.1.
constexpr std::size_t kRecordMax = 16 * 1024;
constexpr std::size_t kExportedBytes = 32;

struct MethodFree {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

}  // namespace

struct TlsTransport::WireBio {
  static int read(BIO* bio, char* target, int size) {
    auto& self = *static_cast<TlsTransport*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (self.incoming_.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t count = std::min(self.incoming_.size(), static_cast<std::size_t>(size));
    std::memcpy(target, self.incoming_.data(), count);
    self.incoming_ = self.incoming_.subspan(count);
    return static_cast<int>(count);
  }
  static int write(BIO* bio, const char* bytes, int size) {
    auto& self = *static_cast<TlsTransport*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    self.sink_->append({bytes, static_cast<std::size_t>(size)});
    return size;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  // Null when there was no memory for it at the first call.
  static const BIO_METHOD* method() {
    static const std::unique_ptr<BIO_METHOD, MethodFree> kMethod = [] {
      std::unique_ptr<BIO_METHOD, MethodFree> made(
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sockchat wire"));
      if (!made || BIO_meth_set_read(made.get(), read) != 1 || BIO_meth_set_write(made.get(), write) != 1 ||
          BIO_meth_set_ctrl(made.get(), control) != 1)
        made.reset();
      return made;
    }();
    return kMethod.get();
  }
};

Result<std::unique_ptr<Transport>> TlsTransport::create(SslPtr ssl) {
  std::unique_ptr<TlsTransport> transport(new TlsTransport(std::move(ssl)));
  if (!transport->start()) return tls_failure(Errc::system, "cannot begin TLS");
  return transport;
}

TlsTransport::TlsTransport(SslPtr ssl) : ssl_(std::move(ssl)) {}

bool TlsTransport::start() {
  const BIO_METHOD* const method = WireBio::method();
  BIO* const bio = method != nullptr ? BIO_new(method) : nullptr;
  if (bio == nullptr) return false;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // takes it
  SSL_set_msg_callback_arg(ssl_.get(), this);
  if (SSL_is_server(ssl_.get()) == 1) return true;
  // The client speaks first.
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  return SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
}

Result<void> TlsTransport::ingest(std::span<const char> wire, TimePoint now, ByteBuffer& plaintext) {
  if (is_broken_) return fail(Errc::bad_frame, "TLS has failed before");
  if (has_ended_) return {};
  incoming_ = wire;
  now_ = now;
  auto done = read_records(plaintext);
  incoming_ = {};
  return done;
}

// OpenSSL returns after each record that is no data, so that a flood of them is counted between two.
Result<void> TlsTransport::read_records(ByteBuffer& plaintext) {
  for (;;) {
    const std::span<char> room = plaintext.prepare(kRecordMax);
    std::size_t got = 0;
    ERR_clear_error();
    const int done = SSL_read_ex(ssl_.get(), room.data(), room.size(), &got);
    const int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
    if (post_handshake_ > kPostHandshakeMinuteMax) return broken();
    switch (error) {
      case SSL_ERROR_NONE:
        plaintext.commit(got);
        break;
      case SSL_ERROR_WANT_READ:
        if (incoming_.empty()) return {};
        break;
      case SSL_ERROR_ZERO_RETURN:
        has_ended_ = true;
        return {};
      default:
        return broken();
    }
  }
}

Result<void> TlsTransport::broken() {
  is_broken_ = true;
  return tls_failure(Errc::bad_frame, "TLS");
}

Result<void> TlsTransport::emit(std::string_view plaintext, ByteBuffer& wire) {
  wire.append(outgoing_.view());
  outgoing_.clear();
  outgoing_.release();
  SOCKCHAT_CHECK(plaintext.empty() || is_ready());
  sink_ = &wire;
  while (!plaintext.empty() && !is_broken_) {
    std::size_t written = 0;
    ERR_clear_error();
    // Everything is taken: the buffer behind it has no end.
    is_broken_ = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written) != 1;
    if (!is_broken_) plaintext.remove_prefix(written);
  }
  sink_ = &outgoing_;
  if (!plaintext.empty()) return tls_failure(Errc::system, "TLS");
  return {};
}

void TlsTransport::finish(ByteBuffer& wire) {
  if (!is_ready()) return;
  sink_ = &wire;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());  // close_notify; the peer's is not waited for
  ERR_clear_error();
  sink_ = &outgoing_;
}

bool TlsTransport::is_ready() const { return !is_broken_ && SSL_is_init_finished(ssl_.get()) == 1; }

std::string TlsTransport::peer_pin() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate != nullptr ? pin_of(*certificate) : std::string();
}

std::string TlsTransport::peer_key() const {
  const X509* const certificate = is_ready() ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
  return certificate != nullptr ? key_of(*certificate) : std::string();
}

std::string TlsTransport::export_secret(std::string_view label) const {
  if (!is_ready()) return {};
  std::string secret(kExportedBytes, '\0');
  ERR_clear_error();
  const bool is_made =
      SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(secret.data()), secret.size(),
                                 label.data(), label.size(), nullptr, 0, 0) == 1;
  ERR_clear_error();
  return is_made ? secret : std::string();
}

void TlsTransport::on_message(int is_written, int, int content_type, const void* bytes, std::size_t size,
                              SSL*, void* transport) {
  if (is_written != 0 || content_type != SSL3_RT_HANDSHAKE || size == 0 || transport == nullptr) return;
  const unsigned char type = *static_cast<const unsigned char*>(bytes);
  if (type == SSL3_MT_KEY_UPDATE || type == SSL3_MT_NEWSESSION_TICKET)
    static_cast<TlsTransport*>(transport)->count_post_handshake();
}

void TlsTransport::count_post_handshake() {
  if (now_ >= minute_end_) {
    minute_end_ = now_ + std::chrono::minutes(1);
    post_handshake_ = 0;
  }
  ++post_handshake_;
}

}  // namespace sockchat::net
