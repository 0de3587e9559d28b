// What every domain::Store keeps to (sockchat/domain/ports.h): cursors, accounts, blocks, lock-outs, logins.
// Included as store_contract.h is.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "contract/store_worlds.h"

namespace sockchat::test {

TEST_CASE_TEMPLATE("store: the cursor moves forward only, and what is behind it no longer waits", World,
                   STORE_WORLDS) {
  World world;
  const UserId bob = world.ask().add_account("bob")->id;
  std::vector<MessageId> ids;
  for (int number = 0; number < 3; ++number) ids.push_back(world.ask().append(draft(bob, bob, "text"))->id);
  CHECK(world.ask().load()->waiting.size() == 3);
  CHECK(world.ask().confirm(bob, ids[1]));
  CHECK(world.ask().confirm(bob, ids[0]));
  const auto snapshot = world.ask().load();
  CHECK(snapshot->accounts.at(0).confirmed == ids[1]);
  REQUIRE(snapshot->waiting.size() == 1);
  CHECK(snapshot->waiting[0].message == ids[2]);
  CHECK(snapshot->waiting[0].user == bob);
  CHECK(snapshot->waiting[0].bytes == 4);
  CHECK(snapshot->waiting[0].time == at(1'000));
}

TEST_CASE_TEMPLATE("store: what waits is loaded in the order of acceptance, without what is too old", World,
                   STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  const UserId bob = world.ask().add_account("bob")->id;
  world.ask().append(draft(ann, bob, "old", {}, 100));
  world.ask().append(draft(ann, kEveryone, "a broadcast does not wait", {}, 900));
  const MessageId first = world.ask().append(draft(ann, bob, "\xc3\xa4", {}, 900))->id;
  const MessageId second = world.ask().append(draft(bob, ann, "yes", {}, 800))->id;
  const MessageId third = world.ask().append(draft(ann, bob, "", {}, 500))->id;
  std::vector<MessageId> anns;
  std::vector<MessageId> bobs;
  const auto snapshot = world.ask().load(at(1'000), at(500));
  for (const domain::WaitingRecord& record : snapshot->waiting) {
    (record.user == ann ? anns : bobs).push_back(record.message);
    if (record.message == first) CHECK(record.bytes == 2);
  }
  CHECK(anns == std::vector{second});
  CHECK(bobs == std::vector{first, third});
}

TEST_CASE_TEMPLATE("store: a name is one account, and case counts", World, STORE_WORLDS) {
  World world;
  const auto ann = world.ask().add_account("ann", "hash of ann");
  REQUIRE(ann);
  CHECK(ann->id);
  CHECK(ann->name == name("ann"));
  CHECK(ann->password_hash == "hash of ann");
  CHECK(world.ask().add_account("ann", "other").error().code == Errc::name_taken);
  const auto other = world.ask().add_account("Ann", "hash of Ann");
  REQUIRE(other);
  CHECK(other->id != ann->id);
  CHECK(world.ask().set_password(ann->id, "new hash"));
  CHECK(world.ask().set_password(UserId(99), "nobody's"));

  const auto accounts = world.ask().load()->accounts;
  REQUIRE(accounts.size() == 2);
  CHECK(accounts[0].password_hash == "new hash");
  CHECK(accounts[1].password_hash == "hash of Ann");
  CHECK_FALSE(accounts[0].removed);
  CHECK_FALSE(accounts[0].last_login);
}

TEST_CASE_TEMPLATE("store: failures are counted until the next login", World, STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  CHECK(world.ask().count_failure(ann));
  CHECK(world.ask().count_failure(ann));
  CHECK(world.ask().count_failure(UserId(99)));
  CHECK(world.ask().load()->accounts[0].failures_since == 2);
  CHECK(world.ask().record_login(ann, at(7'000)));
  const auto account = world.ask().load()->accounts[0];
  CHECK(account.failures_since == 0);
  CHECK(account.last_login == at(7'000));
}

TEST_CASE_TEMPLATE("store: blocks are set and lifted, twice too", World, STORE_WORLDS) {
  World world;
  const domain::BlockRecord ann_bob{.owner = kAlice, .target = kBob};
  const domain::BlockRecord bob_ann{.owner = kBob, .target = kAlice};
  for (int twice = 0; twice < 2; ++twice) {
    CHECK(world.ask().set_blocked(ann_bob, true));
    CHECK(world.ask().set_blocked(bob_ann, true));
  }
  CHECK(world.ask().load()->blocks.size() == 2);
  for (int twice = 0; twice < 2; ++twice) CHECK(world.ask().set_blocked(ann_bob, false));
  CHECK(world.ask().load()->blocks == std::vector{bob_ann});
}

TEST_CASE_TEMPLATE("store: a lock-out replaces the one before, and an empty one removes it", World,
                   STORE_WORLDS) {
  World world;
  domain::LockoutRecord record{
      .name = {std::byte{1}, std::byte{0}, std::byte{255}}, .failures = 2, .locked_until = std::nullopt};
  domain::LockoutRecord other{.name = {std::byte{2}}, .failures = 0, .locked_until = at(9'000'000)};
  CHECK(world.ask().save_lockout(record));
  CHECK(world.ask().save_lockout(other));
  record.failures = 0;
  record.locked_until = at(8'000'000);
  CHECK(world.ask().save_lockout(record));
  auto lockouts = world.ask().load()->lockouts;
  std::ranges::sort(lockouts, {}, &domain::LockoutRecord::name);
  CHECK(lockouts == std::vector{record, other});
  CHECK(world.ask().save_lockout({.name = record.name, .failures = 0, .locked_until = std::nullopt}));
  CHECK(world.ask().load()->lockouts == std::vector{other});
}

TEST_CASE_TEMPLATE("store: the last logout of each user is known, and load closes what is open", World,
                   STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  const UserId bob = world.ask().add_account("bob")->id;
  const auto first = world.ask().record_login(ann, at(1'000));
  const auto second = world.ask().record_login(ann, at(2'000));
  REQUIRE(second);
  CHECK(*first != *second);
  CHECK(world.ask().record_logout(*first, at(3'000)));
  CHECK(world.ask().record_logout(*second, at(4'000)));
  CHECK(world.ask().record_logout(*first, at(5'000)));  // it is over already
  CHECK(world.ask().record_logout(LoginId(99), at(6'000)));
  const auto of = [](const domain::Snapshot& snapshot, UserId user) -> std::optional<WallTime> {
    const auto found = std::ranges::find(snapshot.logouts, user, &domain::LogoutRecord::user);
    return found == snapshot.logouts.end() ? std::nullopt : std::optional(found->time);
  };
  const auto before = world.ask().load(at(10'000));
  CHECK(of(*before, ann) == at(4'000));
  CHECK_FALSE(of(*before, bob));
  REQUIRE(world.ask().record_login(bob, at(11'000)));
  CHECK(of(*world.ask().load(at(12'000)), bob) == at(12'000));
  CHECK(of(*world.ask().load(at(13'000)), bob) == at(12'000));  // nothing is open any more
}

}  // namespace sockchat::test
