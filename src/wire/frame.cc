#include "sockchat/wire/frame.h"

namespace sockchat::wire {

FrameCut next_frame(std::span<char> input, std::size_t payload_max) {
  if (input.size() < kFrameHeaderBytes) return {};
  std::size_t length = 0;
  for (const char byte : input.first<kFrameHeaderBytes>())
    length = length << 8 | static_cast<unsigned char>(byte);
  if (length == 0 || length > payload_max) return {FrameState::bad, {}, 0};
  // Subtracted, not added: no sum here can wrap.
  if (input.size() - kFrameHeaderBytes < length) return {};
  return {FrameState::complete, input.subspan(kFrameHeaderBytes, length), kFrameHeaderBytes + length};
}

}  // namespace sockchat::wire
