#include "storage/search_words.h"

#include <doctest/doctest.h>

namespace sockchat::storage {

TEST_CASE("parse_search: words are cut at spaces, and their parts at what is no letter and no digit") {
  using Words = std::vector<SearchWord>;
  CHECK(parse_search("Falcon  SHIP ") == Words{{"falcon"}, {"ship"}});
  CHECK(parse_search("x-Wing *r2..d2!") == Words{{"x", "wing"}, {"r2", "d2"}});
  CHECK(parse_search("- a *") == Words{{"a"}});
  CHECK(parse_search("\xc3\x84rger") == Words{{"\xc3\x84rger"}});
  CHECK(parse_search(std::string("a\0b", 3)) == Words{{"a", "b"}});
}

TEST_CASE("parse_search: nothing to look for, and too much, is a bad argument") {
  for (const std::string& wrong : {std::string(), std::string(" \t-*"), std::string(kSearchBytesMax + 1, 'a'),
                                   std::string(16'384, '*')}) {
    const auto parsed = parse_search(wrong);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::bad_argument);
  }
  std::string words;
  for (std::size_t count = 0; count < kSearchWordsMax; ++count) words += "a ";
  CHECK(parse_search(words));
  CHECK_FALSE(parse_search(words + "a"));
  CHECK(parse_search(words + "*"));
}

TEST_CASE("has_words: whole words only, in any order, their parts in theirs") {
  const auto has = [](std::string_view text, std::string_view words) {
    return has_words(text, *parse_search(words));
  };
  CHECK(has("The Falcon is a ship", "ship FALCON"));
  CHECK_FALSE(has("The Falcon", "falcon ship"));
  CHECK_FALSE(has("falconer", "falcon"));
  CHECK(has("an x.wing", "x-wing"));
  CHECK_FALSE(has("wing x", "x-wing"));
  CHECK_FALSE(has("", "x"));
}

}  // namespace sockchat::storage
