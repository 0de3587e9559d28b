#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "client/client.h"
#include "client/editor_console.h"
#include "client/forget_server.h"
#include "client/known_servers.h"
#include "client/local_time.h"
#include "client/memory_path.h"
#include "client/options.h"
#include "client/password_file.h"
#include "client/peer_hub.h"
#include "client/private_folder.h"
#include "client/server_address.h"
#include "client/sqlite_memory.h"
#include "client/stream_console.h"
#include "sockchat/base/core_files.h"
#include "sockchat/net/identity_file.h"
#include "sockchat/net/signals.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;
using client_core::Format;

int exit_status(ExitCode code) { return static_cast<int>(code); }

int give_up(const Error& error, ExitCode code) {
  std::fputs((error.text + "\n").c_str(), stderr);
  return exit_status(code);
}

Result<client_core::ClientConfig> configure(const Options& options) {
  client_core::ClientConfig config{.server = server_label(options.host, options.port)};
  config.format = options.json ? Format::json : Format::lines;
  config.ascii = ::isatty(STDOUT_FILENO) == 1;
  config.user = options.user;
  config.accept_private = options.yes_private;
  config.on_terminal = !options.json && ::isatty(STDIN_FILENO) == 1;
  config.local_time = local_time;
  config.password_once = options.password_file.has_value();
  if (config.password_once && *options.password_file != "-") {
    auto file = read_password_file(*options.password_file);
    if (!file) return tl::unexpected(file.error());
    if (file->exposed)
      std::fputs(fmt::format("Warning: others may read {}\n", *options.password_file).c_str(), stderr);
    config.password = std::move(file->password);
    config.password_again = true;
  }
  return config;
}

std::optional<std::string> state() {
  return state_folder(std::getenv("XDG_STATE_HOME"), std::getenv("HOME"));
}

// None: clear text.
Result<std::optional<Encryption>> encrypt(const Options& options, const client_core::ClientConfig& config) {
  if (options.no_tls) return std::nullopt;
  auto tls = net::TlsContext::for_client();
  if (!tls) return tl::unexpected(tls.error());
  client_core::TrustPolicy policy{.server = config.server,
                                  .pin = options.pin,
                                  .accept_new = options.accept_new,
                                  .can_ask = config.on_terminal};
  return Encryption{*std::move(tls), ServerGate(std::move(policy), known_name(options.host, options.port),
                                                KnownServers(state()))};
}

// The key of this user on this machine, for private chats with whoever and through whichever server.
Result<Secret> open_identity() {
  const auto folder = state();
  if (!folder) return fail(Errc::system, "neither XDG_STATE_HOME nor HOME says where your key could be kept");
  if (auto made = make_private_folder(*folder); !made) return tl::unexpected(made.error());
  return net::open_identity_file(*folder + "/identity.pem");
}

// None: there are no private chats, and `config` says why if that was not wished. An error is about the port
// that was named.
Result<std::unique_ptr<PeerHub>> open_peers(net::Reactor& reactor, const Options& options,
                                            client_core::ClientConfig& config) {
  if (options.no_private) return nullptr;
  auto identity = open_identity();
  if (!identity) {
    config.why_no_private = identity.error().text;
    return nullptr;
  }
  auto peers = PeerHub::create(
      reactor, {.identity = *std::move(identity), .port = options.private_port, .relay_only = options.relay});
  if (peers) return peers;
  if (options.private_port != 0)
    return fail(Errc::system, fmt::format("Error. No private chats: {}", peers.error().text));
  config.why_no_private = peers.error().text;
  return nullptr;
}

// The editor where it can work, plain lines elsewhere.
std::unique_ptr<Console> make_console(net::Reactor& reactor, const Options& options) {
  const bool editor = !options.plain && !options.json && Terminal::usable(STDIN_FILENO, STDOUT_FILENO);
  if (editor) {
    auto console = std::make_unique<EditorConsole>(reactor, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
    if (console->start()) return console;
  }
  const auto prompts = options.json ? StreamConsole::Prompts::hidden : StreamConsole::Prompts::shown;
  return std::make_unique<StreamConsole>(reactor, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, prompts);
}

int run(const Options& options) {
  auto config = configure(options);
  if (!config) return give_up(config.error(), ExitCode::usage);
  auto addresses = find_server(options.host, options.port);
  if (!addresses) return give_up(addresses.error(), ExitCode::unreachable);
  auto encryption = encrypt(options, *config);
  if (!encryption) return give_up(encryption.error(), ExitCode::unreachable);
  auto reactor = net::Reactor::create();
  if (!reactor) return give_up(reactor.error(), ExitCode::unreachable);

  const auto peers = open_peers(**reactor, options, *config);
  if (!peers) return give_up(peers.error(), ExitCode::usage);

  const auto console = make_console(**reactor, options);
  Client* running = nullptr;
  // Before the memory starts its thread: who blocks signals later leaves them to that one.
  const auto signals = net::SignalSource::create(**reactor, {SIGINT, SIGTERM, SIGHUP, SIGWINCH},
                                                 [&running, &console](int signal) {
                                                   if (signal == SIGWINCH) return console->resize();
                                                   running->interrupt();
                                                 });
  if (!signals) return give_up(signals.error(), ExitCode::unreachable);
  SqliteMemory memory(**reactor, state(), config->server);
  Client client(**reactor, *console, *std::move(config), *std::move(addresses), *std::move(encryption),
                &memory, peers->get(),
                [&options]() { return read_password_again(options.password_file.value_or("")); });
  running = &client;
  (*reactor)->run();
  if (const auto& lost = (*reactor)->failure()) return give_up(*lost, ExitCode::unreachable);
  return exit_status(client.exit_code().value_or(ExitCode::done));
}

// A program that is started with closed ones would get its own descriptors under their numbers.
void open_missing_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd)
      std::_Exit(exit_status(ExitCode::unreachable));
  }
}

int say_and_end(const EarlyExit& exit) {
  std::fputs(exit.text.c_str(), exit.code == ExitCode::done ? stdout : stderr);
  return exit_status(exit.code);
}

int start(int argc, const char* const* argv) {
  open_missing_streams();
  const CommandLine command_line = parse_command_line(argc, argv);
  if (const auto* early = std::get_if<EarlyExit>(&command_line)) return say_and_end(*early);
  if (const auto* forget = std::get_if<ForgetServer>(&command_line)) {
    KnownServers known(state());
    return say_and_end(forget_server(*forget, known));
  }
  return run(std::get<Options>(command_line));
}

}  // namespace
}  // namespace sockchat::client

int main(int argc, char** argv) {
  sockchat::forbid_core_files();
  // A reader of our output that has gone is told by write(2).
  std::signal(SIGPIPE, SIG_IGN);
  return sockchat::client::start(argc, argv);
}
