// What stands between a descriptor's bytes and the bytes that a program means: TLS. A connection in clear
// text has none. A pure transformer: it never sees a descriptor or a clock, so that tests wire two of them
// back to back.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/result.h"
#include "sockchat/base/time.h"

namespace sockchat::net {

class Transport {
 public:
  virtual ~Transport() = default;

  // Takes in all of `wire`, and appends the plaintext that it yields. What has to go back (a handshake, an
  // alert) comes out of the next emit(), also after a failure.
  virtual Result<void> ingest(std::span<const char> wire, TimePoint now, ByteBuffer& plaintext) = 0;
  // Plaintext to be sent, which may be empty; what goes to the wire is appended to `wire`. There must be none
  // before is_ready().
  virtual Result<void> emit(std::string_view plaintext, ByteBuffer& wire) = 0;
  // Appends what tells the peer that nothing more will come. The last call.
  virtual void finish(ByteBuffer& wire) = 0;

  // The handshake is over, and nothing has failed.
  [[nodiscard]] virtual bool is_ready() const = 0;
  // The peer has said that nothing more will come.
  [[nodiscard]] virtual bool has_ended() const = 0;
  // The pin of the key that the peer has proven to have, once is_ready(); empty when it was not asked for
  // one.
  [[nodiscard]] virtual std::string peer_pin() const = 0;
  // That key itself: SubjectPublicKeyInfo, DER. Empty when peer_pin() is, and before is_ready().
  [[nodiscard]] virtual std::string peer_key() const = 0;
  // 32 bytes that only the two ends of this very conversation know, the same for both (RFC 8446, 7.5, without
  // a context): what is signed together with them fits no other conversation. Empty before is_ready().
  [[nodiscard]] virtual std::string export_secret(std::string_view label) const = 0;
};

}  // namespace sockchat::net
