// Many logins, some at a time: the server's queue of them is bounded.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "support/crowd_peers.h"

namespace sockchat::abuse {

inline constexpr const char* kPassword = "correct-horse";

struct Entry {
  std::string name;
  Way way;
  std::string hello = R"({"command":"hello"})";  // no features: no presence events, no acks
};

// Connects `count` peers and logs them in. Gives up when one is refused or closed. Frames that are not an
// answer to that (messages that waited) are passed on.
void log_in(Crowd& crowd, std::size_t count, const std::function<Entry(std::size_t)>& entry,
            const Crowd::OnFrame& on_other = {});

}  // namespace sockchat::abuse
