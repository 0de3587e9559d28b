// The command line of the server, as values. Pure: touches neither files nor the terminal.
#pragma once

#include <spdlog/common.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sockchat/base/limits.h"
#include "sockchat/base/time.h"
#include "sockchat/crypto/password_hash.h"

namespace sockchat::server {

enum class StoreKind : std::uint8_t { sqlite, memory };
// Who may talk to us in clear text.
enum class Plaintext : std::uint8_t { loopback, never, any };

// What is in force while serving.
struct ServeOptions {
  std::uint16_t port = 0;  // 0: a free one
  Duration block_duration{};
  Duration idle_timeout{};
  std::string bind;  // a numeric address; empty: all
  std::string data_directory;
  std::optional<std::string> credentials;  // nothing: ./credentials.txt where there is one
  StoreKind store = StoreKind::sqlite;
  std::optional<Duration> keep;  // messages; none: for ever
  Plaintext plaintext = Plaintext::loopback;
  std::string tls_certificate;  // PEM files, both or neither; empty: our own, in the data directory
  std::string tls_key;
  bool registration_open = false;
  bool presence_history = false;
  std::string port_file;  // empty: none
  spdlog::level::level_enum log_level = spdlog::level::info;
  Limits limits;
  crypto::HashCost hash_cost;
};

struct Setting;  // server/settings.h

// One of the settings, and a text that it takes. Null: a limit, and its NAME=VALUE.
struct Assignment {
  const Setting* setting = nullptr;
  std::string text;
};

enum class ServeAction : std::uint8_t { serve, check_config, print_config };

// `sockchat-server <server_port> <block_duration> <timeout>`: what was said, each of it well-formed. With the
// file it becomes ServeOptions: server/configuration.h.
struct ServeCommand {
  ServeAction action = ServeAction::serve;
  std::string config_file;  // empty: none, and then what was said is enough
  std::string data_default;
  std::vector<Assignment> said;
};

enum class AccountAction : std::uint8_t { add, remove, passwd, list, import, unlock };

// `sockchat-server account <action> [NAME|FILE]`
struct AccountOptions {
  AccountAction action = AccountAction::list;
  std::string operand;  // the name, or the file of `import`; empty for `list`
  std::string data_directory;
  Limits limits;
  crypto::HashCost hash_cost;
};

// `sockchat-server backup --to FILE`
struct BackupOptions {
  std::string data_directory;
  std::string file;
};

// `sockchat-server restore --from FILE`, `sockchat-server restore --check FILE`
struct RestoreOptions {
  std::string data_directory;
  std::string file;
  bool check_only = false;
};

// `sockchat-server pin`
struct PinOptions {
  std::string data_directory;
  std::string tls_certificate;  // its pin; empty: that of the data directory's key
};

// Nothing to run: a text to print, on stdout when `code` is 0 and on stderr otherwise.
struct EarlyExit {
  int code = 0;
  std::string text;
};

using CommandLine =
    std::variant<ServeCommand, AccountOptions, BackupOptions, RestoreOptions, PinOptions, EarlyExit>;

// `state_directory` is $STATE_DIRECTORY, or null.
[[nodiscard]] CommandLine parse_command_line(int argc, const char* const* argv, const char* state_directory);

}  // namespace sockchat::server
