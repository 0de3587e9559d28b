// Requests that are too long, too many, or too fast, and what is kept of them.
#include <array>
#include <chrono>

#include "unit/server/limits_walk.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

void walk_text_max() {
  Town town({"text_max=10"});
  const ConnectionId hans = town.log_in("hans");
  CHECK(town.code(hans, request("message", {"yoda", std::string(9, 'x')})) == "ok");
  CHECK(town.code(hans, request("broadcast", {std::string(10, 'x')})) == "ok");
  CHECK(town.hits(&Limits::text_max) == 0);
  CHECK(town.code(hans, request("message", {"yoda", std::string(11, 'x')})) == "bad_text");
  CHECK(town.code(hans, request("broadcast", {std::string(11, 'x')})) == "bad_text");
  CHECK(town.hits(&Limits::text_max) == 2);
}

void walk_name_max() {
  Town town({"name_max=8"});
  for (const std::size_t size : {7U, 8U}) {
    CHECK(town.code_from("127.0.0.1", request("register", {std::string(size, 'n'), "qmzkvhgt"})) == "ok");
  }
  CHECK(town.hits(&Limits::name_max) == 0);
  CHECK(town.code_from("127.0.0.1", request("register", {std::string(9, 'n'), "qmzkvhgt"})) == "bad_name");
  CHECK(town.hits(&Limits::name_max) == 1);
}

void walk_password_max() {
  Town town({"password_max=20"});
  const ConnectionId id = town.world.connect();
  CHECK(town.code(id, login("hans", std::string(19, 'x'))) == "bad_credentials");
  CHECK(town.code(id, login("hans", std::string(20, 'x'))) == "bad_credentials");
  CHECK(town.hits(&Limits::password_max) == 0);
  CHECK(town.code(id, login("hans", std::string(21, 'x'))) == "bad_argument");
  CHECK(town.code(id, request("register", {"rey", std::string(21, 'x')})) == "bad_argument");
  CHECK(town.hits(&Limits::password_max) == 2);
  CHECK(town.world.hasher().checks == 2);
}

void walk_password_min_new() {
  Town town({"password_min_new=10"});
  const ConnectionId hans = town.log_in("hans");
  CHECK(town.code(hans, request("passwd", {"secret", "qmzkvhgtw"})) == "weak_password");
  CHECK(town.hits(&Limits::password_min_new) == 1);
  CHECK(town.code(hans, request("passwd", {"secret", "qmzkvhgtwx"})) == "ok");
  CHECK(town.code(hans, request("passwd", {"qmzkvhgtwx", "qmzkvhgtwxy"})) == "ok");
  CHECK(town.hits(&Limits::password_min_new) == 1);
}

void walk_requests_pending() {
  Town town({"requests_pending=3"});
  CoreWorld& world = town.world;
  const ConnectionId hans = town.log_in("hans");
  const std::string message = request("message", {"yoda", "x"});
  for (int number = 1; number <= 4; ++number) {
    world.say_unsettled(hans, message);
    CHECK(town.hits(&Limits::requests_pending) == (number < 3 ? 0 : 1));
  }
  // The fourth is not read before some of the others are answered.
  CHECK(world.wire(hans).waiting.size() == 1);
  world.settle();
  CHECK(count(world.hear(hans), R"("status":"ok")") == 4);
}

// --- rates: a burst at once, and then one each time that a token has come

struct Rate {
  const char* name;
  LimitField counted;
  std::string what;
};

const Rate kMessages{"message", &Limits::message_rate, request("message", {"yoda", "x"})};
const Rate kBroadcasts{"broadcast", &Limits::broadcast_rate, request("broadcast", {"x"})};
const Rate kQueries{"query", &Limits::query_rate, request("whoelse")};

// How many are answered of ten at once, and how many after this time.
std::pair<std::size_t, std::size_t> answered(const Rate& rate, std::string per_second, std::string burst,
                                             Duration later, std::uint64_t hits) {
  Town town({fmt::format("{}_rate={}", rate.name, per_second), fmt::format("{}_burst={}", rate.name, burst)});
  const ConnectionId hans = town.log_in("hans");
  for (int number = 0; number < 10; ++number) town.world.say_unsettled(hans, rate.what);
  town.world.settle();
  const std::size_t at_once = town.world.hear(hans).size();
  CHECK(town.hits(rate.counted) == hits);
  town.world.advance(later);
  return {at_once, town.world.hear(hans).size()};
}

using Answers = std::pair<std::size_t, std::size_t>;

template <const Rate& rate>
void walk_rate() {
  CHECK(answered(rate, "2", "3", 499ms, 1) == Answers{3, 0});
  CHECK(answered(rate, "2", "3", 500ms, 1) == Answers{3, 1});
  CHECK(answered(rate, "2", "3", 1001ms, 1) == Answers{3, 2});
  CHECK(answered(rate, "0", "3", 0ms, 0) == Answers{10, 0});
}

