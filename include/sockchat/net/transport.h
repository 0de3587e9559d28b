// What stands between a descriptor's bytes and the bytes that a program means: nothing (PlainTransport), or
// TLS. A pure transformer: it never sees a descriptor, so that tests wire two of them back to back.
#pragma once

#include <span>
#include <string_view>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/result.h"

namespace sockchat::net {

class Transport {
 public:
  virtual ~Transport() = default;

  // Bytes from the wire. The plaintext that they yield is the returned span, which may be the input itself
  // (in place, with the same readable padding behind it) or a buffer of the transport that is good until the
  // next call.
  virtual Result<std::span<char>> ingest(std::span<char> wire) = 0;

  // True when plaintext may go to the wire as it stands; then emit() is not called.
  [[nodiscard]] virtual bool is_plain() const = 0;
  // Plaintext to be sent; what goes to the wire is appended to `wire`.
  virtual Result<void> emit(std::string_view plaintext, ByteBuffer& wire) = 0;
};

class PlainTransport final : public Transport {
 public:
  Result<std::span<char>> ingest(std::span<char> wire) override { return wire; }
  [[nodiscard]] bool is_plain() const override { return true; }
  Result<void> emit(std::string_view plaintext, ByteBuffer& wire) override {
    wire.append(plaintext);
    return {};
  }
};

}  // namespace sockchat::net
