// The limits of the client's connections, to the server and to peers: those of a server, but for the last
// word.
#pragma once

#include "sockchat/base/limits.h"
#include "sockchat/net/connection_table.h"

namespace sockchat::client {

// How long the last words wait for the other side to take them: they are short, and the user wants to end.
inline constexpr Duration kGoodbyePatience = std::chrono::seconds(1);

[[nodiscard]] inline net::ConnectionLimits connection_limits() {
  const Limits limits;
  return {.turn_bytes = limits.turn_bytes,
          .send_queue_soft = limits.send_queue_soft,
          .send_queue_hard = limits.send_queue_hard,
          .send_stall = limits.send_stall_seconds,
          .linger = kGoodbyePatience};
}

}  // namespace sockchat::client
