#include "client/sqlite_memory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/manual_executor.h"
#include "support/temporary_directory.h"

namespace sockchat::client {
namespace {

using client_core::Opened;
using client_core::OutboxEntry;

const OutboxEntry kToYoda{"cid1", "yoda", "Hey Dude"};

struct World {
  [[nodiscard]] SqliteMemory memory() { return {loop, root / "state", "localhost:4000"}; }
  Opened open(SqliteMemory& memory, std::string_view user = "hans") {
    std::optional<Opened> got;
    memory.open(user, [&got](Opened opened) { got = std::move(opened); });
    CHECK_FALSE(got);  // never inside the call
    REQUIRE(loop.run_until([&] { return got.has_value(); }));
    return *std::move(got);
  }
  client_core::ClientMemory::Done note(std::string what) {
    return [this, what](const Result<void>& done) {
      told.push_back(what + (done ? "" : " failed"));
      if (!done) code = done.error().code;
    };
  }

  test::TemporaryDirectory root;
  test::ManualExecutor loop;
  std::vector<std::string> told;
  Errc code = Errc::internal;
};

TEST_CASE("changes are told on the loop, in their order, when they are written") {
  World world;
  SqliteMemory memory = world.memory();
  REQUIRE(world.open(memory).remembered);
  memory.keep(kToYoda, world.note("kept"));
  memory.keep_shown({7, "T7"}, world.note("shown"));
  memory.forget("cid1");
  memory.keep_token(Secret("t1"), world.note("token"));
  CHECK(world.told.empty());
  REQUIRE(world.loop.run_until([&] { return world.told.size() == 3; }));
  CHECK(world.told == std::vector<std::string>{"kept", "shown", "token"});
  const Opened again = world.open(memory);
  REQUIRE(again.remembered);
  CHECK(again.remembered->outbox.empty());
  CHECK(again.remembered->shown.mid == 7);
  CHECK(again.remembered->token->reveal() == "t1");
}

TEST_CASE("a completion may ask for the next thing") {
  World world;
  SqliteMemory memory = world.memory();
  world.open(memory);
  memory.keep(kToYoda, [&](const Result<void>&) { memory.keep_shown({1, ""}, world.note("next")); });
  CHECK(world.loop.run_until([&] { return world.told.size() == 1; }));
}

TEST_CASE("what was asked for is written although the memory dies, and nobody is told") {
  World world;
  {
    // What the worker has given it is about a memory that is gone: nobody may run it.
    test::ManualExecutor loop;
    SqliteMemory memory(loop, world.root / "state", "localhost:4000");
    bool opened = false;
    memory.open("hans", [&opened](const Opened&) { opened = true; });
    REQUIRE(loop.run_until([&] { return opened; }));
    memory.keep(kToYoda, world.note("kept"));
    memory.keep_token(Secret("t1"), world.note("token"));
    memory.keep_token(std::nullopt, world.note("no token"));
  }
  SqliteMemory next = world.memory();
  const Opened opened = world.open(next);
  REQUIRE(opened.remembered);
  CHECK(opened.remembered->outbox == std::vector{kToYoda});
  CHECK_FALSE(opened.remembered->token);
  CHECK(world.told.empty());
}

TEST_CASE("an account that another client uses is not had, without a word") {
  World world;
  SqliteMemory first = world.memory();
  SqliteMemory second = world.memory();
  world.open(first);
  first.keep(kToYoda, world.note("kept"));
  REQUIRE(world.loop.run_until([&] { return world.told.size() == 1; }));
  const Opened opened = world.open(second);
  CHECK_FALSE(opened.remembered);
  CHECK(opened.warning.empty());
  second.keep(kToYoda, world.note("second"));
  REQUIRE(world.loop.run_until([&] { return world.told.size() == 2; }));
  CHECK(world.told.back() == "second failed");
  CHECK(world.code == Errc::busy);

  world.open(first, "luke");
  CHECK(world.open(second).remembered);
}

TEST_CASE("no home, and a place that cannot be, are one warning each") {
  World world;
  SqliteMemory homeless(world.loop, std::nullopt, "localhost:4000");
  const Opened none = world.open(homeless);
  CHECK_FALSE(none.remembered);
  CHECK(none.warning ==
        "Warning: neither XDG_STATE_HOME nor HOME says where to keep what is not sent yet; nothing is "
        "remembered");

  std::filesystem::create_directories(world.root / "state/localhost:4000/hans.db");
  SqliteMemory memory = world.memory();
  const Opened odd = world.open(memory);
  CHECK_FALSE(odd.remembered);
  CHECK(odd.warning.starts_with("Warning: cannot open "));
  CHECK(odd.warning.ends_with("; nothing is remembered"));
}

TEST_CASE("a name that no file can have is not remembered, without a word") {
  World world;
  SqliteMemory memory = world.memory();
  const Opened opened = world.open(memory, std::string(5000, 'x'));
  CHECK_FALSE(opened.remembered);
  CHECK(opened.warning.empty());
}

}  // namespace
}  // namespace sockchat::client
