#include "sockchat/storage/account_admin.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "contract/store_worlds.h"
#include "sockchat/sqlite/database.h"

namespace {

using namespace sockchat;
using namespace sockchat::test;
using storage::AccountAdmin;

std::unique_ptr<AccountAdmin> admin_of(const std::string& directory, bool create = false) {
  auto admin = AccountAdmin::open(directory, create);
  REQUIRE_MESSAGE(admin, (admin ? "" : admin.error().text));
  return *std::move(admin);
}

}  // namespace

TEST_CASE("account admin: without a database it makes one only when it is told to") {
  const TemporaryDirectory directory;
  const std::string path = directory / "data";
  CHECK(AccountAdmin::open(path, false).error() ==
        Error{Errc::system, "cannot open the data directory " + path + ": No such file or directory"});
  CHECK(AccountAdmin::open(directory.path(), false).error() ==
        Error{Errc::system, "there is no database in " + directory.path()});
  CHECK(admin_of(path, true)->list()->empty());
  CHECK(admin_of(path)->add(name("ann"), "hash", at(1)));
  CHECK(admin_of(path)->list()->at(0).name == name("ann"));
}

TEST_CASE("account admin: accounts are added, changed, removed, and come back with their id") {
  const TemporaryDirectory directory;
  const auto admin = admin_of(directory.path(), true);
  CHECK(admin->add(name("ann"), "first", at(1)));
  CHECK(admin->add(name("bob"), "hash", at(1)));
  CHECK(admin->add(name("ann"), "other", at(1)).error().code == Errc::name_taken);
  CHECK(admin->set_password("ann", "second"));
  CHECK(admin->list()->at(0).password_hash == "second");
  const UserId id = admin->list()->at(0).id;

  CHECK(admin->remove("ann"));
  CHECK(admin->list()->at(0).removed);
  CHECK(admin->remove("ann").error().code == Errc::unknown_user);
  CHECK(admin->set_password("ann", "third").error().code == Errc::unknown_user);
  CHECK(admin->remove("nobody").error().code == Errc::unknown_user);

  CHECK(admin->add(name("ann"), "third", at(2)));
  const auto accounts = admin->list();
  REQUIRE(accounts->size() == 2);
  CHECK(accounts->at(0).id == id);
  CHECK(accounts->at(0).password_hash == "third");
  CHECK_FALSE(accounts->at(0).removed);
}

TEST_CASE("account admin: a removed account comes back with its mailbox and its blocks") {
  SqliteWorld world;
  const UserId ann = world.ask().add_account("ann")->id;
  const UserId bob = world.ask().add_account("bob")->id;
  REQUIRE(world.ask().append(draft(bob, ann, "text")));
  REQUIRE(world.ask().set_blocked({.owner = ann, .target = bob}, true));
  const auto admin = admin_of(world.directory.path());
  REQUIRE(admin->remove("ann"));
  CHECK(world.ask().add_account("ann").error().code == Errc::name_taken);
  REQUIRE(admin->add(name("ann"), "hash", at(1)));
  const auto snapshot = world.ask().load();
  CHECK(snapshot->waiting.size() == 1);
  CHECK(snapshot->blocks.size() == 1);
}

TEST_CASE("account admin: a new password and a removal end the tokens of that account alone") {
  SqliteWorld world;
  std::vector<UserId> users;
  for (std::uint8_t number = 1; number <= 3; ++number) {
    users.push_back(world.ask().add_account("user" + std::to_string(number))->id);
    domain::NewLogin login = login_of(users.back(), 1'000);
    login.token = token(number);
    REQUIRE(world.ask().record_login(login));
  }
  const auto admin = admin_of(world.directory.path());
  REQUIRE(admin->set_password("user1", "another"));
  auto tokens = world.ask().load()->tokens;
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].user == users[1]);
  CHECK(tokens[1].user == users[2]);
  REQUIRE(admin->remove("user2"));
  REQUIRE(admin->add(name("user2"), "hash", at(2)));
  tokens = world.ask().load()->tokens;
  REQUIRE(tokens.size() == 1);
  CHECK(tokens[0].user == users[2]);
}

TEST_CASE("account admin: a running server hears of every change, and of nothing else") {
  SqliteWorld world;
  std::vector<domain::AccountChanges> heard;
  world.store().watch_accounts(
      [&heard](domain::AccountChanges changes) { heard.push_back(std::move(changes)); });
  const domain::NameDigest digest{std::byte{1}};
  REQUIRE(world.ask().save_lockout({.name = digest, .failures = 0, .locked_until = at(9'000'000)}));
  REQUIRE(world.ask().add_account("bob"));
  CHECK(heard.empty());

  const auto admin = admin_of(world.directory.path());
  CHECK(admin->list()->size() == 1);
  CHECK(admin->lockouts()->size() == 1);
  REQUIRE(admin->add(name("ann"), "hash", at(1)));
  REQUIRE(world.executor.run_until([&heard] { return !heard.empty(); }, std::chrono::seconds(5)));
  CHECK(heard.back().accounts.size() == 2);
  CHECK(heard.back().lockouts.size() == 1);

  REQUIRE(admin->unlock(digest));
  REQUIRE(
      world.executor.run_until([&heard] { return heard.back().lockouts.empty(); }, std::chrono::seconds(5)));
  REQUIRE(admin->remove("bob"));
  REQUIRE(world.executor.run_until([&heard] { return heard.back().accounts[0].removed; },
                                   std::chrono::seconds(5)));
}

TEST_CASE("account admin: it works between the commits of a busy server, and the server goes on") {
  SqliteWorld world;
  const auto admin = admin_of(world.directory.path());
  std::size_t answered = 0;
  for (int number = 0; number < 20; ++number) {
    for (int message = 0; message < 100; ++message)
      world.store().append(draft(UserId(1), UserId(2), "text"), [&answered](const auto& accepted) {
        CHECK(accepted.has_value());
        ++answered;
      });
    REQUIRE(admin->add(name("user" + std::to_string(number)), "hash", at(1)));
  }
  REQUIRE(world.executor.run_until([&answered] { return answered == 2'000; }));
  CHECK(world.notices.empty());
  world.reopen();
  CHECK(world.ask().load()->accounts.size() == 20);
}
