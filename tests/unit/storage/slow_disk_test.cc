// What the store answers while a sync takes long: nobody waits for ever, and memory has a bound.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "contract/store_worlds.h"
#include "failing_sync.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

// Messages that are under way at the same time, and what each was told.
struct Appends {
  explicit Appends(SqliteWorld& in) : world(in) {}

  void append(std::string text) {
    const std::size_t number = codes.size();
    codes.emplace_back();
    world.store().append(draft(kAlice, kBob, std::move(text)), [this, number](Result<domain::Accepted> done) {
      codes[number] = done ? "ok" : std::string(name_of(done.error().code));
    });
  }
  bool await(std::size_t number) {
    return world.executor.run_until([&] { return codes[number].has_value(); });
  }

  SqliteWorld& world;
  std::vector<std::optional<std::string>> codes;
};

std::vector<std::string> texts_in(SqliteWorld& world) {
  std::vector<std::string> texts;
  const auto page = world.ask().fetch(everything_for(kBob));
  REQUIRE(page);
  for (const domain::Message& message : page->messages) texts.push_back(message.text);
  return texts;
}

}  // namespace

TEST_CASE("slow disk: a message that has waited too long for its turn is busy, and not stored") {
  SqliteWorld world(storage::SqliteStoreLimits{.wait_max = 50ms});
  Appends appends(world);
  {
    const HeldSync held;
    appends.append("first");
    REQUIRE(world.executor.run_until([&] { return held.is_waited_for(); }));
    appends.append("second");
    world.store().save_lockout({.name = {}, .failures = 1, .locked_until = {}}, [](Result<void>) {});
    const auto until = std::chrono::steady_clock::now() + 100ms;
    REQUIRE(world.executor.run_until([&] { return std::chrono::steady_clock::now() >= until; }));
    CHECK_FALSE(appends.codes[0]);
  }
  REQUIRE(appends.await(1));
  CHECK(appends.codes[0] == "ok");
  CHECK(appends.codes[1] == "busy");
  appends.append("third");
  REQUIRE(appends.await(2));
  CHECK(appends.codes[2] == "ok");
  CHECK(texts_in(world) == std::vector<std::string>{"first", "third"});
  // What is no message waits as long as it takes.
  CHECK(world.ask().load()->lockouts.size() == 1);
}

TEST_CASE("slow disk: texts that wait have a bound, beyond which the next message is busy at once") {
  SqliteWorld world(storage::SqliteStoreLimits{.queue_bytes_max = 100});
  Appends appends(world);
  {
    const HeldSync held;
    appends.append(std::string(99, 'a'));
    REQUIRE(world.executor.run_until([&] { return held.is_waited_for(); }));
    appends.append("b");
    appends.append("c");
    REQUIRE(appends.await(2));
    CHECK(appends.codes[2] == "busy");
    CHECK_FALSE(appends.codes[0]);
    CHECK_FALSE(appends.codes[1]);
  }
  REQUIRE(appends.await(1));
  CHECK(appends.codes[0] == "ok");
  CHECK(appends.codes[1] == "ok");
  appends.append("d");
  REQUIRE(appends.await(3));
  CHECK(appends.codes[3] == "ok");
}
