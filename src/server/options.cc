#include "server/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "server/configuration.h"
#include "server/exit_code.h"
#include "server/settings.h"
#include "server/usage.h"
#include "server/versions.h"

namespace sockchat::server {
namespace {

constexpr std::string_view kDataDefault = "./sockchat-data";

constexpr auto kAccountSettings = std::to_array<std::string_view>({"data", "hash-memory", "hash-iterations"});
constexpr auto kBackupSettings = std::to_array<std::string_view>({"data"});

constexpr auto kPinSettings = std::to_array<std::string_view>({"data", "tls-cert"});

constexpr auto kActions = std::to_array<std::pair<std::string_view, AccountAction>>({
    {"add", AccountAction::add},
    {"remove", AccountAction::remove},
    {"passwd", AccountAction::passwd},
    {"list", AccountAction::list},
    {"import", AccountAction::import},
    {"unlock", AccountAction::unlock},
});

std::string data_default(const char* state_directory) {
  const std::string_view listed = state_directory == nullptr ? "" : state_directory;
  // systemd gives several, separated by colons, to a unit that asks for several.
  const std::string_view first = listed.substr(0, listed.find(':'));
  return std::string(first.empty() ? kDataDefault : first);
}

// CLI11 wants an empty text from those who agree.
std::string complaint(const Result<void>& result) { return result ? std::string() : result.error().text; }

// One row of the table as an option that is noted in `said`. `standard` is for the help.
void add_setting(CLI::App& app, const Setting& setting, const ServeOptions& standard,
                 std::vector<Assignment>& said) {
  const std::string flags(setting.flags);
  std::string summary(setting.summary);
  if (setting.kind == SettingKind::flag) {
    app.add_flag_callback(
           flags, [&setting, &said] { said.emplace_back(&setting, "true"); }, summary)
        ->disable_flag_override();
    return;
  }
  if (const auto shown = setting.show(standard); shown && flags.starts_with('-'))
    summary += fmt::format("; default: {}", *shown);
  app.add_option_function<std::string>(
         flags, [&setting, &said](const std::string& text) { said.emplace_back(&setting, text); }, summary)
      ->type_name(std::string(setting.value))
      ->check([&setting](const std::string& text) {
        ServeOptions scratch;
        return complaint(setting.assign(scratch, text));
      });
}

void add_limits(CLI::App& app, std::vector<Assignment>& said) {
  app.add_option_function<std::vector<std::string>>(
         "--limit",
         [&said](const std::vector<std::string>& assignments) {
           for (const std::string& assignment : assignments) said.emplace_back(nullptr, assignment);
         },
         "set a limit, any number of times; see --help-limits")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        Limits scratch;
        return complaint(set_limit(scratch, text));
      });
}

// What another command takes of the settings, under the same names.
class SharedSettings final {
 public:
  SharedSettings(CLI::App& app, std::span<const std::string_view> names, const char* state_directory) {
    options_.data_directory = data_default(state_directory);
    for (const std::string_view name : names) add_setting(app, *find_setting(name), options_, said_);
  }
  SharedSettings(const SharedSettings&) = delete;
  SharedSettings& operator=(const SharedSettings&) = delete;

  void take_limits(CLI::App& app) { add_limits(app, said_); }
  // Of what was said, after the parse.
  [[nodiscard]] const ServeOptions& settle() {
    assign_all(options_, said_);
    return options_;
  }

 private:
  ServeOptions options_;
  std::vector<Assignment> said_;
};

CLI::Option* add_path(CLI::App& app, std::string flags, std::string& target, std::string summary) {
  return app.add_option(std::move(flags), target, std::move(summary))
      ->type_name("FILE")
      ->check([](const std::string& text) { return std::string(text.empty() ? "an empty name" : ""); });
}

EarlyExit wrong_usage(std::string_view what) {
  return {kExitUsage, fmt::format("sockchat-server: {}\n{}", what, kUsage)};
}

