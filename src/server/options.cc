#include "server/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "server/exit_code.h"
#include "server/versions.h"
#include "sockchat/net/socket.h"

namespace sockchat::server {
namespace {

// 31 years: far from the ends of every clock.
constexpr std::uint64_t kSecondsMax = 1'000'000'000;
constexpr std::uint64_t kHashMemoryMaxKib = 4'194'304;
constexpr std::uint64_t kHashIterationsMax = 1000;
constexpr std::uint64_t kKeepDaysMax = 36'500;
constexpr std::string_view kDataDefault = "./sockchat-data";

constexpr std::string_view kUsage =
    "usage: sockchat-server <server_port> <block_duration> <timeout> [options]\n"
    "       sockchat-server account add|remove|passwd|list|import|unlock [NAME|FILE] [options]\n"
    "       sockchat-server backup --to FILE [--data DIR]\n"
    "       sockchat-server restore --from FILE [--data DIR] | --check FILE\n"
    "       sockchat-server --help\n";

constexpr std::string_view kServeFooter =
    R"(Examples:
  sockchat-server 4000 60 600
      Serve on port 4000: three wrong passwords shut a name for 60 seconds, and 600 seconds without
      activity log a user out. Accounts come from ./credentials.txt, everything is kept in ./sockchat-data.
  sockchat-server 0 60 600 --port-file /run/sockchat/port --data /var/lib/sockchat --limit text_max=4KiB
      Serve on a free port, which is written to the file once the server answers.

Accounts are managed by `sockchat-server account --help`, also while the server runs, and so is `sockchat-server
backup --help`; `sockchat-server restore --help` puts a backup in place.
SIGTERM and SIGINT stop the server in order; a second one ends it at once.

Exit codes:
  0  stopped in order
  1  could not start or go on, which one line on stderr explains; or ended by a second signal
  2  wrong usage
  4  the store failed while serving; nothing that was acknowledged is lost, start it again
  5  out of memory; nothing that was acknowledged is lost, start it again
)";

constexpr std::string_view kAccountFooter =
    R"(Passwords come from the standard input: one line, without echo on a terminal.

Examples:
  sockchat-server account add hans --data /var/lib/sockchat
  sockchat-server account list

Exit codes:
  0  done
  1  not done: one line on stderr says why
  2  wrong usage
  5  not done: out of memory
)";

constexpr std::string_view kBackupFooter =
    R"(The file appears when it is whole: everything that was acknowledged before, read back and checked. It holds
what the accounts' owners wrote and the hashes of their passwords: keep it as well as the data directory.

Examples:
  sockchat-server backup --to /backup/sockchat.db --data /var/lib/sockchat

Exit codes:
  0  done, and what it holds stands on stdout
  1  not done; or done, and rows were damaged before: stderr says which
  2  wrong usage
)";

constexpr std::string_view kRestoreFooter =
    R"(The data directory must be new, or empty. Its server must not run.

Examples:
  sockchat-server restore --check /backup/sockchat.db
      Only looks: every row of it, and whether it is as it was written.
  sockchat-server restore --from /backup/sockchat.db --data /var/lib/sockchat

Exit codes:
  0  done, and what it holds stands on stdout
  1  not done, or damaged: one line on stderr says what
  2  wrong usage
)";

// Digits alone: no sign, no space, no "0x", which CLI11 would take.
CLI::Validator whole_number(std::uint64_t smallest, std::uint64_t largest) {
  const auto check = [smallest, largest](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, value);
    if (problem == std::errc() && rest == end && value >= smallest && value <= largest) return {};
    return fmt::format("'{}' is not a whole number from {} to {}", text, smallest, largest);
  };
  return CLI::Validator(check, "");
}

