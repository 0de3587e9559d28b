// sockchat-server: parses the command line, runs what it names, and says in one line why it could not.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "server/account_command.h"
#include "server/backup_command.h"
#include "server/config_print.h"
#include "server/configuration.h"
#include "server/exit_code.h"
#include "server/options.h"
#include "server/pin_command.h"
#include "server/process.h"
#include "server/server.h"

namespace sockchat::server {
namespace {

int say(const EarlyExit& early) {
  std::fputs(early.text.c_str(), early.code == kExitOk ? stdout : stderr);
  return early.code;
}

int complain(const std::string& what, int code) {
  std::fprintf(stderr, "sockchat-server: %s\n", what.c_str());
  return code;
}

int serve(Configuration configuration) {
  std::string failure;
  int code = kExitOk;
  {
    Server server(std::move(configuration), {.notify_socket = std::getenv("NOTIFY_SOCKET"),
                                             .watchdog_usec = std::getenv("WATCHDOG_USEC"),
                                             .watchdog_pid = std::getenv("WATCHDOG_PID")});
    if (const auto opened = server.open(); !opened) {
      failure = opened.error().text;
      code = kExitFailure;
    } else {
      code = server.run();
      failure = server.failure();
    }
    ignore_stop_signals();
  }
  // Behind the log's last line.
  return code == kExitOk ? code : complain(failure, code);
}

// A thread that cannot be started is the one thing that the standard library throws at us.
int serve_or_say(Configuration configuration) {
  try {
    return serve(std::move(configuration));
  } catch (const std::system_error& error) {
    return complain(std::string("cannot start a thread: ") + error.what(), kExitFailure);
  }
}

int run_serve(ServeCommand command) {
  const ServeAction action = command.action;
  auto configuration = Configuration::load(std::move(command));
  if (!configuration) return complain(configuration.error().text, kExitFailure);
  if (action == ServeAction::serve) return serve_or_say(*std::move(configuration));
  if (action == ServeAction::check_config) return say({kExitOk, "ok\n"});
  auto text = print_config(configuration->options());
  return text ? say({kExitOk, *std::move(text)}) : complain(text.error().text, kExitFailure);
}

int run(CommandLine command_line) {
  if (const auto* early = std::get_if<EarlyExit>(&command_line)) return say(*early);
  harden_process();
  if (const auto* account = std::get_if<AccountOptions>(&command_line)) {
    const auto done = run_account_command(*account);
    return done ? kExitOk : complain(done.error().text, kExitFailure);
  }
  if (const auto* backup = std::get_if<BackupOptions>(&command_line)) {
    const auto done = run_backup_command(*backup);
    return done ? kExitOk : complain(done.error().text, kExitFailure);
  }
  if (const auto* restore = std::get_if<RestoreOptions>(&command_line)) {
    const auto done = run_restore_command(*restore);
    return done ? kExitOk : complain(done.error().text, kExitFailure);
  }
  if (const auto* pin = std::get_if<PinOptions>(&command_line)) {
    const auto done = run_pin_command(*pin);
    return done ? kExitOk : complain(done.error().text, kExitFailure);
  }
  return run_serve(std::get<ServeCommand>(std::move(command_line)));
}

}  // namespace
}  // namespace sockchat::server

int main(int argc, char** argv) {
  sockchat::server::end_when_out_of_memory();
  return sockchat::server::run(
      sockchat::server::parse_command_line(argc, argv, std::getenv("STATE_DIRECTORY")));
}
