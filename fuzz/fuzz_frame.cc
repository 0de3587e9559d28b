// The frame cutter: whatever the slices, the same frames come out, every byte is accounted for, and an
// announced length outside 1 to the maximum is bad as soon as it stands there. Input: the maximum, the
// slices' seed, the stream.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz_input.h"
#include "sockchat/base/byte_buffer.h"
#include "sockchat/wire/frame.h"

namespace sockchat {
namespace {

struct Outcome {
  std::vector<std::string> frames;
  bool bad = false;
  std::size_t left = 0;
  bool operator==(const Outcome&) const = default;
};

// One byte of `seed` a slice, again and again; its end, or a zero, means all that is left.
Outcome cut_in_slices(std::string_view stream, std::string_view seed, std::size_t payload_max) {
  Outcome outcome;
  ByteBuffer buffer;
  for (std::size_t turn = 0; !stream.empty(); ++turn) {
    const std::size_t slice = turn < seed.size() ? static_cast<unsigned char>(seed[turn]) : 0;
    const std::size_t size = slice == 0 ? stream.size() : std::min(slice, stream.size());
    buffer.append(stream.substr(0, size));
    stream.remove_prefix(size);
    while (!outcome.bad) {
      const wire::FrameCut front = wire::next_frame(buffer.bytes(), payload_max);
      if (front.state == wire::FrameState::incomplete) {
        SOCKCHAT_CHECK(front.consumed == 0 && front.payload.empty());
        break;
      }
      outcome.bad = front.state == wire::FrameState::bad;
      if (outcome.bad) break;
      SOCKCHAT_CHECK(!front.payload.empty() && front.payload.size() <= payload_max);
      SOCKCHAT_CHECK(front.payload.data() == buffer.data() + wire::kFrameHeaderBytes);
      SOCKCHAT_CHECK(front.consumed == wire::kFrameHeaderBytes + front.payload.size());
      outcome.frames.emplace_back(front.payload.data(), front.payload.size());
      buffer.consume(front.consumed);
    }
  }
  outcome.left = buffer.size();
  return outcome;
}

// The same by arithmetic on the whole stream.
Outcome cut_whole(std::string_view stream, std::size_t payload_max) {
  Outcome outcome;
  while (stream.size() >= 4 && !outcome.bad) {
    std::size_t length = 0;
    for (const char byte : stream.substr(0, 4)) length = length * 256 + static_cast<unsigned char>(byte);
    outcome.bad = length < 1 || length > payload_max;
    if (outcome.bad || stream.size() < 4 + length) break;
    outcome.frames.emplace_back(stream.substr(4, length));
    stream.remove_prefix(4 + length);
  }
  outcome.left = stream.size();
  return outcome;
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  std::string_view stream = fuzz::text_of(data, size);
  const std::size_t payload_max = 1 + fuzz::take_byte(stream) * std::size_t{16};
  const std::size_t slices = std::min<std::size_t>(fuzz::take_byte(stream), stream.size());
  const std::string_view seed = stream.substr(0, slices);
  stream.remove_prefix(slices);
  SOCKCHAT_CHECK(cut_in_slices(stream, seed, payload_max) == cut_whole(stream, payload_max));
  return 0;
}
