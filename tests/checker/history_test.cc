#include "checker/history.h"

#include <doctest/doctest.h>

#include <sstream>

namespace sockchat::checker::test {
namespace {

TEST_CASE("a line gives the event that it was made of") {
  const Event event{.at = 1234567890123,
                    .kind = Kind::deliver,
                    .user = 3,
                    .peer = 41,
                    .call = 17,
                    .session = 9,
                    .mid = 1'000'000,
                    .hash = 0xFFFFFFFFFFFFFFFF,
                    .word = "direct"};
  CHECK(to_line(event) == "1234567890123 deliver u3 u41 17 9 1000000 ffffffffffffffff direct");
  CHECK(parse_line(to_line(event)) == event);
  const Event empty{.at = 7, .kind = Kind::nemesis_end, .peer = kEverybody};
  CHECK(to_line(empty) == "7 nemesis_end - * - - - - -");
  CHECK(parse_line(to_line(empty)) == empty);
  const Event strange{.at = 7, .kind = Kind::stored, .user = kStranger, .word = "words with spaces"};
  CHECK(parse_line(to_line(strange)) == strange);
}

TEST_CASE("every kind has a name of its own") {
  for (int kind = 0; kind <= static_cast<int>(Kind::stored_cursor); ++kind) {
    const Event event{.at = 1, .kind = static_cast<Kind>(kind)};
    CHECK(parse_line(to_line(event)) == event);
  }
}

TEST_CASE("what is no event is refused") {
  for (const char* line :
       {"", "7", "x send u0 u1 1 - - - -", "7 sent u0 u1 1 - - - -", "7 send 0 u1 1 - - - -",
        "7 send u-1 u1 1 - - - -", "7 send u0 u1 1 - - - ", "7 send u0 u1 1 - - xyz -"}) {
    CHECK_FALSE(parse_line(line));
  }
}

TEST_CASE("a file is read to its end, or the bad line is named") {
  std::size_t bad_line = 99;
  std::istringstream good("1 send u0 u1 1 - - - -\n2 send_ok - - 1 - 5 - -\n");
  CHECK(read_history(good, bad_line).value().size() == 2);
  CHECK(bad_line == 0);
  std::istringstream bad("1 send u0 u1 1 - - - -\nnonsense\n");
  CHECK_FALSE(read_history(bad, bad_line));
  CHECK(bad_line == 2);
}

TEST_CASE("no text has the hash that means none") {
  CHECK(hash_of("") != 0);
  CHECK(hash_of("a") != hash_of("b"));
}

}  // namespace
}  // namespace sockchat::checker::test
