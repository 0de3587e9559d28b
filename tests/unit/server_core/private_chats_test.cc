#include <doctest/doctest.h>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

const std::string kHansKey(64, 'a');
const std::string kLukeKey(64, 'b');
using Heard = std::vector<std::string>;

// hans and luke take private chats, from two addresses; yoda does not.
struct Fixture : CoreFixture {
  Fixture() : CoreFixture(CoreWorld::standard_config()) {
    for (const char* name : {"hans", "luke", "yoda"}) world.add_user(name, "secret");
    hans = enter("hans", "192.0.2.1");
    luke = enter("luke", "192.0.2.2");
    yoda = enter("yoda", "192.0.2.3");
    world.say(hans, request("listen", {"5001", kHansKey}));
    world.say(luke, request("listen", {"5002", kLukeKey}));
    forget();
  }
  ConnectionId enter(std::string name, std::string address) {
    const ConnectionId id = world.connect(std::move(address));
    world.say(id, request("login", {std::move(name), "secret"}));
    return id;
  }
  void forget() {
    for (const ConnectionId id : {hans, luke, yoda}) world.hear(id);
  }
  // hans asks, luke says yes.
  void introduce() {
    world.say(hans, request("startprivate", {"luke"}));
    world.say(luke, request("answer", {"hans", "yes"}));
    forget();
  }
  // Everybody who is there is heard of all the time, as clients that answer pings are.
  void pass(Duration time) {
    world.advance(time);
    for (const ConnectionId id : {hans, luke, yoda})
      if (!world.closed(id)) world.say(id, request("pong"));
    const Heard heard = world.hear(hans);
    heard_by_hans.insert(heard_by_hans.end(), heard.begin(), heard.end());
  }
  std::string code(ConnectionId id, std::string_view json) {
    const std::string frame = answer(id, json);
    const std::size_t begin = frame.find(R"("code":")");
    return begin == std::string::npos ? "ok"
                                      : frame.substr(begin + 8, frame.find('"', begin + 8) - begin - 8);
  }

  ConnectionId hans;
  ConnectionId luke;
  ConnectionId yoda;
  Heard heard_by_hans;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "who is asked accepts, and each is told where the other is, the listener first") {
  CHECK(
      answer(hans, request("startprivate", {"luke"}, R"("id":7)")) ==
      R"({"status":"ok","command":"startprivate","id":7,"data":["luke"],"session":"token 1","expires":60})");
  CHECK(world.hear(luke) ==
        Heard{R"({"command":"startprivate","data":["hans"],"session":"token 1","expires":60})"});

  world.say(luke, request("answer", {"hans", "yes"}));
  CHECK(world.hear(luke) == Heard{R"({"status":"ok","command":"answer","data":["hans"]})",
                                  R"({"command":"introduce","data":["hans","192.0.2.1","5001",")" + kHansKey +
                                      R"("],"session":"token 1","role":"listen"})"});
  CHECK(world.hear(hans) == Heard{R"({"command":"introduce","data":["luke","192.0.2.2","5002",")" + kLukeKey +
                                  R"("],"session":"token 1","role":"dial"})"});
  CHECK(code(luke, request("answer", {"hans", "yes"})) == "no_request");
}

TEST_CASE_FIXTURE(Fixture, "who says no reveals nothing, and may be asked again") {
  world.say(hans, request("startprivate", {"luke"}));
  forget();
  CHECK(code(luke, request("answer", {"hans", "maybe"})) == "bad_argument");
  forget();
  CHECK(answer(luke, request("answer", {"hans", "no"})) ==
        R"({"status":"ok","command":"answer","data":["hans"]})");
  CHECK(world.hear(hans) ==
        Heard{R"({"command":"declined","data":["luke"],"session":"token 1","reason":"declined"})"});
  CHECK(code(hans, request("startprivate", {"luke"})) == "ok");
}

TEST_CASE_FIXTURE(Fixture, "the gates of startprivate stand in their order") {
  CHECK(code(hans, request("startprivate", {"hans"})) == "self");
  CHECK(code(hans, request("startprivate", {"nobody"})) == "unknown_user");
  CHECK(code(hans, request("startprivate", {"yoda"})) == "not_listening");
  CHECK(code(yoda, request("startprivate", {"luke"})) == "not_listening");
  // Blocked is said before anything that shows whether the other is there.
  world.say(yoda, request("block", {"hans"}));
  CHECK(code(hans, request("startprivate", {"yoda"})) == "blocked");
  world.say(yoda, request("logout"));
  world.hear(hans);
  CHECK(code(hans, request("startprivate", {"yoda"})) == "blocked");
  world.hear(luke);
  CHECK(code(luke, request("startprivate", {"yoda"})) == "offline");
  introduce();
  CHECK(code(hans, request("startprivate", {"luke"})) == "already_private");
  CHECK(code(luke, request("startprivate", {"hans"})) == "already_private");
  CHECK(world.hear(luke).empty());
}

