#include "server/credentials_importer.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "unit/server/served_world.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;

constexpr crypto::HashCost kCheap{.memory_kib = 8, .iterations = 1};

std::vector<storage::Credential> credentials(const std::vector<std::string>& names) {
  std::vector<storage::Credential> users;
  for (const std::string& name : names) {
    users.push_back({*domain::UserName::parse(name, 32), Secret("password-of-" + name)});
  }
  return users;
}

struct Fixture {
  ServedWorld world;
  Log log{spdlog::level::off};
  HashingPool pool;
  CredentialsImporter importer{world.core, pool, world.links, log};

  explicit Fixture(std::size_t workers)
      : pool(
            [workers] {
              Limits limits;
              limits.hash_workers = workers;
              return limits;
            }(),
            kCheap, "", *world.reactor) {
    REQUIRE(crypto::start());
  }

  // As the store has them, in the order of their ids.
  std::vector<domain::Account> accounts() {
    std::optional<domain::Snapshot> snapshot;
    const WallTime now = world.links.now().wall;
    world.store.load({now, now, now, now},
                     [&](Result<domain::Snapshot> loaded) { snapshot = *std::move(loaded); });
    world.turn_until([&] { return snapshot.has_value(); });
    std::ranges::sort(snapshot->accounts, {}, &domain::Account::id);
    return std::move(snapshot->accounts);
  }
  void await_accounts(std::size_t count) {
    world.turn_until([&] { return accounts().size() == count; });
  }
};

}  // namespace

TEST_CASE("import: accounts come in the file's order, whatever the number of workers") {
  for (const std::size_t workers : {1, 3}) {
    CAPTURE(workers);
    Fixture fixture(workers);
    std::vector<std::string> names;
    for (int number = 0; number < 500; ++number) names.push_back(fmt::format("user{}", number * 7 % 500));
    fixture.importer.start(credentials(names));
    fixture.await_accounts(501);
    const auto accounts = fixture.accounts();
    for (std::size_t index = 0; index < names.size(); ++index)
      CHECK(accounts[index + 1].name.text() == names[index]);
    CHECK(crypto::verify_password(accounts[500].password_hash, Secret("password-of-" + names[499])) ==
          crypto::PasswordMatch::right);
  }
}

TEST_CASE("import: a name that is known keeps its password") {
  Fixture fixture(1);
  fixture.importer.start(credentials({"hans", "yoda"}));
  fixture.await_accounts(2);
  const auto accounts = fixture.accounts();
  CHECK(accounts[0].name.text() == "hans");
  CHECK(accounts[0].password_hash == "falcon");
  CHECK(accounts[1].name.text() == "yoda");
}

TEST_CASE("import: every announced name is there once the import is over") {
  Fixture fixture(1);
  fixture.importer.start(credentials({"yoda", "leia"}));
  fixture.await_accounts(3);
  CHECK_FALSE(fixture.world.core.needs_import(*domain::UserName::parse("leia", 32)));
}

TEST_CASE("import: stopped, it begins nothing more") {
  Fixture fixture(1);
  std::vector<std::string> names;
  for (int number = 0; number < 200; ++number) names.push_back(fmt::format("user{}", number));
  fixture.importer.start(credentials(names));
  fixture.importer.stop();
  // The two batches under way are one name each. Behind them the only worker has nothing to do.
  fixture.await_accounts(1 + HashingPool::kBatchesMax);
  bool idle = false;
  REQUIRE(fixture.pool.hash(Secret("x"), [&idle](const Result<std::string>&) { idle = true; }));
  fixture.world.turn_until([&idle] { return idle; });
  CHECK(fixture.accounts().size() == 1 + HashingPool::kBatchesMax);
}
