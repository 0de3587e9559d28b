// The command line of the client, as values. Pure: touches neither files nor the terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "sockchat/client_core/client_output.h"
#include "sockchat/client_core/server_trust.h"

namespace sockchat::client {

// `sockchat [HOST] <server_port> [private_port]`, or an invitation in place of the first two
struct Options {
  std::string host = "localhost";
  std::uint16_t port = 0;
  std::uint16_t private_port = 0;  // 0: the system chooses
  std::optional<std::string> user = std::nullopt;
  std::optional<std::string> password_file = std::nullopt;  // "-": the first line of stdin
  bool json = false;
  bool plain = false;                                     // no line editor, also on a terminal
  std::optional<client_core::KeyPin> pin = std::nullopt;  // of the server's key, which must have it
  bool accept_new = false;                                // trust any key at first contact
  bool no_tls = false;                                    // clear text, also to other machines
  bool relay = false;                                     // private chats through the server only
  bool yes_private = false;                               // ... without asking
  bool no_private = false;                                // ... not at all

  bool operator==(const Options&) const = default;
};

// `sockchat forget-server HOST[:PORT]`
struct ForgetServer {
  std::string label;  // as it was typed
  std::string host;
  std::optional<std::uint16_t> port = std::nullopt;  // none: all of them

  bool operator==(const ForgetServer&) const = default;
};

// Nothing to run: a text to print, on stdout when `code` is `done` and on stderr otherwise.
struct EarlyExit {
  client_core::ExitCode code = client_core::ExitCode::done;
  std::string text;
};

// A first argument of digits is the port, and `forget-server` in its place is no host.
using CommandLine = std::variant<Options, ForgetServer, EarlyExit>;

[[nodiscard]] CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace sockchat::client
