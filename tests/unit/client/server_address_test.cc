#include "client/server_address.h"

#include <doctest/doctest.h>

namespace sockchat::client {
namespace {

TEST_CASE("clear text goes to this machine only, unless it is allowed") {
  CHECK(find_server("127.0.0.1", 4000, false).value().front().to_string() == "127.0.0.1:4000");
  CHECK(find_server("::1", 4000, false));
  // 192.0.2.0/24 is for documentation: nobody is there.
  const auto refused = find_server("192.0.2.1", 4000, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text ==
        "Error. 192.0.2.1 is not this machine and the connection would not be encrypted; --no-tls sends your "
        "password in the clear");
  CHECK(find_server("192.0.2.1", 4000, true));
}

TEST_CASE("a name that nobody knows is an error with the server's name") {
  const auto missing = find_server("no-such-host.invalid", 4000, false);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text.starts_with("Error. Cannot connect to no-such-host.invalid:4000: "));
}

TEST_CASE("an IPv6 address gets its brackets") {
  CHECK(server_label("localhost", 4000) == "localhost:4000");
  CHECK(server_label("::1", 4000) == "[::1]:4000");
}

}  // namespace
}  // namespace sockchat::client