TEST_CASE_FIXTURE(Fixture, "who blocks may still ask whom he blocks") {
  world.say(hans, request("block", {"luke"}));
  forget();
  CHECK(code(hans, request("startprivate", {"luke"})) == "ok");
  CHECK(count(world.hear(luke), R"("command":"startprivate")") == 1);
  CHECK(code(luke, request("startprivate", {"hans"})) == "blocked");
}

TEST_CASE_FIXTURE(Fixture, "no address leaves before consent: not in a question, a refusal or an expiry") {
  world.say(hans, request("startprivate", {"luke"}));
  world.say(luke, request("answer", {"hans", "no"}));
  world.say(hans, request("startprivate", {"luke"}));
  world.advance(61s);
  world.say(hans, request("startprivate", {"luke"}));
  world.vanish(luke);
  world.settle();
  for (const ConnectionId id : {hans, luke, yoda}) {
    const Heard heard = world.hear(id);
    CHECK(count(heard, "192.0.2.") == 0);
    CHECK(count(heard, "500") == 0);
    CHECK(count(heard, kHansKey) + count(heard, kLukeKey) == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "two who ask each other have one chat, and the first one dials") {
  world.say(hans, request("startprivate", {"luke"}));
  forget();
  world.say(luke, request("startprivate", {"hans"}));
  const Heard luke_heard = world.hear(luke);
  REQUIRE(luke_heard.size() == 2);
  CHECK(luke_heard[0] ==
        R"({"status":"ok","command":"startprivate","data":["hans"],"session":"token 1","expires":60})");
  CHECK(contains(luke_heard[1], R"("session":"token 1","role":"listen")"));
  const Heard hans_heard = world.hear(hans);
  REQUIRE(hans_heard.size() == 1);
  CHECK(contains(hans_heard[0], R"("session":"token 1","role":"dial")"));
  CHECK(code(luke, request("answer", {"hans", "yes"})) == "no_request");
}

TEST_CASE_FIXTURE(Fixture, "to ask again while it waits asks nobody twice") {
  world.say(hans, request("startprivate", {"luke"}));
  world.advance(20s);
  forget();
  CHECK(contains(answer(hans, request("startprivate", {"luke"})), R"("session":"token 1","expires":40)"));
  CHECK(world.hear(luke).empty());
}

TEST_CASE_FIXTURE(Fixture, "a port of 0 on either side relays, and shows no address") {
  world.say(luke, request("listen", {"0", kLukeKey}));
  world.say(hans, request("startprivate", {"luke"}));
  forget();
  world.say(luke, request("answer", {"hans", "yes"}));
  CHECK(contains(world.hear(luke)[1], R"("data":["hans","","",")" + kHansKey));
  CHECK(contains(world.hear(hans)[0], R"("data":["luke","","",")" + kLukeKey));
}

TEST_CASE_FIXTURE(Fixture, "an invitation without an answer is over, for both") {
  world.say(hans, request("startprivate", {"luke"}));
  forget();
  world.advance(59s);
  CHECK(count(world.hear(hans), "declined") == 0);
  world.advance(1s);
  CHECK(count(world.hear(hans),
              R"({"command":"declined","data":["luke"],"session":"token 1","reason":"expired"})") == 1);
  CHECK(count(world.hear(luke),
              R"({"command":"declined","data":["hans"],"session":"token 1","reason":"expired"})") == 1);
  CHECK(code(luke, request("answer", {"hans", "yes"})) == "no_request");
}

TEST_CASE_FIXTURE(Fixture, "an invitation ends when either side is gone") {
  SUBCASE("the one who asked") {
    world.say(hans, request("startprivate", {"luke"}));
    forget();
    world.vanish(hans);
    world.settle();
    const Heard heard = world.hear(luke);
    REQUIRE(heard.size() == 2);
    CHECK(heard[0] == R"({"command":"declined","data":["hans"],"session":"token 1","reason":"offline"})");
    CHECK(contains(heard[1], R"("presence")"));
  }
  SUBCASE("the one who was asked") {
    world.say(hans, request("startprivate", {"luke"}));
    forget();
    world.say(luke, request("logout"));
    CHECK(count(world.hear(hans),
                R"({"command":"declined","data":["luke"],"session":"token 1","reason":"offline"})") == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "bytes are passed on between two who were introduced, and to nobody else") {
  CHECK(code(hans, request("relay", {"luke", "Zg=="})) == "no_session");
  world.say(hans, request("startprivate", {"luke"}));
  forget();
  CHECK(code(hans, request("relay", {"luke", "Zg=="})) == "no_session");
  world.say(luke, request("answer", {"hans", "yes"}));
  forget();
  world.say(hans, request("relay", {"luke", "Zg=="}));
  CHECK(world.hear(hans).empty());
  CHECK(world.hear(luke) == Heard{R"({"command":"relay","data":["hans","Zg=="],"session":"token 1"})"});
  CHECK(code(hans, request("relay", {"luke", "Zg="})) == "bad_argument");
  CHECK(code(yoda, request("relay", {"luke", "Zg=="})) == "no_session");
  CHECK(code(hans, request("relay", {"nobody", "Zg=="})) == "no_session");
  CHECK(world.hear(luke).empty());
}

TEST_CASE_FIXTURE(Fixture,
                  "a receiver that does not read bounds what is passed on to it, and is not closed") {
  introduce();
  world.wire(luke).stalled = true;
  const std::string frame = request("relay", {"luke", std::string(40'000, 'A')});
  int passed = 0;
  Heard heard;
  for (; heard.empty() && passed < 100; ++passed) {
    world.say(hans, frame);
    heard = world.hear(hans);
  }
  REQUIRE(heard.size() == 1);
  CHECK(contains(heard[0], R"("command":"relay","code":"busy")"));
  const Limits limits;
  CHECK(world.wire(luke).sent.size() <= (limits.send_queue_soft + limits.send_queue_hard) / 2);
  CHECK(world.wire(luke).sent.size() > limits.send_queue_soft);
  CHECK_FALSE(world.closed(luke));
}

TEST_CASE_FIXTURE(Fixture, "either one may end it, once") {
  introduce();
  CHECK(answer(luke, request("stopprivate", {"hans"})) ==
        R"({"status":"ok","command":"stopprivate","data":["hans"]})");
  CHECK(world.hear(hans) ==
        Heard{R"({"command":"stopprivate","data":["luke"],"session":"token 1","reason":"stopped"})"});
  CHECK(code(hans, request("stopprivate", {"luke"})) == "no_session");
  CHECK(code(hans, request("relay", {"luke", "Zg=="})) == "no_session");
  CHECK(code(hans, request("startprivate", {"luke"})) == "ok");
}

TEST_CASE_FIXTURE(Fixture, "a chat ends with a session, and says why before the others see it go") {
  introduce();
  SUBCASE("logout") {
    world.say(luke, request("logout"));
    const Heard heard = world.hear(hans);
    REQUIRE(heard.size() == 2);
    CHECK(heard[0] == R"({"command":"stopprivate","data":["luke"],"session":"token 1","reason":"logout"})");
    CHECK(contains(heard[1], R"("presence")"));
  }
  SUBCASE("timeout") {
    // Signs of life are none of activity.
    for (int minute = 0; minute < 9; ++minute) pass(1min);
    world.say(hans, request("active"));
    pass(1min);
    CHECK(count(heard_by_hans,
                R"("command":"stopprivate","data":["luke"],"session":"token 1","reason":"timeout")") == 1);
  }
  SUBCASE("a lost connection") {
    world.vanish(luke);
    world.settle();
    CHECK(count(world.hear(hans),
                R"("command":"stopprivate","data":["luke"],"session":"token 1","reason":"gone")") == 1);
  }
  CHECK(code(hans, request("relay", {"luke", "Zg=="})) == "no_session");
}

TEST_CASE_FIXTURE(Fixture, "a block ends no chat that runs, and refuses the next") {
  introduce();
  world.say(luke, request("block", {"hans"}));
  forget();
  world.say(hans, request("relay", {"luke", "Zg=="}));
  CHECK(count(world.hear(luke), R"("command":"relay")") == 1);
  world.say(luke, request("stopprivate", {"hans"}));
  forget();
  CHECK(code(hans, request("startprivate", {"luke"})) == "blocked");
}

TEST_CASE_FIXTURE(Fixture,
                  "activity in a private chat keeps a session, what the client sends by itself does not") {
  for (int minute = 0; minute < 9; ++minute) pass(1min);
  pass(59s);
  world.say(hans, request("active"));
  world.say(luke, request("listen", {"5002", kLukeKey}));
  CHECK(world.hear(hans).empty());
  pass(2s);
  CHECK_FALSE(world.closed(hans));
  CHECK(world.closed(luke) == CloseReason::idle_timeout);
}

TEST_CASE_FIXTURE(Fixture, "who comes back has to listen again") {
  world.vanish(luke);
  world.settle();
  luke = enter("luke", "192.0.2.2");
  world.hear(hans);
  CHECK(code(hans, request("startprivate", {"luke"})) == "not_listening");
}

TEST_CASE_FIXTURE(Fixture, "at the shutdown nobody is told of each other's leaving") {
  introduce();
  world.core().begin_shutdown();
  world.settle();
  CHECK(count(world.hear(hans), "stopprivate") == 0);
}
