// The writer: texts of any valid UTF-8 come back from the reader as they were, in a frame that the cutter
// accepts, and from the reference too. Input: texts, ended by 0xFF each (no byte of UTF-8); what is no UTF-8
// is made so.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz_input.h"
#include "sockchat/wire/events.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/request.h"
#include "sockchat/wire/server_frame.h"
#include "support/padded_text.h"
#include "support/strict_json.h"

namespace sockchat {
namespace {

std::string valid_part(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    if (!test::strict::take_utf8(bytes, text)) bytes.remove_prefix(1);
  }
  return text;
}

std::vector<std::string> texts_of(std::string_view input) {
  std::vector<std::string> texts;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\xFF'), input.size());
    texts.push_back(valid_part(input.substr(0, end)));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return texts;
}

std::string_view payload_of(std::string& frame) {
  const wire::FrameCut front = wire::next_frame(frame, frame.size());
  SOCKCHAT_CHECK(front.state == wire::FrameState::complete && front.consumed == frame.size());
  return {front.payload.data(), front.payload.size()};
}

void check_request(const std::vector<std::string>& texts) {
  const std::vector<std::string_view> data(texts.begin(), texts.end());
  const std::string_view command = data.empty() ? std::string_view() : data.back();
  const wire::RequestId id = std::string(command.substr(0, command.size() < 64 ? command.size() : 0));
  std::string frame;
  wire::append_request(frame, command, data, id);

  const auto reference = test::read_strictly(payload_of(frame));
  SOCKCHAT_CHECK(reference && reference->data == texts && reference->command == command &&
                 reference->id == id);
  test::PaddedText json(payload_of(frame));
  static wire::RequestReader reader;
  const wire::RequestReading reading = reader.read(json.span());
  SOCKCHAT_CHECK(!reading.error && reading.request.command == command && reading.request.id == id);
  SOCKCHAT_CHECK(std::ranges::equal(reading.request.data, data));
}

void check_event(const std::string& from, const std::string& text) {
  std::string frame;
  wire::MessageEvent{from, text, MessageId(from.size()), WallTime(), true}.encode(frame);
  test::PaddedText json(payload_of(frame));
  static wire::ServerFrameReader reader;
  const auto event = reader.read(json.span());
  SOCKCHAT_CHECK(event && event->command == "message" && event->stored);
  SOCKCHAT_CHECK(event->data.size() == 2 && event->data[0] == from && event->data[1] == text);
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  const std::vector<std::string> texts = texts_of(fuzz::text_of(data, size));
  check_request(texts);
  if (!texts.empty()) check_event(texts.front(), texts.back());
  return 0;
}
