// What every domain::Store keeps to (sockchat/domain/ports.h): history, search and sessions. Included as
// store_contract.h is.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "contract/store_contract.h"

namespace sockchat::test {

inline Texts texts(const domain::HistoryPage& page) {
  Texts texts;
  for (const domain::Message& message : page.messages) texts.push_back(message.text);
  return texts;
}
inline Texts texts(const Result<domain::HistoryPage>& page) {
  REQUIRE_MESSAGE(page, (page ? "" : page.error().text));
  return texts(*page);
}

TEST_CASE_TEMPLATE("store: a history has what two users said to each other, oldest first", World,
                   STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "1", "cid", 700));
  world.ask().append(draft(kBob, kAlice, "2"));
  world.ask().append(draft(kAlice, kCarol, "to another"));
  world.ask().append(draft(kCarol, kBob, "of another"));
  world.ask().append(draft(kAlice, kEveryone, "to all"));
  world.ask().append(draft(kAlice, kBob, "3"));
  const auto page = world.ask().history(history_of(kAlice, kBob));
  CHECK(texts(page) == Texts{"1", "2", "3"});
  CHECK(
      page->messages[0] ==
      domain::Message{.id = page->messages[0].id, .from = kAlice, .to = kBob, .text = "1", .time = at(700)});
  CHECK_FALSE(page->more);
  CHECK_FALSE(page->cut);
  CHECK(world.ask().history(history_of(kBob, kAlice))->messages == page->messages);
  CHECK(world.ask().history(history_of(kAlice, kAlice))->messages.empty());
  CHECK(world.ask().history(history_of(kAlice, UserId(99)))->messages.empty());
}

TEST_CASE_TEMPLATE("store: the history of broadcasts leaves out whom the asker refuses now", World,
                   STORE_WORLDS) {
  World world;
  const domain::BlockRecord block{.owner = kBob, .target = kAlice};
  world.ask().append(draft(kAlice, kEveryone, "1"));
  world.ask().append(draft(kBob, kEveryone, "2"));
  CHECK(world.ask().set_blocked(block, true));
  world.ask().append(draft(kAlice, kEveryone, "3"));
  world.ask().append(draft(kAlice, kBob, "direct"));
  world.ask().append(draft(kCarol, kEveryone, "4"));
  CHECK(texts(world.ask().history(history_of(kBob, kEveryone))) == Texts{"2", "4"});
  CHECK(texts(world.ask().history(history_of(kAlice, kEveryone))) == Texts{"1", "2", "3", "4"});
  CHECK(world.ask().set_blocked(block, false));
  CHECK(texts(world.ask().history(history_of(kBob, kEveryone))) == Texts{"1", "2", "3", "4"});
  CHECK(world.ask().set_blocked(block, true));
  // A direct message is history, whoever is refused.
  CHECK(texts(world.ask().history(history_of(kBob, kAlice))) == Texts{"direct"});
}

TEST_CASE_TEMPLATE("store: a page of history ends at its bounds, and says so", World, STORE_WORLDS) {
  World world;
  std::vector<MessageId> ids;
  for (const char* text : {"aa", "bbb", "c", "dddd"})
    ids.push_back(world.ask().append(draft(kAlice, kBob, text))->id);
  auto query = history_of(kAlice, kBob);

  SUBCASE("by count") {
    query.count_max = 3;
    const auto page = world.ask().history(query);
    CHECK(texts(page) == Texts{"bbb", "c", "dddd"});
    CHECK(page->more);
    query.count_max = 4;
    CHECK_FALSE(world.ask().history(query)->more);
  }
  SUBCASE("by bytes") {
    query.bytes_max = 5;
    CHECK(texts(world.ask().history(query)) == Texts{"c", "dddd"});
    query.bytes_max = 7;
    CHECK(texts(world.ask().history(query)) == Texts{"c", "dddd"});
    query.bytes_max = 8;
    CHECK(texts(world.ask().history(query)) == Texts{"bbb", "c", "dddd"});
  }
  SUBCASE("with one message at least") {
    query.bytes_max = 1;
    const auto page = world.ask().history(query);
    CHECK(texts(page) == Texts{"dddd"});
    CHECK(page->more);
  }
  SUBCASE("before a message, which is not in it") {
    query.before = ids[2];
    CHECK(texts(world.ask().history(query)) == Texts{"aa", "bbb"});
    query.before = ids[0];
    const auto page = world.ask().history(query);
    CHECK(page->messages.empty());
    CHECK_FALSE(page->more);
    query.before = MessageId(std::numeric_limits<std::int64_t>::max());
    CHECK(texts(world.ask().history(query)).size() == 4);
  }
}

