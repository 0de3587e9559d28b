// Requests of the client that are under way, and lines of the user that wait until they may be. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sockchat/wire/request_id.h"

namespace sockchat::client_core {

// Whose request it is decides what its answer, or the lack of one, means.
enum class Origin : std::uint8_t {
  client,
  typed,
  written,  // by the user, as JSON
  outbox,
};

struct AskedRequest {
  std::string command;
  wire::RequestId id;
  Origin origin = Origin::client;
  std::string line = {};                    // as it was typed
  std::vector<std::string> arguments = {};  // no secrets
  bool again = false;                       // it was sent before, and the connection was lost
};

struct HeldLine {
  std::string line;
  bool again = false;
};

}  // namespace sockchat::client_core
