#include "client/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "sockchat/base/version.h"
#include "sockchat/client_core/user_commands.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;

constexpr std::string_view kUsage =
    "usage: sockchat [HOST] <server_port> [options]\n"
    "       sockchat --help\n";

constexpr std::string_view kFooter =
    R"(Input that is not a terminal is read as typed: name, password, then commands, each one sent when the one
before it is answered. At its end the client logs out.

After a lost connection the client comes back by itself: on a terminal it tries until you end it, elsewhere
for five minutes. What is not sent yet, and how far messages were shown, stands in a small file for each
account, in $XDG_STATE_HOME/sockchat or ~/.local/state/sockchat.

Examples:
  sockchat 4000
      Connect to port 4000 of this machine.
  printf 'message yoda Hey Dude\n' | sockchat 4000 --user hans --password-file ~/.sockchat-password
      Send a message from a script.

Exit codes:
  0  logout, logged out after inactivity, end of input, Ctrl-C
  1  the server cannot be reached, or not any more; a given name or password was refused
  2  wrong usage
  3  shut out after wrong passwords
)";

EarlyExit wrong_usage(std::string_view what) {
  return {ExitCode::usage, fmt::format("sockchat: {}\n{}", what, kUsage)};
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, port);
  if (problem != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

std::string help_of(const CLI::App& app) {
  std::string commands = "Commands:\n";
  for (const std::string& line : client_core::describe_user_commands())
    commands += fmt::format("  {}\n", line);
  CLI::Formatter formatter;
  formatter.column_width(26);
  const std::string listed = formatter.make_groups(&app, CLI::AppFormatMode::Normal);
  return fmt::format("{}{}{}\n{}", kUsage, listed, commands, kFooter);
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  Options options;
  std::vector<std::string> where;
  std::string user;
  std::string password_file;
  bool version = false;

  CLI::App app;
  app.set_help_flag("--help", "this text");
  app.add_option("where", where)->group("");
  auto* user_option = app.add_option("--user", user, "log in under this name")->type_name("NAME");
  auto* password_option =
      app.add_option("--password-file", password_file, "its first line is the password; -: that of the input")
          ->type_name("FILE");
  app.add_flag("--json", options.json, "show the server's frames, one a line; lines with { are requests");
  app.add_flag("--plain", options.plain, "no line editor, also on a terminal");
  app.add_flag("--no-tls", options.no_tls, "also to another machine: your password goes there in the clear");
  app.add_flag("--version", version, "what this is");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{ExitCode::done, help_of(app)};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  }
  if (version) return EarlyExit{ExitCode::done, fmt::format("sockchat {}\n", kVersion)};

  if (where.empty()) return wrong_usage("the server's port is missing");
  if (!is_number(where.front())) {
    options.host = where.front();
    where.erase(where.begin());
  }
  if (where.size() != 1)
    return wrong_usage(where.empty() ? "the server's port is missing" : "too many arguments");
  const auto port = to_port(where.front());
  if (!port) return wrong_usage(fmt::format("'{}' is not a port from 1 to 65535", where.front()));
  options.port = *port;
  if (password_option->count() > 0 && user_option->count() == 0)
    return wrong_usage("whose password? --user is missing");
  if (user_option->count() > 0) options.user = user;
  if (password_option->count() > 0) options.password_file = password_file;
  return options;
}

}  // namespace sockchat::client
