// The rows of the table of limits that only the disk can meet, each just below, at and just above: who is
// refused is told, and counted.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "contract/store_worlds.h"
#include "failing_sync.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

struct Told {
  std::vector<std::optional<std::string>> codes;

  void append(SqliteWorld& world, std::string text) {
    const std::size_t number = codes.size();
    codes.emplace_back();
    world.store().append(draft(kAlice, kBob, std::move(text)), [this, number](Result<domain::Accepted> done) {
      codes[number] = done ? "ok" : std::string(name_of(done.error().code));
    });
  }
  bool await_all(SqliteWorld& world) {
    return world.executor.run_until(
        [&] { return std::ranges::all_of(codes, [](const auto& code) { return code.has_value(); }); });
  }
};

using Codes = std::vector<std::optional<std::string>>;

}  // namespace

TEST_CASE("limits walk: store_queue operations wait for the disk, and one more is busy") {
  SqliteWorld world(std::size_t{3});
  Told told;
  {
    const HeldSync held;
    for (int number = 0; number < 4; ++number) told.append(world, "text");
    REQUIRE(world.executor.run_until([&] { return told.codes[3].has_value(); }));
    CHECK(told.codes == Codes{{}, {}, {}, "busy"});
  }
  REQUIRE(told.await_all(world));
  CHECK(told.codes == Codes{"ok", "ok", "ok", "busy"});
  CHECK(world.met.of(&Limits::store_queue) == 1);
}

TEST_CASE("limits walk: while store_queue_bytes of text wait, a message is busy") {
  for (const std::size_t waiting : {9U, 10U, 11U}) {
    CAPTURE(waiting);
    SqliteWorld world(storage::SqliteStoreLimits{.queue_bytes_max = 10});
    Told told;
    {
      const HeldSync held;
      told.append(world, std::string(waiting, 'a'));
      told.append(world, "b");
      const bool is_over = waiting >= 10;
      if (is_over) REQUIRE(world.executor.run_until([&] { return told.codes[1].has_value(); }));
      CHECK(told.codes[1] == (is_over ? std::optional<std::string>("busy") : std::nullopt));
      CHECK(world.met.of(&Limits::store_queue_bytes) == (is_over ? 1 : 0));
    }
    REQUIRE(told.await_all(world));
    CHECK(told.codes[0] == "ok");
  }
}

TEST_CASE("limits walk: a message that has waited longer than store_wait_seconds is busy, and counted once") {
  SqliteWorld world(storage::SqliteStoreLimits{.wait_max = 50ms});
  Told told;
  {
    const HeldSync held;
    told.append(world, "first");
    REQUIRE(world.executor.run_until([&] { return held.is_waited_for(); }));
    told.append(world, "second");
    const auto until = std::chrono::steady_clock::now() + 100ms;
    REQUIRE(world.executor.run_until([&] { return std::chrono::steady_clock::now() >= until; }));
  }
  REQUIRE(told.await_all(world));
  CHECK(told.codes == Codes{"ok", "busy"});
  CHECK(world.met.of(&Limits::store_wait_seconds) == 1);

  SqliteWorld patient(storage::SqliteStoreLimits{.wait_max = SqliteWorld::kPatience});
  Told taken;
  taken.append(patient, "first");
  taken.append(patient, "second");
  REQUIRE(taken.await_all(patient));
  CHECK(taken.codes == Codes{"ok", "ok"});
  CHECK(patient.met.of(&Limits::store_wait_seconds) == 0);
}

TEST_CASE("limits walk: below disk_free_min new messages are refused, and above they are not") {
  const std::uintmax_t room = 64U << 20;
  SqliteWorld world(storage::SqliteStoreLimits{.disk_free_min = 0});
  const std::uintmax_t free = std::filesystem::space(world.directory.path()).available;
  REQUIRE(free > room);
  // Others write to the disk at the same time.
  for (const bool is_enough : {true, false}) {
    CAPTURE(is_enough);
    world.limits.disk_free_min = is_enough ? free - room : free + room;
    world.reopen();
    const auto told = world.ask().append(draft(kAlice, kBob, "text"));
    CHECK(told.has_value() == is_enough);
    if (!told) CHECK(told.error().code == Errc::storage);
    world.ask().settle();
    CHECK(world.met.of(&Limits::disk_free_min) == (is_enough ? 0 : 1));
  }
}