// Parses, or says what to print instead.
std::optional<EarlyExit> run_parser(CLI::App& app, int argc, const char* const* argv) {
  app.get_formatter()->column_width(32);
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

// CLI11's own transformer takes the numbers behind the words as well.
void add_action(CLI::App& app, AccountAction& target) {
  std::string listed;
  for (const auto& [word, action] : kActions) listed += (listed.empty() ? "" : "|") + std::string(word);
  const auto find = [](const std::string& text) {
    return std::ranges::find(kActions, text, &decltype(kActions)::value_type::first);
  };
  app.add_option_function<std::string>(
         "action", [&target, find](const std::string& text) { target = find(text)->second; }, "what to do")
      ->required()
      ->type_name(listed)
      ->check([listed, find](const std::string& text) {
        return find(text) != kActions.end() ? std::string()
                                            : fmt::format("'{}' is not one of {}", text, listed);
      });
}

CommandLine parse_account(int argc, const char* const* argv, const char* state_directory) {
  AccountOptions options;
  CLI::App app("Manages the accounts in a data directory, also while a server runs on it.",
               "sockchat-server account");
  app.footer(std::string(kAccountFooter));
  add_action(app, options.action);
  app.add_option("operand", options.operand, "whose account; for import, a file like credentials.txt")
      ->type_name("NAME|FILE");
  SharedSettings shared(app, kAccountSettings, state_directory);
  shared.take_limits(app);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);

  const bool takes_operand = options.action != AccountAction::list;
  if (takes_operand == options.operand.empty()) {
    return wrong_usage(takes_operand ? "whose account, or which file?" : "'account list' takes no name");
  }
  const ServeOptions& settings = shared.settle();
  options.data_directory = settings.data_directory;
  options.hash_cost = settings.hash_cost;
  options.limits = settings.limits;
  return options;
}

CommandLine parse_backup(int argc, const char* const* argv, const char* state_directory) {
  BackupOptions options;
  CLI::App app("Copies everything in a data directory into one file, also while a server runs on it.",
               "sockchat-server backup");
  app.footer(std::string(kBackupFooter));
  add_path(app, "--to", options.file, "the file to make; it must not exist")->required();
  SharedSettings shared(app, kBackupSettings, state_directory);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);
  options.data_directory = shared.settle().data_directory;
  return options;
}

CommandLine parse_restore(int argc, const char* const* argv, const char* state_directory) {
  RestoreOptions options;
  std::string checked;
  CLI::App app("Puts a backup into a new data directory, or only checks it.", "sockchat-server restore");
  app.footer(std::string(kRestoreFooter));
  add_path(app, "--from", options.file, "what `sockchat-server backup` has made");
  CLI::Option* const check =
      app.add_option("--check", checked, "only check this file, or that of --from")->type_name("FILE");
  check->expected(0, 1);
  SharedSettings shared(app, kBackupSettings, state_directory);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);

  options.data_directory = shared.settle().data_directory;
  options.check_only = check->count() > 0;
  if (checked.empty() == options.file.empty()) {
    return wrong_usage(checked.empty() ? "restore from which file? --from FILE"
                                       : "--check and --from name one file each; one is enough");
  }
  if (options.file.empty()) options.file = std::move(checked);
  return options;
}

CommandLine parse_pin(int argc, const char* const* argv, const char* state_directory) {
  CLI::App app("Prints the pin of the server's key, by which clients know it.", "sockchat-server pin");
  app.footer(std::string(kPinFooter));
  SharedSettings shared(app, kPinSettings, state_directory);
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);
  const ServeOptions& settings = shared.settle();
  return PinOptions{settings.data_directory, settings.tls_certificate};
}

CommandLine parse_serve(int argc, const char* const* argv, const char* state_directory) {
  ServeCommand command;
  command.data_default = data_default(state_directory);
  CLI::App app("The server of sockchat, a messenger for the terminal.", "sockchat-server");
  app.footer(std::string(kServeFooter));
  ServeOptions standard;
  standard.data_directory = command.data_default;
  for (const Setting& setting : settings()) add_setting(app, setting, standard, command.said);
  add_limits(app, command.said);
  add_path(app, "--config", command.config_file,
           "TOML: the same names without the dashes; what is said here as well wins");
  const auto add_action = [&app, &command](const char* flag, ServeAction action, const char* summary) {
    return app
        .add_flag_callback(
            flag, [&command, action] { command.action = action; }, summary)
        ->disable_flag_override();
  };
  add_action("--check-config", ServeAction::check_config, "say whether all this can be served with, and exit")
      ->excludes(add_action("--print-config", ServeAction::print_config,
                            "print what would be in force as a file for --config, and exit"));
  // CLI11 ends a parse early in this way only.
  app.add_flag_callback(
      "--help-limits", [] { throw CLI::CallForVersion(describe_limits(), 0); }, "Print the limits and exit");
  app.add_flag_callback(
      "--version", [] { throw CLI::CallForVersion(describe_versions(), 0); }, "Print the versions and exit");
  if (auto early = run_parser(app, argc, argv)) return *std::move(early);
  if (command.config_file.empty()) {
    if (const auto enough = combine(command, {}); !enough) return wrong_usage(enough.error().text);
  }
  return command;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, const char* state_directory) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  // CLI11 takes the first word for the program's name.
  if (command == "account") return parse_account(argc - 1, argv + 1, state_directory);
  if (command == "backup") return parse_backup(argc - 1, argv + 1, state_directory);
  if (command == "restore") return parse_restore(argc - 1, argv + 1, state_directory);
  if (command == "pin") return parse_pin(argc - 1, argv + 1, state_directory);
  return parse_serve(argc, argv, state_directory);
}

}  // namespace sockchat::server
