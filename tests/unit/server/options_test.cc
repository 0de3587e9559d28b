#include "server/options.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "server/configuration.h"
#include "server/exit_code.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;

CommandLine parse(std::initializer_list<const char*> words, const char* state_directory = nullptr) {
  std::vector<const char*> argv{"sockchat-server"};
  argv.insert(argv.end(), words);
  return parse_command_line(static_cast<int>(argv.size()), argv.data(), state_directory);
}

ServeOptions serve(std::initializer_list<const char*> words, const char* state_directory = nullptr) {
  const CommandLine parsed = parse(words, state_directory);
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) FAIL(early->text);
  REQUIRE(std::holds_alternative<ServeCommand>(parsed));
  const auto options = combine(std::get<ServeCommand>(parsed), {});
  REQUIRE(options);
  return *options;
}

AccountOptions account(std::initializer_list<const char*> words) {
  const CommandLine parsed = parse(words);
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) FAIL(early->text);
  REQUIRE(std::holds_alternative<AccountOptions>(parsed));
  return std::get<AccountOptions>(parsed);
}

// The text that goes with wrong usage.
std::string refusal(const CommandLine& parsed) {
  const auto* early = std::get_if<EarlyExit>(&parsed);
  REQUIRE(early != nullptr);
  CHECK(early->code == kExitUsage);
  CHECK(early->text.find("usage: sockchat-server <server_port> <block_duration> <timeout>") !=
        std::string::npos);
  return early->text;
}

std::string printed(std::initializer_list<const char*> words) {
  const CommandLine parsed = parse(words);
  const auto* early = std::get_if<EarlyExit>(&parsed);
  REQUIRE(early != nullptr);
  CHECK(early->code == kExitOk);
  return early->text;
}

}  // namespace

TEST_CASE("options: backup and restore name a file, and a directory as everywhere") {
  const auto backup = std::get<BackupOptions>(parse({"backup", "--to", "there", "--data", "here"}));
  CHECK(backup.file == "there");
  CHECK(backup.data_directory == "here");
  CHECK(std::get<BackupOptions>(parse({"backup", "--to", "there"}, "/state")).data_directory == "/state");

  const auto restore = std::get<RestoreOptions>(parse({"restore", "--from", "there", "--data", "here"}));
  CHECK(restore.file == "there");
  CHECK(restore.data_directory == "here");
  CHECK_FALSE(restore.check_only);
  CHECK(std::get<RestoreOptions>(parse({"restore", "--from", "there"})).data_directory == "./sockchat-data");
  for (const CommandLine& parsed :
       {parse({"restore", "--check", "there"}), parse({"restore", "--from", "there", "--check"}),
        parse({"restore", "--check", "--from", "there"})}) {
    REQUIRE(std::holds_alternative<RestoreOptions>(parsed));
    CHECK(std::get<RestoreOptions>(parsed).file == "there");
    CHECK(std::get<RestoreOptions>(parsed).check_only);
  }
}

TEST_CASE("options: backup and restore refuse what they do not understand, and explain themselves") {
  CHECK(refusal(parse({"backup"})).find("--to is required") != std::string::npos);
  CHECK(refusal(parse({"backup", "--to", ""})).find("an empty name") != std::string::npos);
  refusal(parse({"backup", "file"}));
  CHECK(refusal(parse({"restore"})).find("restore from which file?") != std::string::npos);
  refusal(parse({"restore", "--check"}));
  refusal(parse({"restore", "--check", "a", "--from", "b"}));
  refusal(parse({"restore", "--from", "a", "--hash-memory", "8"}));
  CHECK(printed({"backup", "--help"}).find("--to FILE") != std::string::npos);
  CHECK(printed({"restore", "--help"}).find("--check") != std::string::npos);
}

