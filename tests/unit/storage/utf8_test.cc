#include "storage/utf8.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "contract/store_worlds.h"
#include "support/strict_json.h"

using namespace sockchat;
using namespace sockchat::test;

namespace {

bool is_utf8_by_reference(std::string_view text) {
  std::string copy;
  while (!text.empty()) {
    if (!strict::take_utf8(text, copy)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("is_utf8: every order of the bytes at which its rules change is judged as by the reference") {
  constexpr auto kEdges =
      std::to_array({0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                     0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF});
  std::size_t wrong = 0;
  const auto judge = [&wrong](std::string_view text) {
    wrong += storage::is_utf8(text) != is_utf8_by_reference(text) ? 1 : 0;
  };
  std::string text(4, '\0');
  for (const int a : kEdges) {
    for (const int b : kEdges) {
      for (const int c : kEdges) {
        for (const int d : kEdges) {
          text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c), static_cast<char>(d)};
          for (std::size_t size = 1; size <= text.size(); ++size)
            judge(std::string_view(text).substr(0, size));
        }
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(storage::is_utf8(""));
}

TEST_CASE("read_message: a text that no frame can hold is left out and reported, and the rest comes") {
  SqliteWorld world;
  Asking ask = world.ask();
  const UserId alice = ask.add_account("alice")->id;
  const UserId bob = ask.add_account("bob")->id;
  REQUIRE(ask.append(draft(alice, bob, "before")));
  REQUIRE(ask.append(draft(alice, bob, "\xff\xfe")));
  REQUIRE(ask.append(draft(alice, bob, "\xed\xa0\x80")));
  REQUIRE(ask.append(draft(alice, bob, "behind")));

  const auto texts_of = [](const std::vector<domain::Message>& messages) {
    std::vector<std::string> texts;
    for (const domain::Message& message : messages) texts.push_back(message.text);
    return texts;
  };
  const std::vector<std::string> good{"before", "behind"};
  CHECK(texts_of(ask.fetch(everything_for(bob))->messages) == good);
  CHECK(texts_of(ask.history(history_of(bob, alice))->messages) == good);
  ask.settle();
  CHECK(std::ranges::count(world.notices, "message 2 is damaged and is left out") >= 1);
  CHECK(std::ranges::count(world.notices, "message 3 is damaged and is left out") >= 1);
}
