// What every domain::Store keeps to (sockchat/domain/ports.h): logins, tokens, and which broadcasts are for
// whom. Included as store_contract.h is.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "contract/store_contract.h"

namespace sockchat::test {

inline Texts texts_for(Asking ask, UserId reader) {
  const auto page = ask.fetch(everything_for(reader));
  REQUIRE(page);
  return texts(*page);
}

inline std::vector<domain::TokenDigest> digests(const domain::Snapshot& snapshot) {
  std::vector<domain::TokenDigest> digests;
  for (const domain::TokenRecord& record : snapshot.tokens) digests.push_back(record.digest);
  std::ranges::sort(digests);
  return digests;
}

inline domain::NewLogin login_with(UserId user, std::int64_t time, domain::TokenDigest digest,
                                   LoginId family = {}) {
  domain::NewLogin login = login_of(user, time);
  login.token = digest;
  login.family = family;
  return login;
}

TEST_CASE_TEMPLATE("store: a broadcast is not for its sender, and not for who refused the sender then", World,
                   STORE_WORLDS) {
  World world;
  const domain::BlockRecord block{.owner = kBob, .target = kAlice};
  const domain::BlockRecord another{.owner = UserId(70'000), .target = kAlice};
  // All of it in the queue at once: its order is the order of events.
  const auto say = [&world](UserId from, const char* text) {
    world.store().append(draft(from, kEveryone, text), [](const auto& accepted) { CHECK(accepted); });
  };
  const auto set = [&world](const domain::BlockRecord& record, bool blocked) {
    world.store().set_blocked(record, blocked, [](const auto& done) { CHECK(done); });
  };
  say(kAlice, "before");
  set(block, true);
  set(another, true);
  say(kAlice, "refused");
  say(kCarol, "of another");
  set(block, false);
  say(kAlice, "again");
  set(another, false);
  say(kAlice, "last");
  CHECK(texts_for(world.ask(), kBob) == Texts{"before", "of another", "again", "last"});
  CHECK(texts_for(world.ask(), another.owner) == Texts{"before", "of another", "last"});
  CHECK(texts_for(world.ask(), kCarol) == Texts{"before", "refused", "again", "last"});
  CHECK(texts_for(world.ask(), kAlice) == Texts{"of another"});
  // A block of today does not reach back.
  CHECK(world.ask().set_blocked(block, true));
  CHECK(texts_for(world.ask(), kBob) == Texts{"before", "of another", "again", "last"});
  // What is passed over has been looked at.
  const auto page = world.ask().fetch(everything_for(kAlice));
  CHECK(page->up_to == world.ask().load()->newest);
  CHECK_FALSE(page->more);
}

TEST_CASE_TEMPLATE("store: any number of users may refuse a sender", World, STORE_WORLDS) {
  World world;
  std::vector<UserId> refusing;
  for (std::uint64_t id = 10; id < 4'000'000'000'000; id = id * 3 + 1) refusing.emplace_back(id);
  for (const UserId owner : refusing)
    CHECK(world.ask().set_blocked({.owner = owner, .target = kAlice}, true));
  REQUIRE(world.ask().append(draft(kAlice, kEveryone, "text")));
  for (const UserId owner : refusing) {
    CHECK(texts_for(world.ask(), owner).empty());
    CHECK(texts_for(world.ask(), UserId(owner.value() + 1)).size() == 1);
    CHECK(texts_for(world.ask(), UserId(owner.value() - 1)).size() == 1);
  }
}

TEST_CASE_TEMPLATE("store: a login with a token begins a family, and another one goes on with it", World,
                   STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  const auto first = world.ask().record_login(login_with(ann, 1'000, token(1)));
  REQUIRE(first);
  const auto second = world.ask().record_login(login_with(ann, 2'000, token(2), first->id));
  REQUIRE(second);
  auto tokens = world.ask().load()->tokens;
  std::ranges::sort(tokens, {}, &domain::TokenRecord::digest);
  CHECK(
      tokens ==
      std::vector<domain::TokenRecord>{
          {.digest = token(1), .user = ann, .family = first->id, .login = first->id, .issued = at(1'000)},
          {.digest = token(2), .user = ann, .family = first->id, .login = second->id, .issued = at(2'000)}});
  CHECK(world.ask().load()->accounts[0].last_login == at(2'000));
}

TEST_CASE_TEMPLATE("store: tokens die by login, by a new password, and alone", World, STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  using Digests = std::vector<domain::TokenDigest>;
  for (std::uint8_t number = 1; number <= 6; ++number)
    REQUIRE(world.ask().record_login(login_with(ann, 1'000, token(number))));
  domain::NewLogin login = login_with(ann, 2'000, token(7));
  login.drops = {token(1), token(2), token(99)};
  REQUIRE(world.ask().record_login(login));
  CHECK(digests(*world.ask().load()) == Digests{token(3), token(4), token(5), token(6), token(7)});
  CHECK(world.ask().set_password(ann, "another", {token(3), token(7)}));
  CHECK(digests(*world.ask().load()) == Digests{token(4), token(5), token(6)});
  CHECK(world.ask().load()->accounts[0].password_hash == "another");
  CHECK(world.ask().drop_tokens({token(5), token(5), token(98)}));
  CHECK(world.ask().drop_tokens({}));
  CHECK(digests(*world.ask().load()) == Digests{token(4), token(6)});
  // One that takes the place of itself is the new one.
  login = login_with(ann, 9'000, token(4));
  login.drops = {token(4)};
  REQUIRE(world.ask().record_login(login));
  CHECK(digests(*world.ask().load()) == Digests{token(4), token(6)});
}

TEST_CASE_TEMPLATE("store: old tokens are dropped at the start, and those of nobody", World, STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  REQUIRE(world.ask().record_login(login_with(ann, 1'000, token(1))));
  REQUIRE(world.ask().record_login(login_with(ann, 2'000, token(2))));
  REQUIRE(world.ask().record_login(login_with(UserId(99), 2'000, token(3))));
  domain::LoadQuery query{
      .now = at(5'000), .waiting_not_before = at(0), .tokens_not_before = at(2'000), .absent_since = at(0)};
  CHECK(digests(*world.ask().load(query)) == std::vector{token(2)});
  query.tokens_not_before = at(0);
  CHECK(digests(*world.ask().load(query)) == std::vector{token(2)});
}

TEST_CASE_TEMPLATE("store: absences are the logins with a token that ended lately, or by a crash", World,
                   STORE_WORLDS) {
  World world;
  const UserId ann = world.ask().add_account("ann")->id;
  const UserId bob = world.ask().add_account("bob")->id;
  std::vector<LoginId> logins;
  for (std::uint8_t number = 1; number <= 5; ++number) {
    domain::NewLogin login = login_with(number == 5 ? bob : ann, 1'000, token(number));
    login.begin = MessageId(number * 10U);
    logins.push_back(world.ask().record_login(login)->id);
  }
  const auto without_token = world.ask().record_login(ann, at(1'000));
  CHECK(world.ask().record_logout(logins[0], at(2'000)));
  CHECK(world.ask().record_logout(logins[1], at(2'001)));
  CHECK(world.ask().record_logout(logins[2], at(2'500)));
  CHECK(world.ask().record_logout(*without_token, at(2'500)));
  CHECK(world.ask().drop_tokens({token(3)}));
  const domain::LoadQuery query{
      .now = at(3'000), .waiting_not_before = at(0), .tokens_not_before = at(0), .absent_since = at(2'001)};
  const auto check = [&](const domain::Snapshot& snapshot) {
    REQUIRE(snapshot.absences.size() == 3);
    const std::vector<std::size_t> expected{1, 3, 4};
    for (std::size_t place = 0; place < expected.size(); ++place) {
      const domain::AbsenceRecord& absence = snapshot.absences[place];
      CHECK(absence.login == logins[expected[place]]);
      CHECK(absence.user == (expected[place] == 4 ? bob : ann));
      CHECK(absence.begin == MessageId((expected[place] + 1) * 10));
      CHECK(absence.left == (place == 0 ? at(2'001) : at(3'000)));
    }
  };
  check(*world.ask().load(query));
  auto later = query;
  later.now = at(9'000);
  check(*world.ask().load(later));  // closed once
}

TEST_CASE_TEMPLATE("store: a login begins at the newest message of its place in the queue", World,
                   STORE_WORLDS) {
  World world;
  std::vector<MessageId> accepted;
  std::vector<domain::StoredLogin> logins;
  for (int round = 0; round < 3; ++round) {
    world.store().append(draft(kAlice, kBob, "text"),
                         [&accepted](const auto& answer) { accepted.push_back(answer->id); });
    world.store().record_login(login_of(kBob, 1), [&logins](const auto& login) { logins.push_back(*login); });
  }
  REQUIRE(world.executor.run_until([&logins] { return logins.size() == 3; }));
  for (std::size_t round = 0; round < 3; ++round) {
    CHECK(logins[round].begin == accepted[round]);
    CHECK(logins[round].waiting == 0);
  }
  domain::NewLogin resuming = login_of(kBob, 2);
  resuming.begin = accepted[0];
  CHECK(world.ask().record_login(resuming)->begin == accepted[0]);
}

TEST_CASE_TEMPLATE("store: a login counts what waits for it as fetch would give it", World, STORE_WORLDS) {
  World world;
  std::vector<MessageId> ids;
  const auto say = [&](UserId from, UserId to, std::int64_t time) {
    ids.push_back(world.ask().append(draft(from, to, "text", {}, time))->id);
  };
  say(kAlice, kBob, 900);       // 0
  say(kAlice, kEveryone, 900);  // 1
  say(kAlice, kBob, 100);       // 2: too old
  say(kBob, kEveryone, 900);    // 3: his own
  say(kAlice, kCarol, 900);     // 4: not his
  CHECK(world.ask().set_blocked({.owner = kBob, .target = kCarol}, true));
  say(kCarol, kEveryone, 900);  // 5: refused
  say(kAlice, kEveryone, 900);  // 6
  say(kAlice, kBob, 900);       // 7
  domain::NewLogin login = login_of(kBob, 1'000);
  login.count_not_before = at(500);
  login.count_max = 100;
  const auto waiting = [&] { return world.ask().record_login(login)->waiting; };
  SUBCASE("not asked for") { CHECK(waiting() == 0); }
  SUBCASE("without broadcasts, when it begins now") {
    login.count_after = MessageId();
    CHECK(waiting() == 2);
  }
  SUBCASE("with those behind its begin") {
    login.count_after = MessageId();
    login.begin = MessageId();
    CHECK(waiting() == 4);
    login.begin = ids[1];
    CHECK(waiting() == 3);
    login.begin = ids[6];
    CHECK(waiting() == 2);
  }
  SUBCASE("behind what was seen") {
    login.begin = MessageId();
    login.count_after = ids[0];
    CHECK(waiting() == 3);
    login.count_after = ids[6];
    CHECK(waiting() == 1);
    login.count_after = ids[7];
    CHECK(waiting() == 0);
  }
  SUBCASE("and not beyond the bound") {
    login.begin = MessageId();
    login.count_after = MessageId();
    login.count_max = 3;
    CHECK(waiting() == 3);
    login.count_max = 0;
    CHECK(waiting() == 0);
  }
}

}  // namespace sockchat::test
