// The frame of the wire: a 4-byte big-endian length, then that many bytes of one JSON object. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockchat::wire {

inline constexpr std::size_t kFrameHeaderBytes = 4;
// No frame from the server is longer; a list that would be is cut and says so ("more": true).
inline constexpr std::size_t kServerFrameMax = std::size_t{1} << 20;

enum class FrameState : std::uint8_t { complete, incomplete, bad };

struct FrameCut {
  FrameState state = FrameState::incomplete;
  std::span<char> payload;   // of a complete frame: the JSON text, a view into the input
  std::size_t consumed = 0;  // of a complete frame: header and payload
};

// Looks at the front of `input`. `bad`: the announced length is 0 or over `payload_max`, which shows as soon
// as the four bytes are there; nothing of the announced size is needed or allocated.
[[nodiscard]] FrameCut next_frame(std::span<char> input, std::size_t payload_max);

}  // namespace sockchat::wire
