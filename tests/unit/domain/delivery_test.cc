#include "sockchat/domain/delivery.h"

#include <doctest/doctest.h>

#include <array>

namespace sockchat::domain {
namespace {

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr UserId kYoda(3);

struct World {
  Directory directory;
  Blocklist blocks;
  Mailboxes mailboxes{2, 100};

  World() {
    put(kHans, "hans");
    put(kLuke, "luke");
    put(kYoda, "yoda");
  }
  void put(UserId id, std::string_view name, bool removed = false) {
    directory.put({.id = id,
                   .name = UserName::parse(name, 32).value(),
                   .password_hash = {},
                   .removed = removed,
                   .confirmed = {},
                   .last_login = std::nullopt,
                   .failures_since = 0});
  }
  Errc refusal(UserId from, std::string_view to, std::size_t bytes = 10) {
    const auto decided = decide_message(directory, blocks, mailboxes, from, to, bytes);
    REQUIRE_FALSE(decided);
    return decided.error().code;
  }
};

}  // namespace

TEST_CASE("a message to somebody known is let through to the id") {
  World world;
  CHECK(decide_message(world.directory, world.blocks, world.mailboxes, kHans, "luke", 10) == kLuke);
}

TEST_CASE("a message to oneself is self, even when one blocks oneself out of everything else") {
  World world;
  world.mailboxes.reserve(kHans, 100);
  CHECK(world.refusal(kHans, "hans") == Errc::self);
  world.put(kHans, "hans", true);
  CHECK(world.refusal(kHans, "hans") == Errc::self);
}

TEST_CASE("a message to a name that never was, or was removed, is unknown_user") {
  World world;
  CHECK(world.refusal(kHans, "nobody") == Errc::unknown_user);
  world.put(kLuke, "luke", true);
  world.blocks.add({kLuke, kHans});
  CHECK(world.refusal(kHans, "luke") == Errc::unknown_user);
}

TEST_CASE("a message to a user who blocks the sender is blocked, before the mailbox is looked at") {
  World world;
  world.blocks.add({kLuke, kHans});
  world.mailboxes.reserve(kLuke, 100);
  CHECK(world.refusal(kHans, "luke") == Errc::blocked);
  CHECK(world.refusal(kYoda, "luke") == Errc::mailbox_full);
}

TEST_CASE("who blocks may still write to the blocked one") {
  World world;
  world.blocks.add({kHans, kLuke});
  CHECK(decide_message(world.directory, world.blocks, world.mailboxes, kHans, "luke", 10) == kLuke);
}

TEST_CASE("a broadcast goes to everyone but the sender and those who refuse the sender") {
  World world;
  world.blocks.add({kLuke, kHans});
  std::vector<UserId> receivers;
  for (const UserId user : std::array{kHans, kLuke, kYoda}) {
    const bool refused = world.blocks.is_refused_by_anyone(kHans);
    if (receives_broadcast(world.blocks, refused, kHans, user)) receivers.push_back(user);
  }
  CHECK(receivers == std::vector{kYoda});
  CHECK(receives_broadcast(world.blocks, world.blocks.is_refused_by_anyone(kLuke), kLuke, kHans));
}

TEST_CASE("who refuses the viewer is not seen, and the refused one is") {
  World world;
  world.blocks.add({kHans, kLuke});
  CHECK_FALSE(may_see(world.blocks, kLuke, kHans));
  CHECK(may_see(world.blocks, kHans, kLuke));
  CHECK_FALSE(may_see(world.blocks, kHans, kHans));
}

}  // namespace sockchat::domain