TEST_CASE_TEMPLATE("store: paging back by any bounds gives the same history once", World, STORE_WORLDS) {
  World world;
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Texts between;
  Texts to_all;
  for (int number = 0; number < 300; ++number) {
    const UserId from(1 + random() % 3);
    const UserId to(random() % 4);
    const std::string text = std::to_string(number) + std::string(random() % 20, '.');
    world.store().append(draft(from, to, text), [](const auto&) {});
    if (from != to && (from == kAlice || from == kBob) && (to == kAlice || to == kBob))
      between.push_back(text);
    if (to == kEveryone) to_all.push_back(text);
  }
  world.ask().settle();
  for (int round = 0; round < 10; ++round) {
    auto query = history_of(kAlice, round % 2 == 0 ? kBob : kEveryone);
    query.count_max = 1 + random() % 20;
    query.bytes_max = 1 + random() % 200;
    Texts seen;
    for (bool more = true; more;) {
      const auto page = world.ask().history(query);
      REQUIRE(page);
      REQUIRE((!page->messages.empty() || !page->more));
      const Texts said = texts(page);
      seen.insert(seen.begin(), said.begin(), said.end());
      if (!page->messages.empty()) query.before = page->messages.front().id;
      more = page->more;
    }
    CHECK(seen == (round % 2 == 0 ? between : to_all));
  }
}

// The index of a store on disk is filled behind.
template <class World>
domain::HistoryPage found(World& world, UserId asker, const std::string& words,
                          std::size_t count_max = 1'000) {
  domain::HistoryPage page;
  REQUIRE(world.executor.run_until([&] {
    auto answer = world.ask().search(asker, words, count_max);
    REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().text));
    page = *std::move(answer);
    return page.unindexed == 0;
  }));
  return page;
}

TEST_CASE_TEMPLATE("store: a search finds all the words in any order and case, newest first", World,
                   STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "The Falcon is a ship"));
  world.ask().append(draft(kBob, kAlice, "which ship? the falcon?"));
  world.ask().append(draft(kAlice, kBob, "a falconer, no ship"));
  world.ask().append(draft(kAlice, kBob, "FALCON\nSHIP"));
  const auto say = [&](const std::string& words) { return texts(found(world, kAlice, words)); };
  CHECK(say("falcon ship") == Texts{"FALCON\nSHIP", "which ship? the falcon?", "The Falcon is a ship"});
  CHECK(say("SHIP  falcon ") == say("falcon ship"));
  CHECK(say("falconer") == Texts{"a falconer, no ship"});
  CHECK(say("falcon falconer").empty());
  CHECK(say("nothing").empty());
}

TEST_CASE_TEMPLATE("store: the parts of a word stand behind each other", World, STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "an X-Wing"));
  world.ask().append(draft(kAlice, kBob, "x wing"));
  world.ask().append(draft(kAlice, kBob, "wing x"));
  world.ask().append(draft(kAlice, kBob, "x and wing"));
  world.ask().append(draft(kAlice, kBob, "xwing"));
  CHECK(texts(found(world, kBob, "x-wing")) == Texts{"x wing", "an X-Wing"});
  CHECK(texts(found(world, kBob, "x wing")) == Texts{"x and wing", "wing x", "x wing", "an X-Wing"});
  CHECK(texts(found(world, kBob, "(x)-*wing")) == Texts{"x wing", "an X-Wing"});
}

TEST_CASE_TEMPLATE("store: letters beyond ASCII are letters", World, STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob,
                           "gr\xc3\xb6\xc3\x9f"
                           "er"));
  world.ask().append(draft(kAlice, kBob, "groser"));
  CHECK(texts(found(world, kBob,
                    "gr\xc3\xb6\xc3\x9f"
                    "er")) == Texts{"gr\xc3\xb6\xc3\x9f"
                                    "er"});
  CHECK(texts(found(world, kBob, "gr")).empty());
}

TEST_CASE_TEMPLATE("store: a search shows what the asker said or was told, and broadcasts as history does",
                   World, STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "word 1"));
  world.ask().append(draft(kAlice, kCarol, "word 2"));
  world.ask().append(draft(kCarol, kEveryone, "word 3"));
  world.ask().append(draft(kBob, kAlice, "word 4"));
  world.ask().append(draft(kBob, kEveryone, "word 5"));
  world.ask().append(draft(kAlice, kEveryone, "word u2 u0"));
  CHECK(texts(found(world, kBob, "word")) == Texts{"word u2 u0", "word 5", "word 4", "word 3", "word 1"});
  CHECK(texts(found(world, UserId(99), "word")) == Texts{"word u2 u0", "word 5", "word 3"});
  CHECK(world.ask().set_blocked({.owner = kBob, .target = kCarol}, true));
  CHECK(world.ask().set_blocked({.owner = kBob, .target = kAlice}, true));
  CHECK(texts(found(world, kBob, "word")) == Texts{"word 5", "word 4", "word 1"});
  // The ids of the participants are no words.
  CHECK(texts(found(world, kAlice, "u2")) == Texts{"word u2 u0"});
  CHECK(texts(found(world, kAlice, "u1")).empty());
}

