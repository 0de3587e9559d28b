#include <doctest/doctest.h>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

struct Fixture : CoreFixture {
  Fixture() : Fixture(CoreWorld::standard_config()) {}
  explicit Fixture(server_core::Config config) : CoreFixture(std::move(config)) {
    for (const char* name : {"hans", "yoda", "luke", "leia"}) world.add_user(name, "secret");
  }
};

constexpr std::string_view kAcks = R"({"command":"hello","data":["ack"]})";

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a message reaches a user who is online") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  CHECK(answer(hans, request("message", {"yoda", "Hey Dude"}, R"("id":7)")) ==
        R"({"status":"ok","command":"message","id":7,"data":["1"],"delivery":"delivered"})");
  CHECK(
      world.hear(yoda) ==
      std::vector<std::string>{
          R"({"command":"message","data":["hans","Hey Dude"],"mid":"1","time":"2026-11-22T12:00:00.123Z"})"});
}

TEST_CASE_FIXTURE(Fixture, "nothing is delivered or acknowledged before the store has answered") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.say_unsettled(hans, request("message", {"yoda", "x"}));
  CHECK(world.hear(hans).empty());
  CHECK(world.hear(yoda).empty());
  world.settle();
  CHECK(world.hear(hans).size() == 1);
  CHECK(world.hear(yoda).size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "answers keep the order of the requests, whatever becomes known first") {
  const ConnectionId hans = world.log_in("hans", "secret");
  world.say_unsettled(hans, request("message", {"yoda", "x"}, R"("id":1)"));
  world.say_unsettled(hans, request("whoelse", {}, R"("id":2)"));
  world.say_unsettled(hans, request("message", {"nobody", "x"}, R"("id":3)"));
  world.say_unsettled(hans, request("message", {"yoda", "y"}, R"("id":4)"));
  world.settle();
  const auto heard = world.hear(hans);
  REQUIRE(heard.size() == 4);
  for (int id = 1; id <= 4; ++id)
    CHECK(contains(heard[static_cast<std::size_t>(id - 1)], fmt::format(R"("id":{},)", id)));
}

TEST_CASE_FIXTURE(Fixture, "waiting messages come after the login's answer, in order, once") {
  const ConnectionId hans = world.log_in("hans", "secret");
  CHECK(contains(answer(hans, request("message", {"yoda", "one"})), R"("delivery":"stored")"));
  world.say(hans, request("message", {"yoda", "two"}));
  ConnectionId yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  const auto heard = world.hear(yoda);
  REQUIRE(heard.size() == 3);
  CHECK(contains(heard[0], R"("waiting":2)"));
  CHECK(
      heard[1] ==
      R"({"command":"message","data":["hans","one"],"mid":"1","time":"2026-11-22T12:00:00.123Z","stored":true})");
  CHECK(contains(heard[2], R"(["hans","two"])"));
  world.vanish(yoda);
  yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  CHECK(world.hear(yoda).size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "waiting messages survive a restart") {
  const ConnectionId hans = world.log_in("hans", "secret");
  world.say(hans, request("message", {"yoda", "one"}));
  world.restart();
  const ConnectionId yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  CHECK(count(world.hear(yoda), R"("stored":true)") == 1);
}

TEST_CASE_FIXTURE(Fixture, "a client that acknowledges gets again what it has not acknowledged") {
  const ConnectionId hans = world.log_in("hans", "secret");
  for (const char* text : {"one", "two", "three"}) world.say(hans, request("message", {"yoda", text}));
  ConnectionId yoda = world.connect();
  world.say(yoda, kAcks);
  world.say(yoda, request("login", {"yoda", "secret"}));
  CHECK(count(world.hear(yoda), R"("stored":true)") == 3);
  world.say(yoda, request("ack", {"2"}));
  CHECK(world.hear(yoda).empty());
  world.vanish(yoda);
  yoda = world.log_in("yoda", "secret", kAcks);
  world.vanish(yoda);
  yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  const auto heard = world.hear(yoda);
  REQUIRE(heard.size() == 2);
  CHECK(contains(heard[1], "three"));
}

TEST_CASE_FIXTURE(
    Fixture, "ack is silent, with an id it is answered when durable, and beyond the newest it is wrong") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret", kAcks);
  world.say(hans, request("message", {"yoda", "one"}));
  world.hear(yoda);
  CHECK(answer(yoda, request("ack", {"1"}, R"("id":9)")) ==
        R"({"status":"ok","command":"ack","id":9,"data":[]})");
  CHECK(contains(answer(yoda, request("ack", {"2"})), R"("code":"bad_argument")"));
  world.say(yoda, request("ack", {"0"}));
  CHECK(world.hear(yoda).empty());
}

TEST_CASE_FIXTURE(Fixture, "a plain client's message is confirmed once the kernel has it, not before") {
  const ConnectionId hans = world.log_in("hans", "secret");
  ConnectionId yoda = world.log_in("yoda", "secret");
  world.wire(yoda).stalled = true;
  world.say(hans, request("message", {"yoda", "lost in the socket"}));
  world.vanish(yoda);
  yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  CHECK(count(world.hear(yoda), "lost in the socket") == 1);
}

