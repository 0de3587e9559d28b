// What a process that was killed leaves behind must not stand in the way of the next one.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "contract/store_worlds.h"
#include "sockchat/storage/backup.h"

using namespace sockchat;
using namespace sockchat::test;

TEST_CASE("unfinished copy: one of an earlier process with the same number is replaced") {
  SqliteWorld world;
  REQUIRE(world.ask().add_account("alice"));
  const TemporaryDirectory elsewhere;
  const std::string target = elsewhere / "copy.db";
  const std::string unfinished = target + "." + std::to_string(::getpid());
  std::ofstream(unfinished) << "half of a copy";
  const auto made = storage::back_up(world.directory.path(), target, [](auto, auto, auto) {});
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  CHECK(made->contents.accounts == 1);
  CHECK_FALSE(std::filesystem::exists(unfinished));
  CHECK(storage::check_backup(target, [](auto, auto, auto) {}));
}
