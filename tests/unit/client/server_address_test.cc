#include "client/server_address.h"

#include <doctest/doctest.h>

namespace sockchat::client {
namespace {

TEST_CASE("numeric addresses of this and of other machines are found") {
  CHECK(find_server("127.0.0.1", 4000).value().front().to_string() == "127.0.0.1:4000");
  CHECK(find_server("::1", 4000));
  // 192.0.2.0/24 is for documentation: nobody is there.
  CHECK(find_server("192.0.2.1", 4000).value().front().to_string() == "192.0.2.1:4000");
}

TEST_CASE("localhost is this machine") {
  const auto found = find_server("localhost", 4000);
  REQUIRE(found);
  for (const auto& address : *found) CHECK(address.is_loopback());
}

TEST_CASE("a name that nobody knows is an error with the server's name") {
  const auto missing = find_server("no-such-host.invalid", 4000);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text.starts_with("Error. Cannot connect to no-such-host.invalid:4000: "));
}

TEST_CASE("an IPv6 address gets its brackets") {
  CHECK(server_label("localhost", 4000) == "localhost:4000");
  CHECK(server_label("::1", 4000) == "[::1]:4000");
}

}  // namespace
}  // namespace sockchat::client