TEST_CASE_FIXTURE(Fixture, "what the kernel takes after a plain client's logout is confirmed too") {
  const ConnectionId hans = world.log_in("hans", "secret");
  ConnectionId yoda = world.log_in("yoda", "secret");
  world.wire(yoda).stalled = true;
  world.say(hans, request("message", {"yoda", "in the same write as the answer"}));
  world.say_unsettled(yoda, request("logout"));
  world.wire(yoda).stalled = false;
  world.settle();
  CHECK(count(world.hear(yoda), "in the same write") == 1);
  CHECK(world.closed(yoda) == CloseReason::logout);
  yoda = world.connect();
  world.say(yoda, request("login", {"yoda", "secret"}));
  CHECK(count(world.hear(yoda), "in the same write") == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "a reader that falls behind gets the rest from the store, in order, broadcasts included") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.send_queue_soft = 300;
  config.limits.message_rate = 0;
  config.limits.broadcast_rate = 0;
  Fixture slow(std::move(config));
  CoreWorld& there = slow.world;
  const ConnectionId hans = there.log_in("hans", "secret");
  const ConnectionId yoda = there.log_in("yoda", "secret");
  there.wire(yoda).stalled = true;
  for (int number = 1; number <= 50; ++number) {
    if (number % 5 == 0) {
      there.say(hans, request("broadcast", {fmt::format("text {}", number)}));
    } else {
      there.say(hans, request("message", {"yoda", fmt::format("text {}", number)}));
    }
  }
  CHECK(there.wire(yoda).sent_total - there.wire(yoda).told_total < 600);
  there.wire(yoda).stalled = false;
  there.settle();
  const auto heard = there.hear(yoda);
  REQUIRE(heard.size() == 50);
  for (int number = 1; number <= 50; ++number) {
    CHECK(contains(heard[static_cast<std::size_t>(number - 1)], fmt::format("text {}\"", number)));
    CHECK_FALSE(contains(heard[static_cast<std::size_t>(number - 1)], "stored"));
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a broadcast that is accepted while a slow reader's page is read is not left out") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.unconfirmed_max = 4;
  Fixture slow(std::move(config));
  CoreWorld& there = slow.world;
  const ConnectionId hans = there.log_in("hans", "secret");
  const ConnectionId yoda = there.log_in("yoda", "secret", kAcks);
  for (int number = 1; number <= 5; ++number) there.say(hans, request("message", {"yoda", "early"}));
  CHECK(there.hear(yoda).size() == 4);
  there.say_unsettled(hans, request("broadcast", {"to all"}));
  there.say_unsettled(hans, request("message", {"yoda", "late"}));
  there.say(yoda, request("ack", {"4"}));
  const auto heard = there.hear(yoda);
  REQUIRE(heard.size() == 3);
  CHECK(contains(heard[0], R"("mid":"5")"));
  CHECK(contains(heard[1], "to all"));
  CHECK(contains(heard[2], "late"));
}

TEST_CASE_FIXTURE(Fixture, "a client that acknowledges is given no more than the unconfirmed it may have") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.unconfirmed_max = 2;
  Fixture bounded(std::move(config));
  CoreWorld& there = bounded.world;
  const ConnectionId hans = there.log_in("hans", "secret");
  const ConnectionId yoda = there.log_in("yoda", "secret", kAcks);
  for (int number = 1; number <= 5; ++number) there.say(hans, request("message", {"yoda", "x"}));
  CHECK(there.hear(yoda).size() == 2);
  there.say(yoda, request("ack", {"2"}));
  CHECK(there.hear(yoda).size() == 2);
  there.say(yoda, request("ack", {"4"}));
  CHECK(there.hear(yoda).size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "presence during the delivery of waiting messages comes behind them") {
  const ConnectionId hans = world.log_in("hans", "secret");
  for (int number = 0; number < 5; ++number) world.say(hans, request("message", {"yoda", "x"}));
  const ConnectionId yoda = world.connect();
  world.say_unsettled(yoda, request("login", {"yoda", "secret"}));
  while (world.core().sessions() < 2) REQUIRE(world.executor().run_one());
  world.vanish(hans);
  world.settle();
  const auto heard = world.hear(yoda);
  REQUIRE(heard.size() == 7);
  CHECK(contains(heard[6], R"(["hans","offline"])"));
}

TEST_CASE_FIXTURE(Fixture,
                  "a cid is stored once, and its repeat gets the first answer whatever has changed since") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const std::string once = request("message", {"yoda", "x"}, R"("cid":"a-1")");
  CHECK(contains(answer(hans, once), R"("data":["1"])"));
  CHECK(contains(answer(hans, once), R"("data":["1"],"delivery":"stored")"));
  CHECK(
      contains(answer(hans, request("message", {"yoda", "y"}, R"("cid":"a-1")")), R"("code":"cid_reused")"));
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.say(yoda, request("block", {"hans"}));
  world.hear(hans);
  CHECK(contains(answer(hans, once), R"("data":["1"])"));
  CHECK(
      contains(answer(hans, request("message", {"yoda", "y"}, R"("cid":"a-1")")), R"("code":"cid_reused")"));
  CHECK(contains(answer(hans, request("message", {"yoda", "y"}, R"("cid":"a-2")")), R"("code":"blocked")"));
  world.restart();
  CHECK(contains(answer(world.log_in("hans", "secret"), once), R"("data":["1"])"));
}

