#include "sockchat/client_core/sanitize.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "sockchat/client_core/text_width.h"

using namespace std::literals;
namespace sockchat::client_core {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("sanitize: what people write passes unchanged") {
  for (const auto text :
       {"", "Hey  Dude \\o/ C:\\x1b", "Grüße, Привет, 你好, こんにちは", "u\u0308ber e\u0301",
        "\u0e01\u0e33 \u0928\u092e\u0938\u094d\u0924\u0947", "\U0001FAE8 \u2764\uFE0F 1\uFE0F\u20E3",
        "\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F44D\U0001F3FD \U0001F1E9\U0001F1EA",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937"}) {
    CHECK(sanitize(text) == text);
  }
}

TEST_CASE("sanitize: no sequence that a terminal would obey survives") {
  CHECK(sanitize("\x1b]52;c;QQ==\x07") == "\\x1b]52;c;QQ==\\x07");
  CHECK(sanitize("\x1b[6n\x1b"
                 "c\x1bP1$r\x1b\\") == "\\x1b[6n\\x1bc\\x1bP1$r\\x1b\\");
  CHECK(sanitize("a\rb\nc\0d\x7f"sv) == "a\\x0db\\x0ac\\x00d\\x7f");
  CHECK(sanitize("\u009b31m") == "\\u{9b}31m");
  CHECK(sanitize("\x9b"
                 "31m") == "\\x9b31m");
}

TEST_CASE("sanitize: wrong UTF-8 is shown byte by byte") {
  CHECK(sanitize("a\xff\xc3(\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xe2\x82") ==
        "a\\xff\\xc3(\\xed\\xa0\\x80\\xc0\\xaf\\xf4\\x90\\x80\\x80\\xe2\\x82");
}

TEST_CASE("sanitize: direction overrides, invisible characters and tags are shown") {
  CHECK(sanitize("a\u202eb\u2066c\u200fd\u061c") == "a\\u{202e}b\\u{2066}c\\u{200f}d\\u{61c}");
  CHECK(sanitize("a\u200bb\ufeffc\u00add\u2060") == "a\\u{200b}b\\u{feff}c\\u{ad}d\\u{2060}");
  CHECK(sanitize("\u115f\u1160\u3164\uffa0\u034f\u180e\ufff9") ==
        "\\u{115f}\\u{1160}\\u{3164}\\u{ffa0}\\u{34f}\\u{180e}\\u{fff9}");
  CHECK(sanitize("\u2028\u2029\U000e0041\ue000\U0010ffff") ==
        "\\u{2028}\\u{2029}\\u{e0041}\\u{e000}\\u{10ffff}");
}

TEST_CASE("sanitize: joiners and selectors stay only where they join or select") {
  CHECK(sanitize("a\u200db\u200cc\ufe0f") == "a\\u{200d}b\\u{200c}c\\u{fe0f}");
  CHECK(sanitize("\U0001F468\u200Dx") == "\U0001F468\\u{200d}x");
  CHECK(sanitize("\u2764\ufe0f\ufe0f") == "\u2764\ufe0f\\u{fe0f}");
  std::string chain = "\U0001F468";
  for (int i = 0; i < 6; ++i) chain += "\u200D\U0001F468";
  CHECK(columns_of(sanitize(chain)) ==
        7 * 2 + 8);  // one joiner too many is spelled out; another five would start
}

TEST_CASE("sanitize: a base carries four marks, and a mark without a base none") {
  CHECK(sanitize("e\u0301\u0301\u0301\u0301") == "e\u0301\u0301\u0301\u0301");
  CHECK(sanitize("e\u0301\u0301\u0301\u0301\u0301\u0302x\u0301") ==
        "e\u0301\u0301\u0301\u0301\\u{301}\\u{302}x\u0301");
  CHECK(sanitize("hans: \u0301") == "hans: \\u{301}");
  CHECK(sanitize("\u0301\t\u0301") == "\\u{301}    \\u{301}");
}

TEST_CASE("sanitize_lines: no further row of a body starts at column 0") {
  CHECK(sanitize_lines("hans: a\nbob: b\r\n\nc\rd") == Lines{"hans: a", "  | bob: b", "  | ", "  | c\\x0dd"});
  CHECK(sanitize_lines("") == Lines{""});
  CHECK(sanitize_lines("a\n") == Lines{"a", "  | "});
}

TEST_CASE("columns_of: cells as terminals count them") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("Gru\u0308ße") == 5);
  CHECK(columns_of("你好") == 4);
  CHECK(columns_of("\U0001FAE8") == 2);
  CHECK(columns_of("\u2764\ufe0f") == 2);
  CHECK(columns_of("\U0001F468\u200D\U0001F469") == 4);  // the parts, for terminals that do not join
}

TEST_CASE("clusters are stepped over forwards and backwards alike") {
  const std::string text =
      "ae\u0301 \U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7\U0001F468\u200D\U0001F469\r\n\xff\xfe好b";
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); at += cluster_at(text, at).size) starts.push_back(at);
  CHECK(starts.size() == 11);
  for (std::size_t at = text.size(); at > 0; starts.pop_back()) {
    at = cluster_before(text, at);
    CHECK(at == starts.back());
  }
}

}  // namespace
}  // namespace sockchat::client_core
