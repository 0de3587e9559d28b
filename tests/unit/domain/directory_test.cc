#include "sockchat/domain/directory.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

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

// The least time of some, to put so many names in and find each of them.
template <class Name>
std::chrono::duration<double> time_of(std::uint64_t names, Name name_of) {
  using Clock = std::chrono::steady_clock;
  auto least = Clock::duration::max();
  for (int run = 0; run < 3; ++run) {
    Directory directory;
    std::uint64_t found = 0;
    const auto began = Clock::now();
    for (std::uint64_t number = 1; number <= names; ++number) directory.put(account(number, name_of(number)));
    for (std::uint64_t number = 1; number <= names; ++number)
      found += directory.find(name_of(number)) ? 1U : 0U;
    least = std::min(least, Clock::now() - began);
    CHECK(found == names);
  }
  return least;
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

// A table that hashes its keys has an order of them that makes it a list. A tree has none; the worst that can
// be chosen are names that differ at their ends alone, in order.
TEST_CASE("names that somebody chose to resemble one another cost no more than others") {
  constexpr std::uint64_t kNames = 100'000;
  const auto chosen = [](std::uint64_t number) {
    return fmt::format("aaaaaaaaaaaaaaaaaaaaaaaa{:08}", number);
  };
  const auto spread = [](std::uint64_t number) {
    return fmt::format("{:016x}{:016x}", number * 0x9E3779B97F4A7C15ULL, number * 0xBF58476D1CE4E5B9ULL);
  };
  CHECK(time_of(kNames, chosen) < 3 * time_of(kNames, spread));
}

}  // namespace sockchat::domain
