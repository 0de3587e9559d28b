#include <doctest/doctest.h>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

// hans is the one who is blocked, yoda the one who blocks.
server_core::Config quick_timeout() {
  server_core::Config config = CoreWorld::standard_config();
  config.idle_timeout = 50s;
  return config;
}

struct Fixture : CoreFixture {
  Fixture() : CoreFixture(quick_timeout()) {
    for (const char* name : {"hans", "yoda", "luke"}) world.add_user(name, "secret");
    hans = world.log_in("hans", "secret");
    yoda = world.log_in("yoda", "secret");
    world.say(yoda, request("block", {"hans"}));
    blocked = world.hear(yoda);
  }
  ConnectionId hans;
  ConnectionId yoda;
  std::vector<std::string> blocked;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "block is answered with the name, and the blocked user is not told") {
  CHECK(blocked == std::vector<std::string>{R"({"status":"ok","command":"block","data":["hans"]})"});
  CHECK(world.hear(hans).empty());
}

TEST_CASE_FIXTURE(Fixture, "a blocked user's message is refused and not stored, the blocker's arrives") {
  CHECK(contains(
      answer(hans, request("message", {"yoda", "x"})),
      R"("code":"blocked","data":["Your message could not be delivered as the recipient has blocked you"])"));
  world.say(yoda, request("message", {"hans", "still here"}));
  CHECK(count(world.hear(hans), "still here") == 1);
  world.say(yoda, request("unblock", {"hans"}));
  CHECK(count(world.hear(yoda), R"("stored")") == 0);
}

TEST_CASE_FIXTURE(Fixture, "the blocker is hidden from the blocked, not the other way round") {
  CHECK(answer(hans, request("whoelse")) == R"({"status":"ok","command":"whoelse","data":[]})");
  CHECK(answer(yoda, request("whoelse")) == R"({"status":"ok","command":"whoelse","data":["hans"]})");
  CHECK(answer(hans, request("whoelsesince", {"100"})) ==
        R"({"status":"ok","command":"whoelsesince","data":[]})");
  CHECK(contains(answer(yoda, request("whoelsesince", {"100"})), R"(["hans"])"));
  world.say(yoda, request("unblock", {"hans"}));
  CHECK(contains(answer(hans, request("whoelse")), R"(["yoda"])"));
}

TEST_CASE_FIXTURE(Fixture,
                  "the blocked user hears nothing of the blocker's coming and going, not even a timeout") {
  world.say(yoda, request("logout"));
  CHECK(world.hear(hans).empty());
  yoda = world.log_in("yoda", "secret");
  CHECK(world.hear(hans).empty());
  world.advance(49s);
  world.say(hans, request("whoelse"));
  world.hear(hans);
  world.advance(2s);
  CHECK(world.closed(yoda) == CloseReason::idle_timeout);
  CHECK(count(world.hear(hans), "presence") == 0);
}

TEST_CASE_FIXTURE(Fixture, "the blocker still sees the blocked come and go") {
  world.say(hans, request("logout"));
  CHECK(count(world.hear(yoda), R"(["hans","offline"])") == 1);
}

TEST_CASE_FIXTURE(Fixture, "block lists survive a restart") {
  world.restart();
  hans = world.log_in("hans", "secret");
  CHECK(contains(answer(hans, request("message", {"yoda", "x"})), R"("code":"blocked")"));
}

TEST_CASE_FIXTURE(Fixture, "blocking and unblocking have their errors") {
  CHECK(contains(answer(yoda, request("block", {"hans"})), R"("code":"already_blocked")"));
  CHECK(contains(answer(yoda, request("block", {"yoda"})), R"("code":"self")"));
  CHECK(contains(answer(yoda, request("unblock", {"yoda"})), R"("code":"self")"));
  CHECK(contains(answer(yoda, request("block", {"nobody"})), R"("code":"unknown_user")"));
  CHECK(contains(answer(yoda, request("unblock", {"luke"})), R"("code":"not_blocked")"));
  CHECK(answer(yoda, request("blocked")) == R"({"status":"ok","command":"blocked","data":["hans"]})");
}

TEST_CASE_FIXTURE(Fixture, "what is pipelined behind a block sees it") {
  world.say_unsettled(yoda, request("block", {"luke"}));
  world.say_unsettled(yoda, request("block", {"luke"}));
  world.say_unsettled(yoda, request("unblock", {"luke"}));
  world.say_unsettled(yoda, request("unblock", {"luke"}));
  world.settle();
  const auto heard = world.hear(yoda);
  REQUIRE(heard.size() == 4);
  CHECK(contains(heard[0], R"("status":"ok")"));
  CHECK(contains(heard[1], R"("code":"already_blocked")"));
  CHECK(contains(heard[2], R"("status":"ok")"));
  CHECK(contains(heard[3], R"("code":"not_blocked")"));
}

TEST_CASE_FIXTURE(Fixture,
                  "what was accepted before a block is delivered, and nothing is replayed after an unblock") {
  const ConnectionId luke = world.log_in("luke", "secret");
  world.say(yoda, request("logout"));
  world.say(luke, request("message", {"yoda", "before"}));
  yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  CHECK(count(world.hear(yoda), "before") == 1);
  world.say(hans, request("message", {"yoda", "refused"}));
  world.say(yoda, request("unblock", {"hans"}));
  CHECK(count(world.hear(yoda), "refused") == 0);
}
