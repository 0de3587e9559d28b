// The relay's frames: a 4-byte big-endian length, one byte of kind, then the text. In `login` and `message`
// a 4-byte address stands before the text, in the machine's own order: both sides are on one machine.
#pragma once

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sockchat::bench {

enum class RelayKind : char {
  // To the relay; each gets an `ok`.
  login = 'L',
  message = 'M',
  broadcast = 'B',
  // From the relay.
  ok = 'O',
  event = 'E',
};

inline constexpr std::size_t kRelayHeaderBytes = 4;

inline std::size_t load_length(const char* header) {
  std::uint32_t length = 0;
  std::memcpy(&length, header, sizeof length);
  return ntohl(length);
}

inline void append_relay_frame(std::string& out, RelayKind kind, std::string_view text) {
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(1 + text.size()));
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  out += static_cast<char>(kind);
  out.append(text);
}

// `login` and `message`.
inline void append_relay_frame(std::string& out, RelayKind kind, std::uint32_t address,
                               std::string_view text) {
  std::string addressed(reinterpret_cast<const char*>(&address), sizeof address);
  addressed.append(text);
  append_relay_frame(out, kind, addressed);
}

}  // namespace sockchat::bench
