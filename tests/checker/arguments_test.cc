#include "checker/arguments.h"

#include <doctest/doctest.h>

namespace sockchat::checker::test {
namespace {

TEST_CASE("a whole command line is read") {
  const auto arguments = parse({"checker", "run", "--server", "s", "--seed", "7", "--users", "4", "--runs",
                                "2", "--operations", "10", "--plant", "early_ok"});
  REQUIRE(arguments);
  CHECK(arguments->self == "checker");
  CHECK(arguments->command == "run");
  CHECK(arguments->server == "s");
  CHECK(arguments->seed == 7);
  CHECK(arguments->users == 4);
  CHECK(arguments->runs == 2);
  CHECK(arguments->operations == 10);
  CHECK(arguments->plant == "early_ok");
}

TEST_CASE("plants are named behind the command") {
  const auto arguments =
      parse({"checker", "proof", "late_block", "--server", "s", "lost_row", "--seconds", "9"});
  REQUIRE(arguments);
  CHECK(arguments->names == std::vector<std::string>{"late_block", "lost_row"});
  CHECK(arguments->seconds == 9);
  CHECK(parse({"checker", "check", "file"}));
  CHECK(parse({"checker", "plants"}));
}

TEST_CASE("a wrong command line is refused") {
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"checker"},
      {"checker", "walk"},
      {"checker", "run"},
      {"checker", "run", "--server"},
      {"checker", "run", "--server", ""},
      {"checker", "run", "--server", "s", "more"},
      {"checker", "run", "--server", "s", "--speed", "9"},
      {"checker", "run", "--server", "s", "--users", "3"},
      {"checker", "run", "--server", "s", "--users", "1001"},
      {"checker", "run", "--server", "s", "--runs", "0"},
      {"checker", "run", "--server", "s", "--seed", "x"},
      {"checker", "run", "--server", "s", "--seed", "7x"},
      {"checker", "run", "--server", "s", "--operations", "-1"},
      {"checker", "run", "--server", "s", "--plant", "none"},
      {"checker", "proof", "--server", "s", "none"},
      {"checker", "check"},
      {"checker", "check", "one", "two"},
      {"checker", "plants", "early_ok"},
  };
  for (const auto& words : wrong) CHECK_FALSE(parse(words));
}

}  // namespace
}  // namespace sockchat::checker::test
