#include "sockchat/client_core/line_screen.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/client_core/sanitize.h"
#include "sockchat/client_core/text_width.h"
#include "support/terminal_model.h"

namespace sockchat::client_core {
namespace {

using Lines = std::vector<std::string>;
using test::TerminalModel;

constexpr std::string_view kPrompt = "> ";

// A line editor, its screen, and the terminal that shows it.
struct Session {
  Session(std::size_t columns, TerminalModel::Kind kind)
      : screen(columns, kind.reflows ? Resizing::reflows : Resizing::cuts), terminal(columns, kind) {}

  void draw() { terminal.write(screen.draw(kPrompt, line)); }
  void type(std::string_view text) {
    static_cast<void>(line.apply({Key::text, std::string(text)}));
    draw();
  }
  void press(Key key) {
    static_cast<void>(line.apply({.key = key}));
    draw();
  }
  void print(const Lines& lines) { terminal.write(screen.print(lines)); }
  void resize(std::size_t columns) {
    terminal.resize(columns);
    terminal.write(screen.resize(columns));
  }

  InputLine line;
  LineScreen screen;
  TerminalModel terminal;
};

TEST_CASE("LineScreen: what arrives stands above what is typed") {
  Session session(20, {});
  session.draw();
  session.type("hello");
  session.press(Key::left);
  session.print({"hans: Hey Dude", "yoda: hmm"});
  CHECK(session.terminal.lines() == Lines{"hans: Hey Dude", "yoda: hmm", "> hello"});
  CHECK(session.terminal.cursor_column() == 6);
  session.terminal.write(session.screen.hide());
  session.print({"luke logged out"});
  CHECK(session.terminal.lines() == Lines{"hans: Hey Dude", "yoda: hmm", "luke logged out", ""});
}

TEST_CASE("LineScreen: a long line scrolls sideways and shows where it is cut") {
  Session session(12, {});
  session.type("0123456789abcdef");
  CHECK(session.terminal.lines() == Lines{"> <9abcdef"});
  CHECK(session.terminal.cursor_column() == 10);
  session.press(Key::home);
  CHECK(session.terminal.lines() == Lines{"> 01234567>"});
  CHECK(session.terminal.cursor_column() == 2);
  for (int i = 0; i < 8; ++i) session.press(Key::right);
  CHECK(session.terminal.lines() == Lines{"> <56789ab>"});
  CHECK(session.terminal.cell(0) == "8");
}

TEST_CASE("LineScreen: a secret shows the prompt alone") {
  Session session(20, {});
  session.line.begin(InputLine::Mode::secret);
  session.type("falcon*solo");
  CHECK(session.terminal.lines() == Lines{">"});
  CHECK(session.terminal.cursor_column() == 2);
}

TEST_CASE("LineScreen: output is broken behind our margin, so padding cannot forge a line") {
  Session session(20, {});
  session.draw();
  session.print({"hans: hi" + std::string(12, ' ') + "bob: pay me", "12345678901234567890",
                 "hans: one two three four"});
  CHECK(session.terminal.lines() ==
        Lines{"hans: hi", "  | bob: pay me", "12345678901234567890", "hans: one two three", "  | four", ">"});
  CHECK(session.terminal.rows() == 6);
}

TEST_CASE("LineScreen: nothing that is printed or pasted reaches the terminal raw") {
  Session session(40, {});
  session.type("a\u202e\tb\u200b");
  session.print({"hans: \x1b[2J\x07\u009b2J", "a\nbob: b"});
  CHECK_FALSE(session.terminal.foreign());
  CHECK(session.terminal.lines() ==
        Lines{"hans: \\x1b[2J\\x07\\u{9b}2J", "a\\x0abob: b", "> a\\u{202e}    b\\u{200b}"});
}

TEST_CASE("LineScreen: a narrower terminal that reflows keeps one edit row") {
  Session session(40, {.reflows = true});
  session.draw();
  session.print({"hans: Hey"});
  session.type("a long line of thirty characters");
  session.resize(12);
  CHECK(session.terminal.lines() == Lines{"hans: Hey", "> <racters"});
  session.resize(40);
  CHECK(session.terminal.lines() == Lines{"hans: Hey", "> a long line of thirty characters"});
}

TEST_CASE("LineScreen: joined emoji leave the cursor where it belongs in every terminal") {
  for (const bool joins_emoji : {false, true}) {
    Session session(30, {.joins_emoji = joins_emoji});
    session.type("\U0001F468\u200D\U0001F469x\u2764\uFE0Fy");
    session.press(Key::left);
    CHECK(session.terminal.cell(0) == "y");
    session.press(Key::left);
    session.press(Key::left);
    CHECK(session.terminal.cell(0) == "x");
    session.press(Key::home);
    session.press(Key::erase);
    session.type("ab\U0001F468\u200D\U0001F469");  // over what stood there
    CHECK(session.terminal.lines().size() == 1);
    CHECK(session.terminal.lines()[0].starts_with("> ab\U0001F468\u200D\U0001F469"));
    CHECK(session.terminal.cell(0) == "x");
    CHECK(session.terminal.cell(-1) == (joins_emoji ? " " : "\U0001F469"));
  }
}

struct Interleaving {
  unsigned seed;
  TerminalModel::Kind kind;
  bool emoji;
};

// Every line in its order, perhaps with something between and before them.
bool holds(const Lines& lines, const Lines& wanted) {
  auto next = wanted.begin();
  for (const std::string& line : lines) {
    if (next != wanted.end() && line.ends_with(*next)) ++next;
  }
  return next == wanted.end();
}

void check(const Session& session, const Lines& printed, bool exact) {
  REQUIRE_FALSE(session.terminal.foreign());
  REQUIRE(session.terminal.cursor_in_last_row());
  Lines lines = session.terminal.lines();
  if (exact) {
    REQUIRE(lines.back().starts_with(">"));
    lines.pop_back();
    REQUIRE(lines == printed);
  }
  REQUIRE(holds(lines, printed));
  const std::string_view rest = session.line.shown().substr(session.line.cursor());
  const std::string under = session.terminal.cell(0);
  if (rest.empty()) {
    REQUIRE(under == " ");
  } else if (const Cluster next = cluster_at(rest, 0); next.columns == 1 && !next.disputed) {
    REQUIRE(under == rest.substr(0, next.size));
  }
}

// Typing, arriving lines and resizes in any order, against what a reader must see.
void interleave(const Interleaving& how) {
  INFO("seed " << how.seed << ", joins_emoji " << how.kind.joins_emoji << ", reflows " << how.kind.reflows);
  const Lines words = {"a",         "bc ", "好", "é", "e\u0301", " x", "\u202e", "\U0001F468\u200D\U0001F469",
                       "\U0001FAE8"};
  const std::vector<Key> moves = {Key::left,      Key::right,     Key::home,        Key::end,
                                  Key::backspace, Key::word_left, Key::kill_to_end, Key::erase};
  std::mt19937 random(how.seed);
  const auto below = [&random](std::size_t count) { return random() % count; };
  Session session(16, how.kind);
  session.draw();
  Lines printed;
  for (int step = 0; step < 60; ++step) {
    const std::size_t choice = below(10);
    if (choice < 5) session.type(words[below(how.emoji ? words.size() : 7)]);
    if (choice == 5 || choice == 6) session.press(moves[below(moves.size())]);
    if (choice == 7 || choice == 8) {
      printed.push_back("b:" + std::to_string(step) + (below(2) == 0 ? "好" : ""));
      session.print({printed.back()});
    }
    if (choice == 9) session.resize(8 + below(50));
    check(session, printed, !how.emoji || !how.kind.reflows);
  }
}

TEST_CASE("LineScreen: any interleaving leaves the output in order and the edit row intact") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    for (unsigned bits = 0; bits < 8; ++bits) {
      interleave({.seed = seed,
                  .kind = {.joins_emoji = (bits & 1) != 0, .reflows = (bits & 2) != 0},
                  .emoji = (bits & 4) != 0});
    }
  }
}

}  // namespace
}  // namespace sockchat::client_core
