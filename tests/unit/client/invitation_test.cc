#include "client/invitation.h"

#include <doctest/doctest.h>

#include <utility>

namespace sockchat::client {
namespace {

using client_core::KeyPin;

const std::string kPin(KeyPin::kDigits, 'a');

std::string why_not(std::string_view text) {
  const auto parsed = parse_invitation(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::bad_argument);
  return parsed.error().text;
}

TEST_CASE("a server is a host, perhaps with a port") {
  CHECK(parse_server_name("chat.example").value() == ServerName{"chat.example"});
  CHECK(parse_server_name("chat.example:4000").value() == ServerName{"chat.example", 4000});
  CHECK(parse_server_name("127.0.0.1:1").value() == ServerName{"127.0.0.1", 1});
  CHECK(parse_server_name("::1").value() == ServerName{"::1"});
  CHECK(parse_server_name("[::1]").value() == ServerName{"::1"});
  CHECK(parse_server_name("[::1]:65535").value() == ServerName{"::1", 65535});
  for (const auto* bad :
       {"", ":4000", "a:", "a:0", "a:65536", "a:40x", "a:-1", "[::1", "[::1]4000", "[::1]:", "[]"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_server_name(bad));
  }
}

TEST_CASE("an invitation is host, port and pin") {
  const KeyPin pin = KeyPin::parse(kPin).value();
  CHECK(parse_invitation("chat.example:4000#" + kPin).value() == Invitation{"chat.example", 4000, pin});
  CHECK(parse_invitation("[::1]:4000#" + std::string(64, 'A')).value() == Invitation{"::1", 4000, pin});
}

TEST_CASE("what is wrong with an invitation is said") {
  CHECK(why_not("a:1").ends_with("an invitation has the pin of the server's key behind a '#'"));
  CHECK(why_not("a#" + kPin).ends_with("the port is missing"));
  CHECK(why_not("::1#" + kPin).ends_with("the port is missing"));
  CHECK(why_not(":1#" + kPin).ends_with("the host is missing"));
  CHECK(why_not("a:0#" + kPin) == "'a:0': '0' is not a port from 1 to 65535");
  for (const std::string& pin : {std::string(), kPin.substr(1), kPin + "a", kPin.substr(1) + "g", "#" + kPin})
    CHECK(why_not("a:1#" + pin) == "'a:1#" + pin + "': what is behind the '#' is not a pin of 64 hex digits");
}

}  // namespace
}  // namespace sockchat::client
