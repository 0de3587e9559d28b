#include "sockchat/domain/directory.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

UserName name(std::string_view text) { return UserName::parse(text, 32).value(); }

Account account(std::uint64_t id, std::string_view text, bool removed = false) {
  return {.id = UserId(id),
          .name = name(text),
          .password_hash = {},
          .removed = removed,
          .confirmed = {},
          .last_login = std::nullopt,
          .failures_since = 0};
}

}  // namespace

TEST_CASE("an account is found by its name and by its id") {
  Directory directory;
  directory.put(account(7, "hans"));
  REQUIRE(directory.find("hans"));
  CHECK(directory.find("hans")->id == UserId(7));
  REQUIRE(directory.find(UserId(7)));
  CHECK(directory.name_of(UserId(7)) == "hans");
}

TEST_CASE("case counts when an account is looked up, not when a name is taken") {
  Directory directory;
  directory.put(account(1, "Hans"));
  CHECK_FALSE(directory.find("hans"));
  CHECK_FALSE(directory.knows("hans"));
  CHECK(directory.is_taken(name("hANS")));
  CHECK_FALSE(directory.is_taken(name("hans2")));
}

TEST_CASE("a removed account is not found by name, but its name and id stay taken") {
  Directory directory;
  directory.put(account(1, "hans"));
  directory.put(account(1, "hans", true));
  CHECK_FALSE(directory.find("hans"));
  CHECK(directory.find_ever("hans"));
  CHECK(directory.find(UserId(1)));
  CHECK(directory.name_of(UserId(1)) == "hans");
  CHECK(directory.is_taken(name("hans")));
  CHECK(directory.knows("hans"));
  CHECK(directory.size() == 1);
}

TEST_CASE("an id that never was has the name ?") {
  const Directory directory;
  CHECK(directory.name_of(UserId(1)) == "?");
  CHECK_FALSE(directory.find(UserId(1)));
}

TEST_CASE("an edit is seen by the next look") {
  Directory directory;
  directory.put(account(1, "hans"));
  directory.edit(UserId(1))->failures_since = 2;
  CHECK(directory.find("hans")->failures_since == 2);
  CHECK_FALSE(directory.edit(UserId(2)));
}

}  // namespace sockchat::domain
