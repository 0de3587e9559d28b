#include "client/options.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "sockchat/client_core/user_commands.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;
using client_core::KeyPin;

const std::string kPin(KeyPin::kDigits, 'a');
const KeyPin kKey = KeyPin::parse(kPin).value();

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

void why(std::initializer_list<const char*> arguments, std::string_view text) {
  const EarlyExit exit = early(arguments);
  CHECK(exit.code == ExitCode::usage);
  CAPTURE(exit.text);
  CHECK(exit.text.find(text) != std::string::npos);
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

TEST_CASE("an invitation stands in place of host and port") {
  const std::string here = "chat.example:4000#" + kPin;
  const Options invited{.host = "chat.example", .port = 4000, .pin = kKey};
  CHECK(options({here.c_str()}) == invited);
  CHECK(options({here.c_str(), "--pin", std::string(64, 'A').c_str()}) == invited);
  const std::string there = "[::1]:4000#" + std::string(64, 'A');
  CHECK(options({"--plain", there.c_str()}) ==
        Options{.host = "::1", .port = 4000, .plain = true, .pin = kKey});
}

TEST_CASE("a pin and new keys are options") {
  CHECK(options({"4000", "--pin", std::string(64, 'A').c_str()}).pin == kKey);
  CHECK(options({"4000"}).pin == std::nullopt);
  CHECK(options({"4000", "--accept-new"}).accept_new);
}

TEST_CASE("what is wrong with an invitation or a pin is said") {
  const std::string invitation = "chat.example:4000#" + kPin;
  const std::string other(64, 'b');
  why({"a:4000"}, "'a:4000': an invitation has the pin of the server's key behind a '#'");
  why({"a:4000#aa"}, "not a pin of 64 hex digits");
  why({invitation.c_str(), "5000", "5001"}, "too many arguments");
  why({"a", invitation.c_str()}, "is not a port");
  why({invitation.c_str(), "--pin", other.c_str()}, "--pin and the invitation are not about the same key");
  why({"4000", "--pin", "aa"}, "--pin 'aa': that is not 64 hex digits");
  why({"4000", "--pin", kPin.c_str(), "--no-tls"}, "with --no-tls there is no key");
  why({invitation.c_str(), "--no-tls"}, "with --no-tls there is no key");
  why({"4000", "--accept-new", "--no-tls"}, "with --no-tls there is no key");
}

TEST_CASE("forget-server in the first place is a command") {
  const auto forget = [](const char* server) {
    const CommandLine result = parsed({"forget-server", server});
    REQUIRE(std::holds_alternative<ForgetServer>(result));
    return std::get<ForgetServer>(result);
  };
  CHECK(forget("Chat.example:4000") == ForgetServer{"Chat.example:4000", "Chat.example", 4000});
  CHECK(forget("localhost") == ForgetServer{"localhost", "localhost"});
  CHECK(forget("[::1]:1") == ForgetServer{"[::1]:1", "::1", 1});
  CHECK(options({"forget-server.example", "4000"}).host == "forget-server.example");
}

TEST_CASE("forget-server teaches itself, and knows what is wrong") {
  const EarlyExit help = early({"forget-server", "--help"});
  CHECK(help.code == ExitCode::done);
  CHECK(help.text.starts_with("usage: sockchat forget-server HOST[:PORT]\n"));
  using Arguments = std::initializer_list<const char*>;
  for (const Arguments arguments : {Arguments{"forget-server"},
                                    {"forget-server", ""},
                                    {"forget-server", "a", "b"},
                                    {"forget-server", "a", "4000"},
                                    {"forget-server", "a:x"},
                                    {"forget-server", "a", "--what"}}) {
    const EarlyExit exit = early(arguments);
    CHECK(exit.code == ExitCode::usage);
    CHECK(exit.text.find("usage: sockchat forget-server HOST[:PORT]") != std::string::npos);
  }
}

TEST_CASE("private chats: the own port, and what is wished of them") {
  CHECK(options({"4000"}).private_port == 0);
  CHECK(options({"4000", "5000"}).private_port == 5000);
  CHECK(options({"chat.example", "4000", "5000"}).private_port == 5000);
  CHECK(options({"4000", "--relay"}).relay);
  CHECK(options({"4000", "--yes-private"}).yes_private);
  CHECK(options({"4000", "--no-private"}).no_private);
  why({"4000", "--no-private", "--yes-private"}, "there is nothing to say about private chats");
  why({"4000", "5000", "--no-private"}, "there is nothing to say about private chats");
  why({"4000", "5000", "--relay"}, "nobody calls at a private port");
}

TEST_CASE("a missing, surplus or malformed argument is wrong usage") {
  using Arguments = std::initializer_list<const char*>;
  for (const Arguments arguments : {Arguments{},
                                    {"chat.example"},
                                    {"4000", "5000", "5001"},
                                    {"4000", "0"},
                                    {"a", "b"},
                                    {"a", "4000", "5000", "5001"},
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
       {"--user", "--password-file", "--json", "--plain", "--pin", "--accept-new", "--no-tls",
        "forget-server", "host:port#pin", "Examples:", "Exit codes:"}) {
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
