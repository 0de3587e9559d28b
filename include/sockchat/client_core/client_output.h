// What the client core asks of its surroundings. The program implements it on a reactor and a terminal, tests
// record it. Called from inside the core's entry points, on their thread; must not call back into the core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sockchat/base/secret.h"

namespace sockchat::client_core {

enum class ExitCode : std::uint8_t {
  done = 0,         // logout, timeout, end of input, interrupt
  unreachable = 1,  // no server, or not any more, or none that is to be trusted
  usage = 2,
  shut_out = 3,  // after wrong passwords
};

// What the next line will be taken for.
enum class Asking : std::uint8_t {
  nothing,
  trust,  // of the server's key: by the program, before the core has a connection
  name,
  password,
  old_password,
  new_password,
  new_password_again,
  command,
};

// "Username: " and the like, without a line break behind it. "> " for a command: for terminals with a line
// editor only.
[[nodiscard]] std::string_view prompt_of(Asking asking);
// True for what must not be echoed, nor kept once the core has seen it.
[[nodiscard]] bool is_secret(Asking asking);

class ClientOutput {
 public:
  virtual ~ClientOutput() = default;

  // A connection in place of the one that was lost: on_connected() or on_unreachable() follows. Not for the
  // first one, with which the program begins.
  virtual void connect() = 0;
  // Nothing more is wanted of the connection that there is.
  virtual void disconnect() = 0;
  // Whole frames for the server.
  virtual void send(std::string_view frames) = 0;
  // A line for the user (stdout), without line break; it has passed sanitize(), or is JSON.
  virtual void print(std::string_view line) = 0;
  // The same for what is wrong with the client's surroundings (stderr).
  virtual void complain(std::string_view line) = 0;
  // What is asked from now on. The same as before means: ask once more. In JSON format nobody is shown a
  // prompt, but a terminal must still not echo a password.
  virtual void ask(Asking asking) = 0;
  // A client's own id for a message: 1 to 64 of A-Z a-z 0-9 _ -, never the same twice.
  virtual std::string fresh_cid() = 0;
  // Any number, each as likely as the other.
  virtual std::uint64_t random() = 0;
  // The password as it is to be had now without asking anybody (ClientConfig::password_again), or none.
  virtual std::optional<Secret> read_password() = 0;
  // Once, and last: the program ends when its output has been written.
  virtual void finish(ExitCode code) = 0;
};

}  // namespace sockchat::client_core
