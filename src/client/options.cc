#include "client/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "client/invitation.h"
#include "sockchat/base/version.h"
#include "sockchat/client_core/user_commands.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;

constexpr std::string_view kUsage =
    "usage: sockchat [HOST] <server_port> [private_port] [options]\n"
    "       sockchat <host:port#pin> [private_port] [options]\n"
    "       sockchat forget-server HOST[:PORT]\n"
    "       sockchat --help\n";

constexpr std::string_view kForgetCommand = "forget-server";
constexpr std::string_view kForgetUsage = "usage: sockchat forget-server HOST[:PORT]\n";
constexpr std::string_view kForgetHelp =
    R"(Forgets the key by which a server is known, of one port or of all ports of the host. The next connection is
a first contact again. Do it when you know why the key has changed: another machine, a data directory made anew.

The keys stand in known_servers, in $XDG_STATE_HOME/sockchat or ~/.local/state/sockchat.

Exit codes: 0 forgotten, 1 nothing was known, or the file cannot be used, 2 wrong usage
)";

constexpr std::string_view kFooter =
    R"(Input that is not a terminal is read as typed: name, password, then commands, each one sent when the one
before it is answered. At its end the client logs out.

The connection is encrypted, and no password leaves before the server's key is accepted. A key that is given, by
--pin or in an invitation (host:port#pin), is the only one that will do. Otherwise the first contact decides: on a
terminal you are shown the key and asked, a server on this machine is trusted with a notice, and anywhere else
the client refuses, unless told --accept-new. From then on the key is known. One that has changed is refused,
until `sockchat forget-server HOST:PORT` forgets it.

Private chats go from client to client, encrypted, once both sides have agreed; the other side calls at
private_port, or at a port that the system chooses, and sees your address. With --relay, and where no direct
connection stands within five seconds, they go through the server, which cannot read them. Your key for them
stands in identity.pem, in $XDG_STATE_HOME/sockchat or ~/.local/state/sockchat, and is made at the first start.

After a lost connection the client comes back by itself: on a terminal it tries until you end it, elsewhere
for five minutes. What is not sent yet, and how far messages were shown, stands in a small file for each
account, in $XDG_STATE_HOME/sockchat or ~/.local/state/sockchat.

Examples:
  sockchat 4000
      Connect to port 4000 of this machine.
  sockchat 'chat.example:4000#3f9a...'
      Connect to the server of an invitation, and to no other.
  printf 'message yoda Hey Dude\n' | sockchat 4000 --user hans --password-file ~/.sockchat-password
      Send a message from a script.

Exit codes:
  0  logout, logged out after inactivity, end of input, Ctrl-C
  1  the server cannot be reached, or not any more, or its key is refused; a given name or password was refused
  2  wrong usage
  3  shut out after wrong passwords
)";

