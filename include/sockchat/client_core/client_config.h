// How a client is to behave, decided when it starts. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sockchat/base/secret.h"
#include "sockchat/client_core/history_view.h"

namespace sockchat::client_core {

enum class Format : std::uint8_t {
  lines,  // for people
  json,   // the server's frames as they are, and {"client": ...}
};

struct ClientConfig {
  std::string server;  // as people write it: "localhost:4000"
  Format format = Format::lines;
  bool ascii =
      false;  // JSON goes to a terminal: what is not printable ASCII is escaped, which means the same
  std::optional<std::string> user = std::nullopt;  // asked for when absent
  std::optional<Secret> password = std::nullopt;   // asked for when absent
  bool password_once = false;  // a refused login ends the client: nobody is there to be asked again
  // Somebody sits there: he may be asked for the password again when the client comes back, and it tries for
  // as long as he wants.
  bool on_terminal = false;
  // Where nobody does: ClientOutput::read_password() may know it.
  bool password_again = false;
  bool accept_private = false;      // private chats, without asking the user
  std::string why_no_private = {};  // where there are none, and that was not the user's wish
  LocalTime local_time = utc_time;
};

}  // namespace sockchat::client_core
