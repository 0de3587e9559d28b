#include "client/memory_path.h"

#include <doctest/doctest.h>

namespace sockchat::client {
namespace {

using Name = std::optional<std::string>;

TEST_CASE("the state folder is that of XDG, else the one at home") {
  CHECK(state_folder("/state", "/home/hans") == "/state/sockchat");
  CHECK(state_folder(nullptr, "/home/hans") == "/home/hans/.local/state/sockchat");
  CHECK(state_folder("", "/home/hans") == "/home/hans/.local/state/sockchat");
  CHECK(state_folder("relative", "/home/hans") == "/home/hans/.local/state/sockchat");
  CHECK(state_folder(nullptr, nullptr) == std::nullopt);
  CHECK(state_folder(nullptr, "hans") == std::nullopt);
}

TEST_CASE("a usual name stays as it is") {
  CHECK(file_name_of("localhost:4000") == "localhost:4000");
  CHECK(file_name_of("[::1]:4000") == "[::1]:4000");
  CHECK(file_name_of("han_s-1.2") == "han_s-1.2");
}

TEST_CASE("no name leads to another place") {
  for (const std::string_view foreign :
       {"../../x", "..", ".", ".hidden", "a/b", "/etc", "a\nb", "a%b", "\xff", "~"}) {
    CAPTURE(foreign);
    const Name name = file_name_of(foreign);
    REQUIRE(name);
    CHECK(name->find('/') == std::string::npos);
    CHECK_FALSE(name->starts_with('.'));
    CHECK(*name != foreign);
  }
  CHECK(file_name_of(std::string_view("a\0b", 3)) == "a%00b");
}

TEST_CASE("different names have different files") {
  CHECK(file_name_of("a/b") != file_name_of("a%2fb"));
  CHECK(file_name_of("%") == "%25");
}

TEST_CASE("no name, and one that no file could have, have none") {
  CHECK(file_name_of("") == std::nullopt);
  CHECK(file_name_of(std::string(200, 'x')));
  CHECK(file_name_of(std::string(201, 'x')) == std::nullopt);
  CHECK(file_name_of(std::string(67, '/')) == std::nullopt);
}

}  // namespace
}  // namespace sockchat::client