EarlyExit wrong_usage(std::string_view what) {
  return {ExitCode::usage, fmt::format("sockchat: {}\n{}", what, kUsage)};
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
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

CommandLine forget_command_line(std::span<const char* const> arguments) {
  const auto wrong = [](std::string_view what) {
    return EarlyExit{ExitCode::usage, fmt::format("sockchat {}: {}\n{}", kForgetCommand, what, kForgetUsage)};
  };
  if (arguments.size() == 1 && std::string_view(arguments[0]) == "--help")
    return EarlyExit{ExitCode::done, fmt::format("{}\n{}", kForgetUsage, kForgetHelp)};
  if (arguments.empty()) return wrong("the server is missing");
  if (arguments.size() > 1) return wrong("too many arguments");
  auto server = parse_server_name(arguments[0]);
  if (!server) return wrong(server.error().text);
  return ForgetServer{arguments[0], std::move(server->host), server->port};
}

std::string why_no_port(std::string_view host) {
  const auto server = parse_server_name(host);
  const bool almost_invites = server && server->port;
  return almost_invites ? parse_invitation(host).error().text : "the server's port is missing";
}

Result<std::uint16_t> take_port(std::vector<std::string>& where) {
  const auto port = to_port(where.front());
  if (!port)
    return fail(Errc::bad_argument, fmt::format("'{}' is not a port from 1 to 65535", where.front()));
  where.erase(where.begin());
  return *port;
}

// Neither hosts nor ports have a #.
Result<void> take_invitation(std::vector<std::string>& where, Options& options) {
  auto invitation = parse_invitation(where.front());
  if (!invitation) return tl::unexpected(invitation.error());
  where.erase(where.begin());
  if (options.pin && *options.pin != invitation->pin)
    return fail(Errc::bad_argument, "--pin and the invitation are not about the same key");
  options.host = std::move(invitation->host);
  options.port = invitation->port;
  options.pin = std::move(invitation->pin);
  return {};
}

Result<void> take_host_and_port(std::vector<std::string>& where, Options& options) {
  if (!is_number(where.front())) {
    options.host = where.front();
    where.erase(where.begin());
  }
  if (where.empty()) return fail(Errc::bad_argument, why_no_port(options.host));
  const auto port = take_port(where);
  if (!port) return tl::unexpected(port.error());
  options.port = *port;
  return {};
}

// [HOST] PORT, or an invitation; then the own port.
Result<void> take_place(std::vector<std::string> where, Options& options) {
  if (where.empty()) return fail(Errc::bad_argument, "the server's port is missing");
  auto server =
      where.front().contains('#') ? take_invitation(where, options) : take_host_and_port(where, options);
  if (!server || where.empty()) return server;
  if (where.size() > 1) return fail(Errc::bad_argument, "too many arguments");
  const auto port = take_port(where);
  if (!port) return tl::unexpected(port.error());
  options.private_port = *port;
  return {};
}

// What contradicts itself.
Result<void> judge_private(const Options& options) {
  const bool listens = options.private_port != 0;
  if (options.no_private && (options.relay || options.yes_private || listens))
    return fail(Errc::bad_argument, "with --no-private there is nothing to say about private chats");
  if (options.relay && listens)
    return fail(Errc::bad_argument, "with --relay nobody calls at a private port");
  return {};
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() > 1 && arguments[1] == kForgetCommand)
    return forget_command_line(arguments.subspan(2));

  Options options;
  std::vector<std::string> where;
  std::string user;
  std::string password_file;
  std::string pin;
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
  auto* pin_option =
      app.add_option("--pin", pin, "the server's key must be this one: 64 hex digits")->type_name("HEX");
  app.add_flag("--accept-new", options.accept_new, "trust the key of a server that is not known yet");
  app.add_flag("--no-tls", options.no_tls, "no encryption: your password goes over the network in the clear");
  app.add_flag("--relay", options.relay, "private chats through the server only: nobody sees your address");
  app.add_flag("--yes-private", options.yes_private, "accept private chats without asking");
  app.add_flag("--no-private", options.no_private, "no private chats");
  app.add_flag("--version", version, "what this is");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{ExitCode::done, help_of(app)};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  }
  if (version) return EarlyExit{ExitCode::done, fmt::format("sockchat {}\n", kVersion)};

  if (pin_option->count() > 0) {
    options.pin = client_core::KeyPin::parse(pin);
    if (!options.pin) return wrong_usage(fmt::format("--pin '{}': that is not 64 hex digits", pin));
  }
  if (const auto place = take_place(std::move(where), options); !place)
    return wrong_usage(place.error().text);
  if (const auto fits = judge_private(options); !fits) return wrong_usage(fits.error().text);
  if (options.no_tls && (options.pin || options.accept_new))
    return wrong_usage("with --no-tls there is no key that could be checked");
  if (password_option->count() > 0 && user_option->count() == 0)
    return wrong_usage("whose password? --user is missing");
  if (user_option->count() > 0) options.user = user;
  if (password_option->count() > 0) options.password_file = password_file;
  return options;
}

}  // namespace sockchat::client
