#include "client/line_splitter.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sockchat::client {
namespace {

std::vector<std::string> lines_of(LineSplitter& splitter) {
  std::vector<std::string> lines;
  while (const auto line = splitter.take_line()) lines.emplace_back(line->reveal());
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("every split of some lines yields the same lines") {
  const std::string text = "hans\n\n a b \r\nrest";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    LineSplitter splitter;
    Lines lines;
    for (const std::string& piece : {text.substr(0, first), text.substr(first)}) {
      splitter.feed(piece);
      for (std::string& line : lines_of(splitter)) lines.push_back(std::move(line));
    }
    CHECK(lines == Lines{"hans", "", " a b \r"});
    const auto rest = splitter.take_rest();
    REQUIRE(rest);
    CHECK(rest->reveal() == "rest");
    CHECK_FALSE(splitter.take_rest());
  }
}

TEST_CASE("nothing behind the last line break is no line") {
  LineSplitter splitter;
  splitter.feed("a\n");
  CHECK(lines_of(splitter) == Lines{"a"});
  CHECK_FALSE(splitter.take_rest());
}

TEST_CASE("of a line that is too long the rest is dropped, and the next line is whole") {
  LineSplitter splitter;
  const std::string piece(16 * 1024, 'x');
  for (int i = 0; i < 20; ++i) splitter.feed(piece);
  splitter.feed("y\nnext\n");
  const Lines lines = lines_of(splitter);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == std::string(LineSplitter::kLineBytesMax, 'x'));
  CHECK(lines[1] == "next");
}

}  // namespace
}  // namespace sockchat::client
