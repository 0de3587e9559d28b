#include "client/relayed_stream.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sockchat/wire/base64.h"
#include "sockchat/wire/requests.h"

namespace sockchat::client {

RelayedStream::RelayedStream(std::unique_ptr<net::Transport> transport, Carry carry)
    : transport_(std::move(transport)), carry_(std::move(carry)) {}

Result<void> RelayedStream::start() { return emit({}); }

Result<void> RelayedStream::on_piece(std::string_view base64, TimePoint now) {
  std::string bytes;
  const auto size = wire::base64_decoded_size(base64);
  if (!size || *size > wire::kRelayBytesMax || !wire::decode_base64(base64, bytes))
    return fail(Errc::bad_argument);
  const auto taken = transport_->ingest(bytes, now, said_);
  // What has to go back, also after a failure.
  const auto answered = emit({});
  return taken ? answered : taken;
}

Result<void> RelayedStream::send(std::string_view plaintext) { return emit(plaintext); }

void RelayedStream::finish() {
  transport_->finish(wire_);
  carry_wire();
}

Result<void> RelayedStream::emit(std::string_view plaintext) {
  const auto emitted = transport_->emit(plaintext, wire_);
  carry_wire();
  return emitted;
}

void RelayedStream::carry_wire() {
  while (!wire_.empty()) {
    const std::string_view piece = wire_.view().substr(0, wire::kRelayBytesMax);
    std::string base64;
    wire::append_base64(base64, piece);
    wire_.consume(piece.size());
    carry_(base64);
  }
  wire_.release();
}

}  // namespace sockchat::client
