// How many people may be asked for a private chat, how often, and how long they may think about it.
#include <array>
#include <chrono>

#include "unit/server/limits_walk.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

// Everybody is there and takes private chats; hans asks.
struct Parlour : Town {
  explicit Parlour(std::initializer_list<std::string> assignments) : Town(assignments) {
    for (const char* name : {"hans", "yoda", "luke", "leia"}) {
      const ConnectionId id = log_in(name, request("hello", {}));
      REQUIRE(code(id, request("listen", {"0", std::string(64, 'a')})) == "ok");
      if (std::string_view(name) == "hans") hans = id;
      if (std::string_view(name) == "yoda") yoda = id;
    }
  }
  std::string ask(std::string name) {
    world.hear(hans);
    return code(hans, request("startprivate", {std::move(name)}));
  }
  // The one who was asked is told of the invitation first.
  std::string decline(ConnectionId id) {
    world.hear(id);
    return code(id, request("answer", {"hans", "no"}));
  }

  ConnectionId hans;
  ConnectionId yoda;
};

void walk_private_open() {
  Parlour parlour({"private_open=2"});
  CHECK(parlour.ask("yoda") == "ok");
  CHECK(parlour.ask("luke") == "ok");
  CHECK(parlour.hits(&Limits::private_open) == 0);
  CHECK(parlour.ask("leia") == "rate_limited");
  CHECK(parlour.hits(&Limits::private_open) == 1);
  // One that was refused makes room.
  CHECK(parlour.decline(parlour.yoda) == "ok");
  CHECK(parlour.ask("leia") == "ok");
}

void walk_private_invites_minute() {
  Parlour parlour({"private_invites_minute=2"});
  CHECK(parlour.ask("yoda") == "ok");
  CHECK(parlour.ask("luke") == "ok");
  CHECK(parlour.hits(&Limits::private_invites_minute) == 0);
  parlour.world.hear(parlour.hans);
  parlour.world.say(parlour.hans, request("startprivate", {"leia"}));
  const auto heard = parlour.world.hear(parlour.hans);
  REQUIRE(heard.size() == 1);
  CHECK(contains(heard[0], R"("code":"rate_limited")"));
  CHECK(contains(heard[0], R"("retry_after":30)"));
  CHECK(parlour.hits(&Limits::private_invites_minute) == 1);
  parlour.world.advance(30s);
  CHECK(parlour.ask("leia") == "ok");

  Parlour free({"private_invites_minute=0"});
  for (int number = 0; number < 100; ++number) {
    CHECK(free.ask("yoda") == "ok");
    CHECK(free.decline(free.yoda) == "ok");
  }
}

void walk_private_wait_seconds() {
  for (const Duration after : {2999ms, 3000ms, 3001ms}) {
    Parlour parlour({"private_wait_seconds=3"});
    CHECK(parlour.ask("yoda") == "ok");
    parlour.world.advance(after);
    const bool is_over = after >= 3s;
    CHECK(count(parlour.world.hear(parlour.hans), R"("reason":"expired")") == (is_over ? 1 : 0));
    CHECK(parlour.hits(&Limits::private_wait_seconds) == (is_over ? 1 : 0));
  }
}

}  // namespace

std::span<const LimitWalk> sockchat::test::walks_of_private_chats() {
  static constexpr std::array kWalks{
      LimitWalk{&Limits::private_open, walk_private_open},
      LimitWalk{&Limits::private_invites_minute, walk_private_invites_minute},
      LimitWalk{&Limits::private_wait_seconds, walk_private_wait_seconds},
  };
  return kWalks;
}