TEST_CASE_TEMPLATE("store: a page of found messages ends at its bounds, and says so", World, STORE_WORLDS) {
  World world;
  for (int number = 0; number < 5; ++number)
    world.ask().append(draft(kAlice, kBob, "word " + std::to_string(number)));
  found(world, kAlice, "word");
  auto page = found(world, kAlice, "word", 3);
  CHECK(texts(page) == Texts{"word 4", "word 3", "word 2"});
  CHECK(page.more);
  page = found(world, kAlice, "word", 5);
  CHECK(page.messages.size() == 5);
  CHECK_FALSE(page.more);
  std::optional<domain::HistoryPage> narrow;
  world.store().search({.asker = kAlice, .words = "word", .count_max = 10, .bytes_max = 13},
                       [&narrow](auto answer) { narrow = *std::move(answer); });
  REQUIRE(world.executor.run_until([&narrow] { return narrow.has_value(); }));
  CHECK(texts(*narrow) == Texts{"word 4", "word 3"});
  CHECK(narrow->more);
}

TEST_CASE_TEMPLATE("store: a search without a word, or with too much, is a bad argument", World,
                   STORE_WORLDS) {
  World world;
  REQUIRE(world.ask().append(draft(kAlice, kBob, "text")));
  std::string words;
  for (int number = 0; number < 17; ++number) words += "w ";
  for (const std::string& wrong :
       {std::string(), std::string("   "), std::string("* \" ( ) - ^ :"), std::string(16'384, '*'),
        std::string(257, 'x'), words, std::string("*\n\t\0", 4)}) {
    const auto answer = world.ask().search(kAlice, wrong);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::bad_argument);
  }
  CHECK(world.ask().search(kAlice, std::string(256, 'x')));
  CHECK(world.ask().search(kAlice, words.substr(2)));
}

TEST_CASE_TEMPLATE("store: no operator has a meaning in a search", World, STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "text and near or not who"));
  world.ask().append(draft(kAlice, kBob, "texts"));
  for (const char* words :
       {"text*", "text AND who", "text OR who", "NOT text", "NEAR(text who)", "\"text\"", "\"text", "^text",
        "text:", "-text", "{text}", "text'", "text; DROP", "text\"\"who"}) {
    INFO(words);
    const auto answer = found(world, kBob, words);
    CHECK(std::ranges::none_of(answer.messages, [](const auto& message) { return message.text == "texts"; }));
  }
  CHECK(texts(found(world, kBob, "text*")).size() == 1);
  CHECK(texts(found(world, kBob, "text NEAR who")).size() == 1);
  CHECK(texts(found(world, kBob, "text OR nothing")).empty());
  CHECK(texts(found(world, kBob, "who:text")).empty());
}

TEST_CASE_TEMPLATE("store: the newest logins of a user come first, with their ends", World, STORE_WORLDS) {
  World world;
  CHECK(world.ask().logins(kAlice)->empty());
  const auto first = world.ask().record_login(login_of(kAlice, 1'000, "10.0.0.1"));
  const auto second = world.ask().record_login(login_of(kAlice, 2'000, "::1"));
  REQUIRE(world.ask().record_login(login_of(kBob, 2'500)));
  const auto third = world.ask().record_login(login_of(kAlice, 3'000, "10.0.0.3"));
  CHECK(world.ask().record_logout(first->id, at(1'500), "timeout"));
  CHECK(world.ask().record_logout(second->id, at(1'000), "logout"));  // a clock was set
  const domain::LoginRecord newest{
      .login = at(3'000), .logout = std::nullopt, .reason = "", .address = "10.0.0.3"};
  const domain::LoginRecord middle{
      .login = at(2'000), .logout = at(2'000), .reason = "logout", .address = "::1"};
  const domain::LoginRecord oldest{
      .login = at(1'000), .logout = at(1'500), .reason = "timeout", .address = "10.0.0.1"};
  CHECK(world.ask().logins(kAlice) == std::vector{newest, middle, oldest});
  CHECK(world.ask().logins(kAlice, 2) == std::vector{newest, middle});
  CHECK(world.ask().load(at(4'000)));
  const auto closed = world.ask().logins(kAlice, 1);
  CHECK(closed->at(0).logout == at(4'000));
  CHECK(closed->at(0).reason == "crash");
  CHECK(world.ask().record_logout(third->id, at(5'000)));
  CHECK(world.ask().logins(kAlice, 1) == closed);
}

}  // namespace sockchat::test