template <const Rate& rate>
void walk_burst() {
  CHECK(answered(rate, "1", "9", 0ms, 1) == Answers{9, 0});
  // The tenth is served, and whatever comes behind it waits.
  CHECK(answered(rate, "1", "10", 0ms, 1) == Answers{10, 0});
  CHECK(answered(rate, "1", "11", 0ms, 0) == Answers{10, 0});
}

// --- what is kept

void walk_block_list_max() {
  Town town({"block_list_max=2"});
  const ConnectionId hans = town.log_in("hans");
  CHECK(town.code(hans, request("block", {"yoda"})) == "ok");
  CHECK(town.code(hans, request("block", {"luke"})) == "ok");
  CHECK(town.hits(&Limits::block_list_max) == 0);
  CHECK(town.code(hans, request("block", {"leia"})) == "rate_limited");
  CHECK(town.hits(&Limits::block_list_max) == 1);
}

void walk_mailbox_messages() {
  Town town({"mailbox_messages=2"});
  const ConnectionId hans = town.log_in("hans");
  const std::string message = request("message", {"yoda", "x"});
  CHECK(town.code(hans, message) == "ok");
  CHECK(town.code(hans, message) == "ok");
  CHECK(town.hits(&Limits::mailbox_messages) == 0);
  CHECK(town.code(hans, message) == "mailbox_full");
  CHECK(town.hits(&Limits::mailbox_messages) == 1);
  CHECK(town.hits(&Limits::mailbox_bytes) == 0);
}

void walk_mailbox_bytes() {
  for (const std::size_t size : {9U, 10U, 11U}) {
    CAPTURE(size);
    Town town({"mailbox_bytes=10"});
    const ConnectionId hans = town.log_in("hans");
    const bool fits = size <= 10;
    CHECK(town.code(hans, request("message", {"yoda", std::string(size, 'x')})) ==
          (fits ? "ok" : "mailbox_full"));
    CHECK(town.hits(&Limits::mailbox_bytes) == (fits ? 0 : 1));
  }
}

// Age is no limit that anybody meets: what is older is not there.
void walk_mailbox_days() {
  for (const Duration age : {Duration(48h - 1s), Duration(48h), Duration(48h + 1s)}) {
    Town town({"mailbox_days=2"});
    const ConnectionId hans = town.log_in("hans");
    CHECK(town.code(hans, request("message", {"yoda", "an old story"})) == "ok");
    town.world.vanish(hans);
    town.world.advance(age);
    const ConnectionId yoda = town.world.connect();
    town.world.say(yoda, login("yoda", "secret"));
    CHECK(count(town.world.hear(yoda), "an old story") == (age <= 48h ? 1 : 0));
  }
}

void walk_token_days() {
  for (const Duration age : {Duration(48h - 1s), Duration(48h), Duration(48h + 1s)}) {
    Town town({"token_days=2"});
    const ConnectionId hans = town.log_in("hans", request("hello", {"resume"}));
    town.world.vanish(hans);
    town.world.advance(age);
    CHECK(town.code_from("127.0.0.1", request("resume", {"token 1", "0"})) ==
          (age <= 48h ? "ok" : "bad_token"));
  }
}

}  // namespace

std::span<const LimitWalk> sockchat::test::walks_of_requests() {
  static constexpr std::array kWalks{
      LimitWalk{&Limits::text_max, walk_text_max},
      LimitWalk{&Limits::name_max, walk_name_max},
      LimitWalk{&Limits::password_max, walk_password_max},
      LimitWalk{&Limits::password_min_new, walk_password_min_new},
      LimitWalk{&Limits::requests_pending, walk_requests_pending},
      LimitWalk{&Limits::message_rate, walk_rate<kMessages>},
      LimitWalk{&Limits::message_burst, walk_burst<kMessages>},
      LimitWalk{&Limits::broadcast_rate, walk_rate<kBroadcasts>},
      LimitWalk{&Limits::broadcast_burst, walk_burst<kBroadcasts>},
      LimitWalk{&Limits::query_rate, walk_rate<kQueries>},
      LimitWalk{&Limits::query_burst, walk_burst<kQueries>},
      LimitWalk{&Limits::block_list_max, walk_block_list_max},
      LimitWalk{&Limits::mailbox_messages, walk_mailbox_messages},
      LimitWalk{&Limits::mailbox_bytes, walk_mailbox_bytes},
      LimitWalk{&Limits::mailbox_days, walk_mailbox_days},
      LimitWalk{&Limits::token_days, walk_token_days},
  };
  return kWalks;
}
