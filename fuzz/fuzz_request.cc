// The request reader against the strict reference: both refuse, or both read the same. What was read is taken
// apart by every command, written by the client's writer, and read back.
#include <algorithm>
#include <string>

#include "fuzz_input.h"
#include "sockchat/wire/request.h"
#include "sockchat/wire/requests.h"
#include "support/padded_text.h"
#include "support/strict_json.h"

namespace sockchat {
namespace {

void check_same(const wire::RequestReading& ours, const test::StrictRequest& reference) {
  SOCKCHAT_CHECK(!ours.error);
  SOCKCHAT_CHECK(ours.request.command == reference.command);
  SOCKCHAT_CHECK(std::ranges::equal(ours.request.data, reference.data));
  SOCKCHAT_CHECK(ours.request.id == reference.id);
  SOCKCHAT_CHECK(ours.request.cid.has_value() == reference.cid.has_value());
  SOCKCHAT_CHECK(!reference.cid || *ours.request.cid == *reference.cid);
}

template <class... Commands>
void decode_all(const wire::Request& request) {
  const auto judge = [](const auto& command) {
    SOCKCHAT_CHECK(command || command.error().code == Errc::bad_argument);
  };
  (judge(Commands::decode(request)), ...);
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  const std::string_view json = fuzz::text_of(data, size);
  const auto reference = test::read_strictly(json);
  test::PaddedText text(json);
  // One reader for all inputs: nothing of the one before may show.
  static wire::RequestReader reader;
  const wire::RequestReading reading = reader.read(text.span());
  if (!reference) {
    SOCKCHAT_CHECK(reading.error && reading.error->code == Errc::bad_request && !reading.error->text.empty());
    return 0;
  }
  check_same(reading, *reference);

  decode_all<wire::Hello, wire::Login, wire::Register, wire::Passwd, wire::Logout, wire::Message,
             wire::Broadcast, wire::Ack, wire::WhoElse, wire::WhoElseSince, wire::Block, wire::Unblock,
             wire::Blocked, wire::Ping, wire::Pong>(reading.request);

  std::string frame;
  const wire::Request& request = reading.request;
  wire::append_request(frame, request.command, request.data, request.id, request.cid);
  test::PaddedText again(std::string_view(frame).substr(4));
  check_same(reader.read(again.span()), *reference);
  return 0;
}
