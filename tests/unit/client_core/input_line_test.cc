#include "sockchat/client_core/input_line.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace sockchat::client_core {
namespace {

Edit type(InputLine& line, std::string_view text) { return line.apply({Key::text, std::string(text)}); }
Edit press(InputLine& line, std::initializer_list<Key> keys) {
  Edit last = Edit::none;
  for (const Key key : keys) last = line.apply({.key = key});
  return last;
}
void submit(InputLine& line, std::string_view text) {
  type(line, text);
  CHECK(press(line, {Key::enter}) == Edit::submitted);
  CHECK(line.take() == text);
}

TEST_CASE("InputLine: text goes in at the cursor and comes out by Enter") {
  InputLine line;
  type(line, "hallo");
  press(line, {Key::left, Key::left, Key::left, Key::backspace});
  type(line, "e");
  CHECK(line.shown() == "hello");
  CHECK(line.cursor() == 2);
  CHECK(press(line, {Key::end, Key::right}) == Edit::none);
  CHECK(press(line, {Key::enter}) == Edit::submitted);
  CHECK(line.take() == "hello");
  CHECK(line.empty());
}

TEST_CASE("InputLine: what looks like one character moves and goes as one") {
  InputLine line;
  type(line, "ae\u0301\U0001F468\u200D\U0001F469好");
  press(line, {Key::left, Key::backspace});
  CHECK(line.shown() == "ae\u0301好");
  press(line, {Key::left, Key::erase});
  CHECK(line.shown() == "a好");
  CHECK(line.cursor() == 1);
}

TEST_CASE("InputLine: an accent that is typed later joins its letter") {
  InputLine line;
  type(line, "e");
  type(line, "\u0301");
  press(line, {Key::left});
  CHECK(line.cursor() == 0);
  press(line, {Key::end, Key::backspace});
  CHECK(line.empty());
}

TEST_CASE("InputLine: words, kill, yank and transpose") {
  InputLine line;
  type(line, "message hans  Hey Dude");
  press(line, {Key::word_left, Key::word_left, Key::kill_word_left});
  CHECK(line.shown() == "message Hey Dude");
  press(line, {Key::end});
  type(line, " ");
  press(line, {Key::yank});
  CHECK(line.shown() == "message Hey Dude hans  ");
  press(line, {Key::home, Key::word_right, Key::kill_to_end});
  CHECK(line.shown() == "message");
  press(line, {Key::transpose});
  CHECK(line.shown() == "messaeg");
  press(line, {Key::left, Key::left, Key::transpose, Key::kill_to_start});
  CHECK(line.shown() == "g");
  press(line, {Key::yank});
  CHECK(line.shown() == "messeag");
}

TEST_CASE("InputLine: Ctrl-D ends an empty line and erases in another; Ctrl-C leaves the line alone") {
  InputLine line;
  CHECK(press(line, {Key::end_or_erase}) == Edit::ended);
  type(line, "ab");
  CHECK(press(line, {Key::home, Key::end_or_erase}) == Edit::changed);
  CHECK(press(line, {Key::interrupt}) == Edit::interrupted);
  CHECK(line.shown() == "b");
}

TEST_CASE("InputLine: the history keeps the draft and no line twice in a row") {
  InputLine line;
  submit(line, "one");
  submit(line, "two");
  submit(line, "two");
  submit(line, "");
  type(line, "draft");
  press(line, {Key::up});
  CHECK(line.shown() == "two");
  CHECK(press(line, {Key::up, Key::up}) == Edit::none);
  CHECK(line.shown() == "one");
  type(line, "!");  // changes what is typed, not what was
  press(line, {Key::down, Key::down});
  CHECK(line.shown() == "draft");
  CHECK(press(line, {Key::down}) == Edit::none);
  line.forget_newest();
  press(line, {Key::up});
  CHECK(line.shown() == "one");
}

TEST_CASE("InputLine: the history is bounded in lines and bytes") {
  InputLine line;
  for (std::size_t i = 0; i <= InputLine::kHistoryLinesMax; ++i) submit(line, std::to_string(i));
  for (std::size_t i = 0; i <= InputLine::kHistoryLinesMax; ++i) press(line, {Key::up});
  CHECK(line.shown() == "1");
  line.begin(InputLine::Mode::open);
  std::string large(InputLine::kLineBytesMax, 'x');
  for (std::size_t i = 0; i < 40; ++i) {
    large.back() = static_cast<char>('a' + i % 26);
    submit(line, large);
  }
  std::size_t kept = 0;
  while (press(line, {Key::up}) == Edit::changed) ++kept;
  CHECK(kept == InputLine::kHistoryBytesMax / InputLine::kLineBytesMax);
}

TEST_CASE("InputLine: a full line takes no more, and no half of a character") {
  InputLine line;
  type(line, std::string(InputLine::kLineBytesMax - 2, 'x'));
  type(line, "a好");
  CHECK(line.shown().size() == InputLine::kLineBytesMax - 1);
  CHECK(type(line, "好") == Edit::none);
  CHECK(type(line, "b") == Edit::changed);
  CHECK(type(line, "c") == Edit::none);
}

TEST_CASE("InputLine: a secret shows nothing and leaves nothing behind") {
  InputLine line;
  submit(line, "hans");
  line.begin(InputLine::Mode::secret);
  type(line, "falcon*solo");
  CHECK(press(line, {Key::up}) == Edit::none);
  CHECK(line.shown().empty());
  CHECK(line.cursor() == 0);
  press(line, {Key::kill_word_left, Key::yank});
  type(line, "wise@!man");
  press(line, {Key::enter});
  CHECK(line.take_secret().reveal() == "wise@!man");
  line.begin(InputLine::Mode::open);
  press(line, {Key::yank, Key::up});
  CHECK(line.shown() == "hans");
}

}  // namespace
}  // namespace sockchat::client_core
