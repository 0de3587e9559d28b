// The client's reader against a hostile server: any bytes are refused as bad_frame or read into something
// that keeps the promises of server_frame.h.
#include <string>

#include "fuzz_input.h"
#include "sockchat/wire/server_frame.h"
#include "support/padded_text.h"
#include "support/strict_json.h"

namespace sockchat {
namespace {

// Valid UTF-8 to the end.
void check_text(std::string_view text) {
  std::string copy;
  while (!text.empty()) SOCKCHAT_CHECK(test::strict::take_utf8(text, copy));
}

void check_promises(const wire::ServerFrame& frame) {
  using enum wire::ServerFrameKind;
  SOCKCHAT_CHECK(frame.kind != event || !frame.command.empty());
  SOCKCHAT_CHECK(frame.kind != error || !frame.code.empty());
  for (const std::string_view text :
       {frame.command, frame.code, frame.mid, frame.time, frame.delivery, frame.last_login, frame.cut}) {
    check_text(text);
  }
  if (frame.token) check_text(*frame.token);
  SOCKCHAT_CHECK(frame.items.size() <= wire::kServerItemsMax);
  for (const wire::ServerItem& item : frame.items) {
    for (const std::string_view text : {item.mid, item.from, item.to, item.text, item.time, item.login,
                                        item.logout, item.reason, item.address}) {
      check_text(text);
    }
  }
  for (const std::string_view text : frame.data) check_text(text);
  if (const auto* number = std::get_if<std::uint64_t>(&frame.id))
    SOCKCHAT_CHECK(*number <= wire::kRequestIdMax);
  if (const auto* word = std::get_if<std::string>(&frame.id)) {
    SOCKCHAT_CHECK(word->size() <= wire::kRequestIdBytesMax);
    check_text(*word);
  }
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  test::PaddedText text(fuzz::text_of(data, size));
  static wire::ServerFrameReader reader;
  const auto frame = reader.read(text.span());
  if (frame) {
    check_promises(*frame);
  } else {
    SOCKCHAT_CHECK(frame.error().code == Errc::bad_frame && !frame.error().text.empty());
  }
  return 0;
}