TEST_CASE("options: three numbers are enough, and the rest has its defaults") {
  const ServeOptions options = serve({"4000", "60", "600"});
  CHECK(options.port == 4000);
  CHECK(options.block_duration == 60s);
  CHECK(options.idle_timeout == 600s);
  CHECK(options.bind.empty());
  CHECK(options.data_directory == "./sockchat-data");
  CHECK_FALSE(options.credentials);
  CHECK(options.store == StoreKind::sqlite);
  CHECK_FALSE(options.keep);
  CHECK(options.plaintext == Plaintext::loopback);
  CHECK(options.tls_certificate.empty());
  CHECK(options.tls_key.empty());
  CHECK_FALSE(options.registration_open);
  CHECK_FALSE(options.presence_history);
  CHECK(options.port_file.empty());
  CHECK(options.log_level == spdlog::level::info);
  CHECK(options.hash_cost.memory_kib == 19'456);
  CHECK(options.hash_cost.iterations == 2);
}

TEST_CASE("options: every option reaches its member") {
  const ServeOptions options = serve({"--bind",
                                      "::1",
                                      "0",
                                      "1",
                                      "--data=/tmp/d",
                                      "2",
                                      "--credentials",
                                      "c.txt",
                                      "--plaintext",
                                      "any",
                                      "--tls-cert",
                                      "cert.pem",
                                      "--tls-key",
                                      "key.pem",
                                      "--registration",
                                      "open",
                                      "--presence-history",
                                      "--keep-days",
                                      "90",
                                      "--port-file",
                                      "p",
                                      "-d",
                                      "debug",
                                      "--limit",
                                      "text_max=1KiB",
                                      "--limit",
                                      "ping_seconds=0.5",
                                      "--hash-memory",
                                      "8",
                                      "--hash-iterations",
                                      "1"});
  CHECK(options.port == 0);
  CHECK(options.block_duration == 1s);
  CHECK(options.idle_timeout == 2s);
  CHECK(options.bind == "::1");
  CHECK(options.data_directory == "/tmp/d");
  CHECK(options.credentials == "c.txt");
  CHECK(options.plaintext == Plaintext::any);
  CHECK(options.tls_certificate == "cert.pem");
  CHECK(options.tls_key == "key.pem");
  CHECK(options.registration_open);
  CHECK(options.presence_history);
  CHECK(options.keep == std::chrono::days(90));
  CHECK(options.port_file == "p");
  CHECK(options.log_level == spdlog::level::debug);
  CHECK(options.limits.text_max == 1024);
  CHECK(options.limits.ping_seconds == 500ms);
  CHECK(options.hash_cost.memory_kib == 8);
  CHECK(options.hash_cost.iterations == 1);
  CHECK(serve({"1", "1", "1", "--store", "memory"}).store == StoreKind::memory);
  CHECK(serve({"1", "1", "1", "--plaintext", "never"}).plaintext == Plaintext::never);
  CHECK(serve({"1", "1", "1", "--log-level", "off"}).log_level == spdlog::level::off);
}

TEST_CASE("options: the smallest and the largest number are taken") {
  CHECK(serve({"0", "1", "1"}).port == 0);
  CHECK(serve({"65535", "1", "1"}).port == 65'535);
  CHECK(serve({"1", "1000000000", "1"}).block_duration == 1'000'000'000s);
}

TEST_CASE("options: a missing, surplus or malformed number is wrong usage") {
  refusal(parse({}));
  refusal(parse({"4000"}));
  refusal(parse({"4000", "60"}));
  refusal(parse({"4000", "60", "600", "7"}));
  for (const char* port :
       {"65536", "-1", "+1", "", " 1", "1 ", "0x10", "4e3", "1.0", "port", "99999999999999999999"}) {
    CAPTURE(port);
    refusal(parse({port, "60", "600"}));
  }
  for (const char* wrong :
       {"0", "-1", "+1", "", " 1", "1s", "0.5", "1.0", "0x1", "ten", "1000000001", "1e2"}) {
    CAPTURE(wrong);
    refusal(parse({"4000", wrong, "600"}));
    refusal(parse({"4000", "60", wrong}));
  }
}

TEST_CASE("options: a malformed or unknown option is wrong usage") {
  const std::vector<std::vector<const char*>> wrong = {
      {"--bind", "localhost"},
      {"--bind", "1.2.3"},
      {"--bind"},
      {"--data", ""},
      {"--store", "disk"},
      {"--store", "0"},
      {"--plaintext", "1"},
      {"--registration", "maybe"},
      {"--log-level", "loud"},
      {"-d"},
      {"--limit", "text_max"},
      {"--limit", "text_max=0"},
      {"--limit", "nothing=1"},
      {"--hash-memory", "7"},
      {"--hash-memory", "1.5"},
      {"--hash-iterations", "0"},
      {"--config", ""},
      {"--config"},
      {"--check-config", "--print-config"},
      {"--check-config=no"},
      {"--tls-cert", "x"},
      {"--tls-key", "x"},
      {"--tls-cert", "", "--tls-key", "x"},
      {"--presence-history=3x"},
      {"--keep-days", "0"},
      {"--keep-days", "1.5"},
      {"--keep-days", "7", "--store", "memory"},
      {"--data", "a", "--data", "b"},
  };
  for (const auto& words : wrong) {
    std::vector<const char*> argv{"sockchat-server", "4000", "60", "600"};
    argv.insert(argv.end(), words.begin(), words.end());
    CAPTURE(words.front());
    CAPTURE(words.back());
    refusal(parse_command_line(static_cast<int>(argv.size()), argv.data(), nullptr));
  }
}

TEST_CASE("options: a wrong limit is answered with what would be right") {
  const std::string text = refusal(parse({"1", "1", "1", "--limit", "text_max=0"}));
  CHECK(text.find("limit text_max must be between") != std::string::npos);
}

TEST_CASE(
    "options: the data directory comes from the option, the service manager or the default, in this order") {
  CHECK(serve({"1", "1", "1"}, "/var/lib/sockchat").data_directory == "/var/lib/sockchat");
  CHECK(serve({"1", "1", "1"}, "/var/lib/a:/var/lib/b").data_directory == "/var/lib/a");
  CHECK(serve({"1", "1", "1"}, "").data_directory == "./sockchat-data");
  CHECK(serve({"1", "1", "1", "--data", "d"}, "/var/lib/sockchat").data_directory == "d");
  CHECK(serve({"1", "1", "1", "--store", "memory"}, "/var/lib/sockchat").store == StoreKind::memory);
  CHECK(serve({"1", "1", "1", "--store", "memory", "--data", "d"}).data_directory == "d");
}

TEST_CASE("options: help, limits and versions are printed without the numbers") {
  CHECK(printed({"--help"}).find("Exit codes:") != std::string::npos);
  CHECK(printed({"-h"}).find("Examples:") != std::string::npos);
  CHECK(printed({"--help-limits"}).find("frame_max_login") != std::string::npos);
  CHECK(printed({"--version"}).starts_with("sockchat-server "));
  CHECK(printed({"account", "--help"}).find("unlock") != std::string::npos);
}

TEST_CASE("options: the account command has its own grammar") {
  CHECK(account({"account", "list"}).action == AccountAction::list);
  const AccountOptions add = account({"account", "add", "hans", "--data", "d", "--hash-memory", "8"});
  CHECK(add.action == AccountAction::add);
  CHECK(add.operand == "hans");
  CHECK(add.data_directory == "d");
  CHECK(add.hash_cost.memory_kib == 8);
  CHECK(account({"account", "remove", "a"}).action == AccountAction::remove);
  CHECK(account({"account", "passwd", "a"}).action == AccountAction::passwd);
  CHECK(account({"account", "unlock", "a"}).action == AccountAction::unlock);
  CHECK(account({"account", "import", "f"}).action == AccountAction::import);

  refusal(parse({"account"}));
  refusal(parse({"account", "rename", "a"}));
  refusal(parse({"account", "add"}));
  refusal(parse({"account", "add", "a", "b"}));
  refusal(parse({"account", "list", "a"}));
  refusal(parse({"account", "list", "--port-file", "p"}));
}
