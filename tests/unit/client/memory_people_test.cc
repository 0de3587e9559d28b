// The keys of people in a client's memory.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "client/sqlite_memory.h"
#include "support/manual_executor.h"
#include "support/temporary_directory.h"

namespace sockchat::client {
namespace {

using client_core::KeyPin;
using client_core::Opened;
using client_core::OutboxEntry;
using client_core::Person;

KeyPin pin(char digit) { return *KeyPin::parse(std::string(KeyPin::kDigits, digit)); }

const OutboxEntry kToYoda{"cid1", "yoda", "Hey Dude"};
const Person kLuke{"luke", pin('b')};

struct Place {
  [[nodiscard]] std::string file() const { return root / "hans.db"; }
  void apply(MemoryChange change) const {
    MemoryFile memory(root.path(), "hans");
    REQUIRE(memory.open());
    const std::array changes{std::move(change)};
    REQUIRE(memory.apply(changes));
  }
  [[nodiscard]] Opened next() const {
    MemoryFile memory(root.path(), "hans");
    auto opened = memory.open();
    REQUIRE(opened);
    return *std::move(opened);
  }
  test::TemporaryDirectory root;
};

TEST_CASE("people are there at the next start, each with the key that counts") {
  const Place place;
  place.apply(KeepPerson{kLuke});
  place.apply(KeepPerson{{"yoda", pin('c')}});
  place.apply(KeepPerson{{"luke", pin('d')}});
  CHECK(place.next().remembered->people == std::vector{Person{"luke", pin('d')}, Person{"yoda", pin('c')}});
}

TEST_CASE("a key that the disk has changed is nobody's: the file is set aside") {
  const Place place;
  place.apply(KeepPerson{kLuke});
  std::ifstream file(place.file(), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  bytes[bytes.find("bbbb")] = 'c';
  std::ofstream(place.file(), std::ios::binary | std::ios::trunc) << bytes;
  const Opened opened = place.next();
  CHECK(opened.remembered->people.empty());
  CHECK(opened.warning.find("is damaged") != std::string::npos);
}

TEST_CASE("a file of before there were people keeps what it has") {
  const Place place;
  place.apply(KeepEntry{kToYoda});
  {
    auto database = sqlite::Database::open(place.file(), std::chrono::milliseconds(0));
    REQUIRE(database);
    REQUIRE((*database)->execute("DROP TABLE people; PRAGMA user_version = 1"));
  }
  const Opened opened = place.next();
  CHECK(opened.remembered->outbox == std::vector{kToYoda});
  CHECK(opened.remembered->people.empty());
  place.apply(KeepPerson{kLuke});
  CHECK(place.next().remembered->people == std::vector{kLuke});
}

TEST_CASE("a person is told to be kept when he is") {
  const test::TemporaryDirectory root;
  test::ManualExecutor loop;
  const auto open = [&](SqliteMemory& memory) {
    std::optional<Opened> got;
    memory.open("hans", [&got](Opened opened) { got = std::move(opened); });
    REQUIRE(loop.run_until([&] { return got.has_value(); }));
    return *std::move(got);
  };
  SqliteMemory memory(loop, root / "state", "localhost:4000");
  open(memory);
  bool kept = false;
  memory.keep_person("luke", pin('b'), [&](const Result<void>& done) { kept = done.has_value(); });
  CHECK_FALSE(kept);
  REQUIRE(loop.run_until([&] { return kept; }));
  CHECK(open(memory).remembered->people == std::vector{kLuke});
}

}  // namespace
}  // namespace sockchat::client