std::uint64_t to_number(const std::string& digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string data_default(const char* state_directory) {
  const std::string_view listed = state_directory == nullptr ? "" : state_directory;
  // systemd gives several, separated by colons, to a unit that asks for several.
  const std::string_view first = listed.substr(0, listed.find(':'));
  return std::string(first.empty() ? kDataDefault : first);
}

CLI::Option* add_path(CLI::App& app, std::string flags, std::string& target, std::string summary,
                      const char* type_name) {
  return app.add_option(std::move(flags), target, std::move(summary))
      ->type_name(type_name)
      ->check([](const std::string& text) { return std::string(text.empty() ? "an empty name" : ""); });
}

void add_data_directory(CLI::App& app, std::string& directory, const char* state_directory) {
  directory = data_default(state_directory);
  add_path(app, "--data", directory, "where everything is kept", "DIR")->capture_default_str();
}

// What serving and the accounts have in common.
class CommonOptions final {
 public:
  CommonOptions(CLI::App& app, const char* state_directory) {
    app.get_formatter()->column_width(32);
    add_data_directory(app, directory_, state_directory);
    app.add_option("--hash-memory", memory_, "Argon2id's memory for new hashes, in KiB")
        ->capture_default_str()
        ->type_name("KIB")
        ->check(whole_number(8, kHashMemoryMaxKib));
    app.add_option("--hash-iterations", iterations_, "Argon2id's passes for new hashes")
        ->capture_default_str()
        ->type_name("N")
        ->check(whole_number(1, kHashIterationsMax));
    app.add_option("--limit", assignments_, "set a limit, any number of times; see --help-limits")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->check([](const std::string& text) {
          Limits scratch;
          const auto set = set_limit(scratch, text);
          return set ? std::string() : set.error().text;
        });
  }
  CommonOptions(const CommonOptions&) = delete;
  CommonOptions& operator=(const CommonOptions&) = delete;

  template <class Options>
  void apply(Options& options) const {
    options.data_directory = directory_;
    options.hash_cost.memory_kib = static_cast<std::uint32_t>(to_number(memory_));
    options.hash_cost.iterations = static_cast<std::uint32_t>(to_number(iterations_));
    for (const std::string& assignment : assignments_)
      static_cast<void>(set_limit(options.limits, assignment));
  }

 private:
  std::string directory_;
  std::string memory_ = fmt::to_string(crypto::HashCost().memory_kib);
  std::string iterations_ = fmt::to_string(crypto::HashCost().iterations);
  std::vector<std::string> assignments_;
};

EarlyExit wrong_usage(std::string_view what) {
  return {kExitUsage, fmt::format("sockchat-server: {}\n{}", what, kUsage)};
}

// Parses, or says what to print instead.
std::optional<EarlyExit> run_parser(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{kExitOk, app.help()};
  } catch (const CLI::CallForVersion& text) {
    return EarlyExit{kExitOk, text.what()};
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  }
  return std::nullopt;
}

template <class Value>
using Word = std::pair<std::string_view, Value>;

constexpr auto kStores =
    std::to_array<Word<StoreKind>>({{"sqlite", StoreKind::sqlite}, {"memory", StoreKind::memory}});
constexpr auto kPlaintexts =
    std::to_array<Word<Plaintext>>({{"loopback", Plaintext::loopback}, {"any", Plaintext::any}});
constexpr auto kRegistrations = std::to_array<Word<bool>>({{"closed", false}, {"open", true}});
constexpr auto kLogLevels = std::to_array<Word<spdlog::level::level_enum>>({
    {"trace", spdlog::level::trace},
    {"debug", spdlog::level::debug},
    {"info", spdlog::level::info},
    {"warn", spdlog::level::warn},
    {"error", spdlog::level::err},
    {"off", spdlog::level::off},
});
constexpr auto kActions = std::to_array<Word<AccountAction>>({
    {"add", AccountAction::add},
    {"remove", AccountAction::remove},
    {"passwd", AccountAction::passwd},
    {"list", AccountAction::list},
    {"import", AccountAction::import},
    {"unlock", AccountAction::unlock},
});

template <class Value>
std::string join(std::span<const Word<Value>> words) {
  std::string joined;
  for (const Word<Value>& word : words)
    fmt::format_to(std::back_inserter(joined), "{}{}", joined.empty() ? "" : "|", word.first);
  return joined;
}

// An argument that is one of a few words. CLI11's own transformer takes the numbers behind them as well.
template <class Value, std::size_t kCount>
CLI::Option* add_choice(CLI::App& app, std::string flags, Value& target,
                        const std::array<Word<Value>, kCount>& words, std::string summary) {
  const std::string listed = join<Value>(words);
  return app
      .add_option_function<std::string>(
          std::move(flags),
          [&target, &words](const std::string& text) {
            target = std::ranges::find(words, text, &Word<Value>::first)->second;
          },
          std::move(summary))
      ->type_name(listed)
      ->check([&words, listed](const std::string& text) {
        const bool known = std::ranges::find(words, text, &Word<Value>::first) != words.end();
        return known ? std::string() : fmt::format("'{}' is not one of {}", text, listed);
      });
}

CommandLine parse_account(int argc, const char* const* argv, const char* state_directory) {
  AccountOptions options;
  CLI::App app("Manages the accounts in a data directory, also while a server runs on it.",
               "sockchat-server account");
  app.footer(std::string(kAccountFooter));
  add_choice(app, "action", options.action, kActions, "what to do")->required();
  app.add_option("operand", options.operand, "whose account; for import, a file like credentials.txt")
      ->type_name("NAME|FILE");
  CommonOptions common(app, state_directory);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);

  const bool takes_operand = options.action != AccountAction::list;
  if (takes_operand == options.operand.empty()) {
    return wrong_usage(takes_operand ? "whose account, or which file?" : "'account list' takes no name");
  }
  common.apply(options);
  return options;
}

