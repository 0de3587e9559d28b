#include "sockchat/domain/private_chats.h"

#include <doctest/doctest.h>

using namespace sockchat;
using namespace sockchat::domain;
using namespace std::chrono_literals;

namespace {

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr UserId kYoda(3);
constexpr TimePoint kNow(1h);

}  // namespace

TEST_CASE("an invitation is one-way, and a chat is the same from both sides") {
  PrivateChats chats;
  CHECK(chats.invite("s", kHans, kLuke, kNow + 60s).session == "s");
  REQUIRE(chats.invitation(kHans, kLuke));
  CHECK_FALSE(chats.invitation(kLuke, kHans));
  CHECK_FALSE(chats.accepted(kHans, kLuke));
  CHECK(chats.between(kLuke, kHans)->asker == kHans);

  chats.accept(kHans, kLuke);
  CHECK_FALSE(chats.invitation(kHans, kLuke));
  REQUIRE(chats.accepted(kHans, kLuke));
  REQUIRE(chats.accepted(kLuke, kHans));
  CHECK(chats.accepted(kLuke, kHans)->other_than(kLuke) == kHans);
  CHECK(chats.size() == 1);

  chats.end(kLuke, kHans);
  CHECK_FALSE(chats.between(kHans, kLuke));
  CHECK(chats.size() == 0);
}

TEST_CASE("what a user has many of counts: chats and own invitations, not those of others") {
  PrivateChats chats;
  chats.invite("1", kHans, kLuke, kNow + 60s);
  chats.invite("2", kYoda, kHans, kNow + 60s);
  CHECK(chats.open(kHans) == 1);
  CHECK(chats.open(kLuke) == 0);
  chats.accept(kYoda, kHans);
  CHECK(chats.open(kHans) == 2);
  CHECK(chats.open(kYoda) == 1);
}

TEST_CASE("an invitation is over at its time, a chat never by itself") {
  PrivateChats chats;
  chats.invite("1", kHans, kLuke, kNow + 60s);
  chats.invite("2", kHans, kYoda, kNow + 60s);
  chats.accept(kHans, kYoda);
  CHECK(chats.expire(kHans, kNow + 60s - 1ns).empty());
  CHECK(chats.expire(kLuke, kNow + 60s).empty());  // it is not Luke's
  const auto ended = chats.expire(kHans, kNow + 60s);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].session == "1");
  CHECK_FALSE(chats.between(kHans, kLuke));
  CHECK(chats.accepted(kHans, kYoda));
}

TEST_CASE("who leaves takes all of it along, and nothing of others") {
  PrivateChats chats;
  chats.invite("1", kHans, kLuke, kNow);
  chats.invite("2", kYoda, kHans, kNow);
  chats.invite("3", kLuke, kYoda, kNow);
  chats.accept(kYoda, kHans);
  const auto ended = chats.leave(kHans);
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].session == "1");
  CHECK(ended[1].session == "2");
  CHECK(chats.size() == 1);
  CHECK(chats.invitation(kLuke, kYoda));
  CHECK(chats.leave(kHans).empty());
}
