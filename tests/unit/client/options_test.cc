#include "client/options.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <vector>

#include "sockchat/client_core/user_commands.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;

CommandLine parsed(std::initializer_list<const char*> arguments) {
  std::vector<const char*> argv{"sockchat"};
  argv.insert(argv.end(), arguments);
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

Options options(std::initializer_list<const char*> arguments) {
  const CommandLine result = parsed(arguments);
  REQUIRE(std::holds_alternative<Options>(result));
  return std::get<Options>(result);
}

EarlyExit early(std::initializer_list<const char*> arguments) {
  const CommandLine result = parsed(arguments);
  REQUIRE(std::holds_alternative<EarlyExit>(result));
  return std::get<EarlyExit>(result);
}

TEST_CASE("a first argument of digits is the port, on this machine") {
  CHECK(options({"4000"}) == Options{.host = "localhost", .port = 4000});
  CHECK(options({"chat.example", "4000"}) == Options{.host = "chat.example", .port = 4000});
  CHECK(options({"127.0.0.1", "1"}) == Options{.host = "127.0.0.1", .port = 1});
  CHECK(options({"::1", "65535"}) == Options{.host = "::1", .port = 65535});
}

TEST_CASE("options may stand anywhere") {
  CHECK(options({"--user", "hans", "4000", "--password-file", "-", "--no-tls"}) ==
        Options{.host = "localhost", .port = 4000, .user = "hans", .password_file = "-", .no_tls = true});
  CHECK(options({"4000", "--json"}).json);
  CHECK(options({"4000", "--plain"}).plain);
}

TEST_CASE("a missing, surplus or malformed argument is wrong usage") {
  using Arguments = std::initializer_list<const char*>;
  for (const Arguments arguments : {Arguments{},
                                    {"chat.example"},
                                    {"4000", "5000"},
                                    {"a", "b"},
                                    {"a", "4000", "5000"},
                                    {"0"},
                                    {"65536"},
                                    {"a", "-1"},
                                    {"a", "4000x"},
                                    {"4000", "--tui"},
                                    {"4000", "--user"},
                                    {"4000", "--password-file", "x"}}) {
    const EarlyExit exit = early(arguments);
    CHECK(exit.code == ExitCode::usage);
    CHECK(exit.text.find("usage: sockchat [HOST] <server_port>") != std::string::npos);
  }
}

TEST_CASE("--help teaches options, commands, examples and exit codes") {
  const EarlyExit exit = early({"--help"});
  CHECK(exit.code == ExitCode::done);
  for (const std::string_view word :
       {"--user", "--password-file", "--json", "--plain", "--no-tls", "Examples:", "Exit codes:"}) {
    CAPTURE(word);
    CHECK(exit.text.find(word) != std::string::npos);
  }
  for (const auto& command : client_core::user_commands()) {
    CHECK(exit.text.find(command.usage) != std::string::npos);
  }
}

TEST_CASE("--version names the program, without a port too") {
  CHECK(early({"--version"}).code == ExitCode::done);
  CHECK(early({"--version"}).text.starts_with("sockchat "));
}

}  // namespace
}  // namespace sockchat::client
