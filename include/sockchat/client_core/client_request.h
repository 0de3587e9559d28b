// How far the client has come, its requests that are under way, and lines of the user that wait until they
// may be. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sockchat/wire/request_id.h"

namespace sockchat::client_core {

enum class Stage : std::uint8_t {
  connecting,
  greeting,
  login,
  arriving,  // logged in; nothing is sent before the token is kept
  online,
  away,  // lost the connection, and waits for the next try or for a password
  leaving,
  finished,
};

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