CommandLine parse_backup(int argc, const char* const* argv, const char* state_directory) {
  BackupOptions options;
  CLI::App app("Copies everything in a data directory into one file, also while a server runs on it.",
               "sockchat-server backup");
  app.footer(std::string(kBackupFooter));
  add_path(app, "--to", options.file, "the file to make; it must not exist", "FILE")->required();
  add_data_directory(app, options.data_directory, state_directory);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);
  return options;
}

CommandLine parse_restore(int argc, const char* const* argv, const char* state_directory) {
  RestoreOptions options;
  std::string checked;
  CLI::App app("Puts a backup into a new data directory, or only checks it.", "sockchat-server restore");
  app.footer(std::string(kRestoreFooter));
  add_path(app, "--from", options.file, "what `sockchat-server backup` has made", "FILE");
  CLI::Option* const check =
      app.add_option("--check", checked, "only check this file, or that of --from")->type_name("FILE");
  check->expected(0, 1);
  add_data_directory(app, options.data_directory, state_directory);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);

  options.check_only = check->count() > 0;
  if (checked.empty() == options.file.empty()) {
    return wrong_usage(checked.empty() ? "restore from which file? --from FILE"
                                       : "--check and --from name one file each; one is enough");
  }
  if (options.file.empty()) options.file = std::move(checked);
  return options;
}

CommandLine parse_serve(int argc, const char* const* argv, const char* state_directory) {
  ServeOptions options;
  CLI::App app("The server of sockchat, a messenger for the terminal.", "sockchat-server");
  app.footer(std::string(kServeFooter));
  std::string port;
  std::string block_duration;
  std::string timeout;
  std::string credentials;
  std::string keep_days;
  app.add_option("server_port", port, "the TCP port; 0 takes a free one")
      ->required()
      ->check(whole_number(0, 65'535));
  app.add_option("block_duration", block_duration, "seconds for which wrong passwords shut a name")
      ->required()
      ->check(whole_number(1, kSecondsMax));
  app.add_option("timeout", timeout, "seconds without activity after which a user is logged out")
      ->required()
      ->check(whole_number(1, kSecondsMax));
  for (CLI::Option* positional : app.get_options()) positional->type_name("");

  app.add_option("--bind", options.bind, "the address to listen on; default: all, IPv6 and IPv4")
      ->type_name("ADDR")
      ->check([](const std::string& text) {
        return net::SocketAddress::parse(text, 0) ? std::string()
                                                  : fmt::format("'{}' is no numeric address", text);
      });
  CommonOptions common(app, state_directory);
  CLI::Option* const credentials_option =
      app.add_option(
             "--credentials", credentials,
             "accounts to import, `name password` a line; default: ./credentials.txt where there is one")
          ->type_name("FILE");
  add_choice(app, "--store", options.store, kStores,
             "memory leaves --data alone and forgets everything at the end; default: sqlite");
  CLI::Option* const keep_option =
      app.add_option("--keep-days", keep_days, "remove messages that are older; default: keep them for ever")
          ->type_name("N")
          ->check(whole_number(1, kKeepDaysMax));
  add_choice(app, "--plaintext", options.plaintext, kPlaintexts,
             "who may connect in clear text; default: loopback");
  add_choice(app, "--registration", options.registration_open, kRegistrations,
             "whether strangers may register; default: closed");
  app.add_flag("--presence-history", options.presence_history,
               "whoelsesince also counts the logins of earlier runs")
      ->disable_flag_override();
  app.add_option("--port-file", options.port_file, "gets the real port, once the server answers")
      ->type_name("FILE");
  add_choice(app, "-d,--log-level", options.log_level, kLogLevels, "on stderr; default: info");
  // CLI11 ends a parse early in this way only.
  app.add_flag_callback(
      "--help-limits", [] { throw CLI::CallForVersion(describe_limits(), 0); }, "Print the limits and exit");
  app.add_flag_callback(
      "--version", [] { throw CLI::CallForVersion(describe_versions(), 0); }, "Print the versions and exit");
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);

  common.apply(options);
  options.port = static_cast<std::uint16_t>(to_number(port));
  options.block_duration = std::chrono::seconds(to_number(block_duration));
  options.idle_timeout = std::chrono::seconds(to_number(timeout));
  if (credentials_option->count() > 0) options.credentials = std::move(credentials);
  if (keep_option->count() > 0) {
    if (options.store == StoreKind::memory)
      return wrong_usage("--store memory keeps nothing: no --keep-days");
    options.keep = std::chrono::days(to_number(keep_days));
  }
  return options;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, const char* state_directory) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  // CLI11 takes the first word for the program's name.
  if (command == "account") return parse_account(argc - 1, argv + 1, state_directory);
  if (command == "backup") return parse_backup(argc - 1, argv + 1, state_directory);
  if (command == "restore") return parse_restore(argc - 1, argv + 1, state_directory);
  return parse_serve(argc, argv, state_directory);
}

}  // namespace sockchat::server
