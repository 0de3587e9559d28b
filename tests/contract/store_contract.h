// What every domain::Store keeps to (sockchat/domain/ports.h): messages; store_contract_accounts.h has the
// rest. The file that includes this one says which they are: STORE_WORLDS, the types of store_worlds.h that
// each case is run with. In one file of a test program only.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "contract/store_worlds.h"

namespace sockchat::test {

using Texts = std::vector<std::string>;

inline Texts texts(const domain::FetchedPage& page) {
  std::vector<std::string> texts;
  for (const domain::Message& message : page.messages) texts.push_back(message.text);
  return texts;
}

TEST_CASE_TEMPLATE("store: completions come in the order of the calls, and never inside one", World,
                   STORE_WORLDS) {
  World world;
  std::vector<int> order;
  bool inside = false;
  const auto next = [&order, &inside](int number) {
    return [&order, &inside, number](const auto& answer) {
      CHECK_FALSE(inside);
      CHECK(answer.has_value());
      order.push_back(number);
    };
  };
  inside = true;
  for (int round = 0; round < 50; ++round) {
    const int first = round * 5;
    world.store().append(draft(kAlice, kBob, "text"), next(first));
    world.store().fetch(everything_for(kBob), next(first + 1));
    world.store().confirm(kBob, MessageId(1), next(first + 2));
    world.store().find_accepted(draft(kAlice, kBob, "text", "cid"), next(first + 3));
    world.store().record_login(login_of(kBob, 1, "::1"), next(first + 4));
  }
  inside = false;
  REQUIRE(world.executor.run_until([&order] { return order.size() == 250; }));
  CHECK(std::ranges::is_sorted(order));
  // Counted down by the store's own thread, behind the posting.
  CHECK(world.executor.run_until([&world] { return world.store().in_flight() == 0; }));
}

TEST_CASE_TEMPLATE("store: what stands in the queue is seen by what stands behind it", World, STORE_WORLDS) {
  World world;
  std::vector<Texts> seen;
  for (const char* text : {"one", "two", "three"}) {
    world.store().append(draft(kAlice, kBob, text), [](const auto&) {});
    world.store().fetch(everything_for(kBob), [&seen](const auto& page) { seen.push_back(texts(*page)); });
  }
  REQUIRE(world.executor.run_until([&seen] { return seen.size() == 3; }));
  CHECK(seen == std::vector<Texts>{{"one"}, {"one", "two"}, {"one", "two", "three"}});
}

TEST_CASE_TEMPLATE("store: message ids rise, and the times are those of the drafts", World, STORE_WORLDS) {
  World world;
  MessageId last;
  for (std::int64_t time : {5'000, 4'000, 6'000}) {
    const auto accepted = world.ask().append(draft(kAlice, kBob, "text", {}, time));
    REQUIRE(accepted);
    CHECK(accepted->id > last);
    CHECK(accepted->time == at(time));
    CHECK_FALSE(accepted->repeated);
    last = accepted->id;
  }
  CHECK(world.ask().load()->newest == last);
}

TEST_CASE_TEMPLATE("store: a repeated cid gets the first answer and stores nothing", World, STORE_WORLDS) {
  World world;
  const auto first = world.ask().append(draft(kAlice, kBob, "text", "cid-1", 1'000));
  const auto again = world.ask().append(draft(kAlice, kBob, "text", "cid-1", 2'000));
  REQUIRE(again);
  CHECK(again->id == first->id);
  CHECK(again->time == at(1'000));
  CHECK(again->repeated);
  CHECK(world.ask().fetch(everything_for(kBob))->messages.size() == 1);

  const auto found = world.ask().find_accepted(draft(kAlice, kBob, "text", "cid-1"));
  REQUIRE(found);
  REQUIRE(found->has_value());
  CHECK((*found)->id == first->id);
}

TEST_CASE_TEMPLATE("store: a cid under another content, or another recipient, is cid_reused", World,
                   STORE_WORLDS) {
  World world;
  REQUIRE(world.ask().append(draft(kAlice, kBob, "text", "cid")));
  for (const auto& other : {draft(kAlice, kBob, "other", "cid"), draft(kAlice, kCarol, "text", "cid"),
                            draft(kAlice, kEveryone, "text", "cid")}) {
    CHECK(world.ask().append(other).error().code == Errc::cid_reused);
    CHECK(world.ask().find_accepted(other).error().code == Errc::cid_reused);
  }
  CHECK(world.ask().append(draft(kCarol, kBob, "other", "cid")));  // cids are each sender's own
  CHECK(world.ask().append(draft(kAlice, kBob, "other", "Cid")));  // and every byte of them counts
}

TEST_CASE_TEMPLATE("store: a refused cid harms nobody else in the queue", World, STORE_WORLDS) {
  World world;
  std::vector<bool> accepted;
  for (const char* text : {"one", "two", "three", "one"}) {
    world.store().append(draft(kAlice, kBob, text, "the same"),
                         [&accepted](const auto& answer) { accepted.push_back(answer.has_value()); });
    world.store().append(draft(kAlice, kBob, text),
                         [&accepted](const auto& answer) { accepted.push_back(answer.has_value()); });
  }
  REQUIRE(world.executor.run_until([&accepted] { return accepted.size() == 8; }));
  CHECK(accepted == std::vector<bool>{true, true, false, true, false, true, true, true});
  CHECK(texts(*world.ask().fetch(everything_for(kBob))) == Texts{"one", "one", "two", "three", "one"});
}

TEST_CASE_TEMPLATE("store: without a cid, the same text twice is two messages", World, STORE_WORLDS) {
  World world;
  CHECK(world.ask().append(draft(kAlice, kBob, "text")));
  CHECK(world.ask().append(draft(kAlice, kBob, "text")));
  CHECK_FALSE(world.ask().find_accepted(draft(kAlice, kBob, "text"))->has_value());
  CHECK(world.ask().fetch(everything_for(kBob))->messages.size() == 2);
}

TEST_CASE_TEMPLATE("store: a text comes back byte for byte, whatever is in it", World, STORE_WORLDS) {
  World world;
  const Texts given = {"a", "  spaces  ", "\xc3\xa4\xf0\x9f\x90\xa7", std::string("a\0b", 3),
                       std::string(300'000, 'x')};
  for (const std::string& text : given) REQUIRE(world.ask().append(draft(kAlice, kBob, text, {}, 77)));
  const auto page = world.ask().fetch(everything_for(kBob));
  REQUIRE(page);
  CHECK(texts(*page) == given);
  for (const domain::Message& message : page->messages) {
    CHECK(message.from == kAlice);
    CHECK(message.to == kBob);
    CHECK(message.time == at(77));
  }
}

TEST_CASE_TEMPLATE("store: a reader gets its own messages and the broadcasts, in the order of acceptance",
                   World, STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "1"));
  world.ask().append(draft(kAlice, kEveryone, "2"));
  world.ask().append(draft(kAlice, kCarol, "not for bob"));
  world.ask().append(draft(kCarol, kBob, "3"));
  const MessageId fourth = world.ask().append(draft(kCarol, kEveryone, "4"))->id;
  const auto page = world.ask().fetch(everything_for(kBob));
  CHECK(texts(*page) == Texts{"1", "2", "3", "4"});
  CHECK(page->messages[1].to == kEveryone);
  CHECK(page->up_to == fourth);
  CHECK_FALSE(page->more);
}

TEST_CASE_TEMPLATE("store: broadcasts are given behind their own mark only", World, STORE_WORLDS) {
  World world;
  std::vector<MessageId> ids;
  for (const char* text : {"b1", "b2", "b3"}) {
    ids.push_back(world.ask().append(draft(kAlice, kEveryone, text))->id);
    ids.push_back(world.ask().append(draft(kAlice, kBob, std::string("d") + text[1]))->id);
  }
  auto range = everything_for(kBob);
  range.broadcasts_after = ids[2];
  CHECK(texts(*world.ask().fetch(range)) == Texts{"d1", "d2", "b3", "d3"});
  range.after = ids[3];
  CHECK(texts(*world.ask().fetch(range)) == Texts{"b3", "d3"});
  range.broadcasts_after = MessageId(std::numeric_limits<std::int64_t>::max());
  CHECK(texts(*world.ask().fetch(range)) == Texts{"d3"});
}

TEST_CASE_TEMPLATE("store: pages end at their bounds, say so, and leave nothing out", World, STORE_WORLDS) {
  World world;
  std::vector<MessageId> ids;
  for (const char* text : {"aa", "bbb", "c", "dddd"})
    ids.push_back(world.ask().append(draft(kAlice, kBob, text))->id);
  auto range = everything_for(kBob);

  SUBCASE("by count") {
    range.count_max = 3;
    const auto page = world.ask().fetch(range);
    CHECK(texts(*page) == Texts{"aa", "bbb", "c"});
    CHECK(page->more);
    CHECK(page->up_to == ids[2]);
    range.count_max = 4;
    CHECK_FALSE(world.ask().fetch(range)->more);
  }
  SUBCASE("by bytes") {
    range.bytes_max = 5;
    CHECK(texts(*world.ask().fetch(range)) == Texts{"aa", "bbb"});
    range.bytes_max = 4;
    CHECK(texts(*world.ask().fetch(range)) == Texts{"aa"});
  }
  SUBCASE("with one row at least") {
    range.bytes_max = 1;
    range.after = ids[0];
    const auto page = world.ask().fetch(range);
    CHECK(texts(*page) == Texts{"bbb"});
    CHECK(page->more);
  }
  SUBCASE("and nothing more is nothing") {
    range.after = ids[3];
    const auto page = world.ask().fetch(range);
    CHECK(page->messages.empty());
    CHECK(page->up_to == ids[3]);
    CHECK_FALSE(page->more);
  }
}

TEST_CASE_TEMPLATE("store: what is too old is passed over", World, STORE_WORLDS) {
  World world;
  world.ask().append(draft(kAlice, kBob, "old", {}, 100));
  world.ask().append(draft(kAlice, kBob, "new", {}, 300));
  const MessageId last = world.ask().append(draft(kAlice, kBob, "old again: a clock was set", {}, 199))->id;
  auto range = everything_for(kBob);
  range.not_before = at(200);
  const auto page = world.ask().fetch(range);
  CHECK(texts(*page) == Texts{"new"});
  CHECK(page->up_to == last);
  CHECK_FALSE(page->more);
}

TEST_CASE_TEMPLATE("store: paging by any bounds gives the same messages once each", World, STORE_WORLDS) {
  World world;
  const std::uint32_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Texts for_bob;
  for (int number = 0; number < 300; ++number) {
    const UserId to(random() % 4);
    const std::string text = std::to_string(number) + std::string(random() % 20, '.');
    world.store().append(draft(kAlice, to, text), [](const auto&) {});
    if (to == kBob || to == kEveryone) for_bob.push_back(text);
  }
  for (int round = 0; round < 10; ++round) {
    auto range = everything_for(kBob);
    range.count_max = 1 + random() % 20;
    range.bytes_max = 1 + random() % 200;
    Texts seen;
    for (bool more = true; more;) {
      const auto page = world.ask().fetch(range);
      REQUIRE(page);
      REQUIRE((!page->messages.empty() || !page->more));
      for (const std::string& text : texts(*page)) seen.push_back(text);
      range.after = page->up_to;
      more = page->more;
    }
    CHECK(seen == for_bob);
  }
}

TEST_CASE_TEMPLATE("store: a full queue answers busy, does nothing, and has room again later", World,
                   STORE_WORLDS) {
  World world(4);
  int busy = 0;
  std::vector<MessageId> accepted;
  // More than any disk writes between two calls.
  for (int number = 0; number < 20'000; ++number) {
    world.store().append(draft(kAlice, kBob, "text"), [&](const Result<domain::Accepted>& answer) {
      if (answer) return accepted.push_back(answer->id);
      CHECK(answer.error().code == Errc::busy);
      ++busy;
    });
  }
  REQUIRE(
      world.executor.run_until([&] { return accepted.size() + static_cast<std::size_t>(busy) == 20'000; }));
  CHECK(busy > 0);
  CHECK(accepted.size() >= 4);
  CHECK(std::ranges::is_sorted(accepted));
  CHECK(world.ask().append(draft(kAlice, kBob, "again")));
  CHECK(world.ask().fetch(everything_for(kBob))->messages.size() == accepted.size() + 1);
}

TEST_CASE_TEMPLATE("store: an empty one loads as nothing", World, STORE_WORLDS) {
  World world;
  const auto snapshot = world.ask().load();
  REQUIRE(snapshot);
  CHECK(snapshot->accounts.empty());
  CHECK(snapshot->waiting.empty());
  CHECK_FALSE(snapshot->newest);
  CHECK(world.ask().fetch(everything_for(kBob))->messages.empty());
}

}  // namespace sockchat::test
