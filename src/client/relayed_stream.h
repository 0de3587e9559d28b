// A private connection that goes through the server: the TLS of two people without a socket of their own, in
// pieces that a `relay` frame can carry. Loop thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/result.h"
#include "sockchat/base/time.h"
#include "sockchat/net/transport.h"

namespace sockchat::client {

class RelayedStream final {
 public:
  // One piece, in base64.
  using Carry = std::move_only_function<void(std::string_view base64)>;

  RelayedStream(std::unique_ptr<net::Transport> transport, Carry carry);

  // The dialing end's first word.
  [[nodiscard]] Result<void> start();
  // What has come; what it says is read from said(). bad_argument: no base64, or no TLS that fits.
  [[nodiscard]] Result<void> on_piece(std::string_view base64, TimePoint now);
  // Only when is_ready().
  [[nodiscard]] Result<void> send(std::string_view plaintext);
  // The last call: tells the peer that this is all.
  void finish();

  [[nodiscard]] const net::Transport& transport() const { return *transport_; }
  [[nodiscard]] ByteBuffer& said() { return said_; }

 private:
  Result<void> emit(std::string_view plaintext);
  void carry_wire();

  std::unique_ptr<net::Transport> transport_;
  Carry carry_;
  ByteBuffer said_;
  ByteBuffer wire_;
};

}  // namespace sockchat::client
