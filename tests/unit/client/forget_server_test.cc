#include "client/forget_server.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;
using client_core::KeyPin;

const std::string kPin(KeyPin::kDigits, 'a');

TEST_CASE("forget-server says what it removed, and the second time that nothing is known") {
  const test::TemporaryDirectory folder;
  KnownServers known(folder.path());
  for (const std::string name : {"a.example:1", "a.example:2", "b.example:1"})
    REQUIRE(known.remember(name, KeyPin::parse(kPin).value()));
  const ForgetServer one{.label = "A.example:1", .host = "A.example", .port = 1};
  const EarlyExit first = forget_server(one, known);
  CHECK(first.code == ExitCode::done);
  CHECK(first.text == "Forgotten: a.example:1, key " + kPin + "\n");
  const EarlyExit again = forget_server(one, known);
  CHECK(again.code == ExitCode::unreachable);
  CHECK(again.text == "Error. Nothing is known of A.example:1\n");
  const EarlyExit rest = forget_server({.label = "a.example", .host = "a.example", .port = {}}, known);
  CHECK(rest.text == "Forgotten: a.example:2, key " + kPin + "\n");
  CHECK(known.find("b.example:1").value().has_value());
}

TEST_CASE("forget-server says what is wrong with the file") {
  const test::TemporaryDirectory folder;
  KnownServers known(folder.path());
  std::ofstream(folder / "known_servers") << "what\n";
  const EarlyExit exit = forget_server({.label = "a", .host = "a", .port = {}}, known);
  CHECK(exit.code == ExitCode::unreachable);
  CHECK(exit.text ==
        "Error. " + folder.path() + "/known_servers, line 1: this is not a server and its key\n");
}

}  // namespace
}  // namespace sockchat::client