TEST_CASE_FIXTURE(Fixture, "errors of a message come in the order of the gates") {
  const ConnectionId hans = world.log_in("hans", "secret");
  CHECK(contains(answer(hans, request("message", {"hans"})), R"("code":"bad_argument")"));
  CHECK(contains(answer(hans, request("message", {"hans", "a\\u0007b"})), R"("code":"bad_text")"));
  CHECK(contains(answer(hans, request("message", {"hans", ""})), R"("code":"bad_text")"));
  CHECK(contains(answer(hans, request("message", {"hans", "x"})), R"("code":"self")"));
  CHECK(contains(answer(hans, request("message", {"nobody", "x"})),
                 R"("code":"unknown_user","data":["Invalid user"])"));
  CHECK(contains(answer(hans, request("message", {"HANS", "x"})), R"("code":"unknown_user")"));
}

TEST_CASE("a full mailbox of an owner who does not come has room again when its messages are too old") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.mailbox_messages = 2;
  config.limits.mailbox_days = 1min;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  for (int i = 0; i < 2; ++i) world.say(hans, request("message", {"yoda", "hello"}));
  world.advance(59s);
  world.say(hans, request("message", {"yoda", "still"}));
  CHECK(count(world.hear(hans), R"("code":"mailbox_full")") == 1);
  world.advance(2s);
  world.say(hans, request("message", {"yoda", "now"}));
  CHECK(count(world.hear(hans), R"("delivery":"stored")") == 1);
}

TEST_CASE("a full mailbox refuses the sender, and has room again when the owner has read") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.mailbox_messages = 2;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  for (int number = 0; number < 3; ++number) world.say_unsettled(hans, request("message", {"yoda", "x"}));
  world.settle();
  const auto heard = world.hear(hans);
  CHECK(count(heard, R"("delivery":"stored")") == 2);
  CHECK(count(heard, R"("code":"mailbox_full")") == 1);
  world.log_in("yoda", "secret");
  world.advance(std::chrono::milliseconds(50));
  CHECK(contains(fixture.answer(hans, request("message", {"yoda", "x"})), R"("delivery":"delivered")"));
}

TEST_CASE_FIXTURE(Fixture,
                  "a confirmation waits for the next message, or for a moment, and not for itself alone") {
  const ConnectionId hans = world.log_in("hans", "secret");
  world.log_in("yoda", "secret");
  world.say(hans, request("message", {"yoda", "one"}));
  CHECK(world.store().in_flight() == 0);
  CHECK(world.core().next_deadline() <= world.clock().now().mono + std::chrono::milliseconds(50));
  world.advance(std::chrono::milliseconds(50));
  world.restart();
  const ConnectionId yoda = world.connect();
  CHECK(contains(answer(yoda, request("login", {"yoda", "secret"})), R"("waiting":0)"));
}

TEST_CASE_FIXTURE(Fixture, "what was confirmed before a stop is confirmed after it") {
  const ConnectionId hans = world.log_in("hans", "secret");
  world.log_in("yoda", "secret");
  world.say(hans, request("message", {"yoda", "one"}));
  world.core().begin_shutdown();
  world.settle();
  world.restart();
  const ConnectionId yoda = world.connect();
  CHECK(contains(answer(yoda, request("login", {"yoda", "secret"})), R"("waiting":0)"));
}

TEST_CASE_FIXTURE(Fixture,
                  "a broadcast goes to everybody online but the sender and those who refuse the sender") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  const ConnectionId luke = world.log_in("luke", "secret");
  world.say(hans, request("broadcast", {"hello"}));
  CHECK(world.hear(hans) ==
        std::vector<std::string>{R"({"status":"ok","command":"broadcast","data":["1"],"skipped":false})"});
  CHECK(
      world.hear(yoda) ==
      std::vector<std::string>{
          R"({"command":"broadcast","data":["hans","hello"],"mid":"1","time":"2026-11-22T12:00:00.123Z"})"});
  world.say(luke, request("block", {"hans"}));
  world.hear(luke);
  CHECK(contains(answer(hans, request("broadcast", {"again"})), R"("skipped":true)"));
  CHECK(world.hear(luke).empty());
  CHECK(world.hear(yoda).size() == 1);
  world.vanish(luke);
  CHECK(contains(answer(hans, request("broadcast", {"still"})), R"("skipped":true)"));
  const ConnectionId leia = world.log_in("leia", "secret");
  CHECK(world.hear(leia).empty());
}

TEST_CASE_FIXTURE(Fixture, "a connection that is not logged in gets no broadcast and no presence") {
  const ConnectionId guest = world.connect();
  const ConnectionId hans = world.log_in("hans", "secret");
  world.say(hans, request("broadcast", {"x"}));
  CHECK(world.hear(guest).empty());
}
