// The command line of the client, as values. Pure: touches neither files nor the terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "sockchat/client_core/client_output.h"

namespace sockchat::client {

// `sockchat [HOST] <server_port>`
struct Options {
  std::string host = "localhost";
  std::uint16_t port = 0;
  std::optional<std::string> user = std::nullopt;
  std::optional<std::string> password_file = std::nullopt;  // "-": the first line of stdin
  bool json = false;
  bool plain = false;   // no line editor, also on a terminal
  bool no_tls = false;  // clear text also to other machines

  bool operator==(const Options&) const = default;
};

// Nothing to run: a text to print, on stdout when `code` is `done` and on stderr otherwise.
struct EarlyExit {
  client_core::ExitCode code = client_core::ExitCode::done;
  std::string text;
};

using CommandLine = std::variant<Options, EarlyExit>;

[[nodiscard]] CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace sockchat::client
