#include "sockchat/client_core/key_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
namespace sockchat::client_core {
namespace {

using Events = std::vector<KeyEvent>;

// Neighbouring texts as one, so that slicings can be compared.
Events read(std::string_view bytes, std::size_t slice) {
  KeyReader reader;
  Events all;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(slice, bytes.size()))) {
    for (KeyEvent& event : reader.feed(bytes.substr(0, slice))) {
      const bool joins = event.key == Key::text && !all.empty() && all.back().key == Key::text;
      if (joins) all.back().text += event.text;
      if (!joins) all.push_back(std::move(event));
    }
  }
  return all;
}

Events keys(std::initializer_list<Key> keys) {
  Events events;
  for (const Key key : keys) events.push_back({.key = key});
  return events;
}

TEST_CASE("KeyReader: every slicing yields the same keys") {
  const auto bytes =
      "hé好\U0001F468\x1b[D\x1b[1;5C\x1bOH\x1b[4~\x1b[200~a\r\nb\x1b[31mc\x01\n\x1b[201~\r\x1b]11;rgb:0/0/0\x1b\\x\x7f"sv;
  const Events whole = read(bytes, bytes.size());
  CHECK(whole == Events{{Key::text, "hé好\U0001F468"},
                        {Key::left, ""},
                        {Key::word_right, ""},
                        {Key::home, ""},
                        {Key::end, ""},
                        {Key::text, "a bc"},
                        {Key::enter, ""},
                        {Key::text, "x"},
                        {Key::backspace, ""}});
  for (std::size_t slice = 1; slice < bytes.size(); ++slice) CHECK(read(bytes, slice) == whole);
}

TEST_CASE("KeyReader: the variants of Home, End, Delete and the arrows") {
  CHECK(read("\x1b[H\x1bOH\x1b[1~\x1b[7~\x01", 99) ==
        keys({Key::home, Key::home, Key::home, Key::home, Key::home}));
  CHECK(read("\x1b[F\x1bOF\x1b[4~\x1b[8~\x05", 99) ==
        keys({Key::end, Key::end, Key::end, Key::end, Key::end}));
  CHECK(read("\x1b[3~\x1b[3;5~\x1b[A\x1bOB", 99) ==
        keys({Key::erase, Key::kill_word_right, Key::up, Key::down}));
  CHECK(read("\x1b[1;3D\x1b\x7f\x1b"
             "b\x1b"
             "f\x1b"
             "d",
             99) ==
        keys({Key::word_left, Key::kill_word_left, Key::word_left, Key::word_right, Key::kill_word_right}));
}

TEST_CASE("KeyReader: unknown sequences and wrong bytes leave nothing behind") {
  CHECK(read("\x1b[15~\x1bOP\x1b[[A\x1b[?62;1c\x1b[<0;1;1M\x1bx\x1bPq\x07"
             "a",
             99) == Events{{Key::text, "a"}});
  CHECK(read("\xff\xc3(\xed\xa0\x80\xc2\x9b\xf5"
             "b",
             99) == Events{{Key::text, "(b"}});
  CHECK(read("\x1b[1\r", 99) == keys({Key::enter}));  // cut off
}

TEST_CASE("KeyReader: a sequence without an end is given up") {
  const std::string endless = "\x1b]" + std::string(KeyReader::kSequenceMax + 1, '1');
  CHECK(read(endless + "a", 7) == Events{{Key::text, "a"}});
}

TEST_CASE("KeyReader: a lone ESC is a key once nothing has followed") {
  KeyReader reader;
  CHECK(reader.feed("\x1b").empty());
  CHECK(reader.waiting());
  CHECK(reader.flush() == keys({Key::escape}));
  CHECK_FALSE(reader.waiting());
  CHECK(reader.feed("[A") == Events{{Key::text, "[A"}});
}

TEST_CASE("KeyReader: a paste never submits, and Ctrl-C ends one that was cut off") {
  CHECK(read("\x1b[200~\nlogout\n\n\x1b[201~", 99) == Events{{Key::text, " logout"}});
  CHECK(read("\x1b[200~a\tb\x1bP\x1b[201~\r", 99) == Events{{Key::text, "a\tbP"}, {Key::enter, ""}});
  CHECK(read("\x1b[200~a\x03\r", 99) == Events{{Key::text, "a"}, {Key::interrupt, ""}, {Key::enter, ""}});
}

}  // namespace
}  // namespace sockchat::client_core
