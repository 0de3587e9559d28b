#include <doctest/doctest.h>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kHello = R"({"command":"hello","data":["ack","resume"]})";

struct Fixture : CoreFixture {
  Fixture() : Fixture(CoreWorld::standard_config()) {}
  explicit Fixture(server_core::Config config) : CoreFixture(std::move(config)) {
    for (const char* name : {"hans", "yoda", "luke"}) world.add_user(name, "secret");
  }

  // Logs in with acks and a token: "token N", where N counts the tokens of the world.
  ConnectionId enter(std::string_view name) { return world.log_in(name, "secret", kHello); }
  // A fresh connection that says hello and resumes; what it hears is still to be read.
  ConnectionId resume(std::string_view token, std::string_view last = "0") {
    const ConnectionId id = world.connect();
    world.say(id, kHello);
    world.hear(id);
    world.say(id, request("resume", {std::string(token), std::string(last)}));
    return id;
  }
  std::string resume_answer(std::string_view token, std::string_view last = "0") {
    return world.hear(resume(token, last)).at(0);
  }
  void say(ConnectionId id, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) world.say(id, request("message", {"hans", std::string(text)}));
    world.hear(id);
  }
};

std::vector<std::string> texts_of(const std::vector<std::string>& frames) {
  std::vector<std::string> texts;
  for (const std::string& frame : frames) {
    if (frame.find(R"("mid":")") == std::string::npos || frame.starts_with(R"({"status")")) continue;
    const std::size_t from = frame.find("\",\"", frame.find("\"data\":[")) + 3;
    texts.push_back(frame.substr(from, frame.find('"', from) - from));
  }
  return texts;
}

using Texts = std::vector<std::string>;

server_core::Config with_limit(std::string_view assignment) {
  server_core::Config config = CoreWorld::standard_config();
  REQUIRE(set_limit(config.limits, assignment));
  return config;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a login gets a token when the client asked for it, and only then") {
  const ConnectionId plain = world.connect();
  CHECK_FALSE(contains(answer(plain, request("login", {"yoda", "secret"})), "token"));
  const ConnectionId id = world.connect();
  CHECK(contains(answer(id, kHello), R"("data":["sockchat","1","ack","resume"])"));
  CHECK(contains(answer(id, request("login", {"hans", "secret"})), R"("waiting":0,"token":"token 1"})"));
}

TEST_CASE_FIXTURE(Fixture, "a registration gets a token as well") {
  world.config().registration_open = true;
  world.restart();
  const ConnectionId id = world.connect();
  world.say(id, kHello);
  world.hear(id);
  CHECK(contains(answer(id, request("register", {"leia", "blasterpistol"})), R"("token":"token 1")"));
}

TEST_CASE_FIXTURE(Fixture, "a token logs in without a password, and another takes its place") {
  world.vanish(enter("hans"));
  const int checks = world.hasher().checks;
  const ConnectionId id = resume("token 1");
  CHECK(world.hear(id).at(0) ==
        R"({"status":"ok","command":"resume","data":["hans"],"last_login":"2026-11-22T12:00:00.123Z",)"
        R"("failed":0,"waiting":0,"token":"token 2","resumed":true})");
  CHECK(world.hasher().checks == checks);
  CHECK(world.core().sessions() == 1);
}

TEST_CASE_FIXTURE(Fixture, "the old token is good until the client asks for something") {
  world.vanish(enter("hans"));
  // Three replies that get lost: nobody is locked out.
  for (int lost = 0; lost < 3; ++lost) {
    const ConnectionId id = resume("token 1");
    CHECK(contains(world.hear(id).at(0), R"("status":"ok")"));
    world.vanish(id);
  }
  // That the third reply arrived is seen by its token being used.
  const ConnectionId id = resume("token 4");
  CHECK(contains(world.hear(id).at(0), R"("token":"token 5")"));
  world.say(id, request("ping"));
  world.vanish(id);
  for (const char* spent : {"token 1", "token 2", "token 3", "token 4"})
    CHECK(contains(resume_answer(spent), R"("code":"bad_token")"));
  CHECK(contains(resume_answer("token 5"), R"("status":"ok")"));
}

TEST_CASE_FIXTURE(Fixture, "a forged, an empty and a far too long token are refused, and tell nothing") {
  enter("hans");
  for (const char* token :
       {"", "token 2", "0000000000000000000000000000000000000000000000000000000000000000"})
    CHECK(contains(resume_answer(token, "99999"), R"("code":"bad_token")"));
  CHECK(contains(resume_answer(std::string(3000, 'x')), R"("code":"bad_token")"));
}

TEST_CASE_FIXTURE(Fixture,
                  "a last_mid from the future or of no number is a bad argument, and spends nothing") {
  world.vanish(enter("hans"));
  CHECK(contains(resume_answer("token 1", "1"), R"("code":"bad_argument")"));
  for (const char* last : {"", "-1", "x", "01", "99999999999999999999"})
    CHECK(contains(resume_answer("token 1", last), R"("code":"bad_argument")"));
  CHECK(contains(resume_answer("token 1", "0"), R"("status":"ok")"));
}

TEST_CASE_FIXTURE(Fixture, "a token dies with the logout, before the logout is answered") {
  const ConnectionId id = enter("hans");
  CHECK(contains(answer(id, request("logout")), R"({"status":"ok","command":"logout")"));
  CHECK(world.closed(id) == CloseReason::logout);
  CHECK(contains(resume_answer("token 1"), R"("code":"bad_token")"));
  world.restart();
  CHECK(contains(resume_answer("token 1"), R"("code":"bad_token")"));
}

TEST_CASE_FIXTURE(Fixture, "a token outlives a timeout, a lost connection and a restart") {
  const ConnectionId id = enter("hans");
  for (int minute = 0; minute < 10; ++minute) {
    world.say(id, request("pong"));
    world.advance(60s);
  }
  CHECK(contains(world.hear(id).back(), R"("data":["timeout"])"));
  const ConnectionId again = resume("token 1");
  CHECK(contains(world.hear(again).at(0), R"("token":"token 2","resumed":true)"));
  world.say(again, request("ping"));
  world.restart();
  CHECK(contains(resume_answer("token 2"), R"("token":"token 3","resumed":true)"));
}

TEST_CASE("a token is good for token_days") {
  Fixture fixture(with_limit("token_days=1"));
  fixture.world.vanish(fixture.enter("hans"));
  fixture.world.advance(24h);
  CHECK(contains(fixture.resume_answer("token 1"), R"("resumed":false)"));
  fixture.world.advance(25h);
  CHECK(contains(fixture.resume_answer("token 1"), R"("code":"bad_token")"));
  CHECK(contains(fixture.resume_answer("token 2"), R"("code":"bad_token")"));
}

TEST_CASE_FIXTURE(Fixture, "a new password kills every other token of the account") {
  world.vanish(enter("hans"));
  const ConnectionId id = enter("hans");
  CHECK(contains(answer(id, request("passwd", {"secret", "millennium"})), R"("status":"ok")"));
  CHECK(contains(resume_answer("token 1"), R"("code":"bad_token")"));
  world.vanish(id);
  CHECK(contains(resume_answer("token 2"), R"("status":"ok")"));
  world.restart();
  CHECK(contains(resume_answer("token 1"), R"("code":"bad_token")"));
}

TEST_CASE("a new password kills a token that is being granted at that moment") {
  for (int steps = 0; steps < 12; ++steps) {
    CAPTURE(steps);
    Fixture fixture;
    CoreWorld& world = fixture.world;
    world.vanish(fixture.enter("hans"));
    const ConnectionId asker = fixture.enter("hans");
    const ConnectionId other = world.connect();
    world.say_unsettled(asker, request("passwd", {"secret", "blasterpistol"}));
    for (int step = 0; step < steps; ++step) world.executor().run_one();
    world.vanish(asker);
    world.say_unsettled(other, request("resume", {"token 1", "0"}));
    world.settle();
    world.vanish(other);
    world.vanish(world.log_in("hans", "blasterpistol"));
    for (const char* token : {"token 1", "token 3"})
      CHECK(contains(fixture.resume_answer(token), R"("code":"bad_token")"));
    world.restart();
    for (const char* token : {"token 1", "token 3"})
      CHECK(contains(fixture.resume_answer(token), R"("code":"bad_token")"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a token gets in while the name is shut, and hears of the failures") {
  world.vanish(enter("hans"));
  const ConnectionId stranger = world.connect("10.0.0.1");
  for (int wrong = 0; wrong < 3; ++wrong) world.say(stranger, request("login", {"hans", "guess"}));
  CHECK(contains(world.hear(stranger).back(), R"("code":"locked")"));
  CHECK(contains(resume_answer("token 1"), R"("failed":3)"));
  // For everybody else it stays shut.
  const ConnectionId other = world.connect();
  CHECK(contains(answer(other, request("login", {"hans", "secret"})), R"("code":"locked")"));
}

TEST_CASE_FIXTURE(Fixture, "a session that answers its ping stays, one that is silent makes room") {
  const ConnectionId first = enter("hans");
  const ConnectionId second = resume("token 1");
  CHECK(contains(world.hear(first).back(), R"("command":"ping")"));
  world.say(first, request("pong"));
  CHECK(contains(world.hear(second).at(0), R"("command":"resume","code":"already_online")"));
  world.say(second, request("resume", {"token 1", "0"}));
  world.advance(5s);
  CHECK(world.closed(first) == CloseReason::replaced);
  CHECK(contains(world.hear(second).at(0), R"("resumed":true)"));
}

TEST_CASE("a sign of life that we have not read yet is one all the same") {
  server_core::Config config = CoreWorld::standard_config();
  REQUIRE(set_limit(config.limits, "broadcast_rate=0.06"));
  REQUIRE(set_limit(config.limits, "broadcast_burst=1"));
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId first = fixture.enter("hans");
  // Over the rate: not read for a while.
  for (int number = 0; number < 2; ++number) world.say(first, request("broadcast", {"hello"}));
  const ConnectionId second = world.connect();
  world.say(second, request("login", {"hans", "secret"}));
  world.say(first, request("pong"));
  world.advance(30s);
  CHECK_FALSE(world.closed(first));
  CHECK(contains(world.hear(second).at(0), R"("code":"already_online")"));
}

TEST_CASE_FIXTURE(Fixture, "of many that resume at once exactly one wins") {
  world.vanish(enter("hans"));
  std::vector<ConnectionId> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(world.connect());
    world.say_unsettled(all.back(), request("resume", {"token 1", "0"}));
  }
  world.settle();
  for (const ConnectionId id : all) world.say(id, request("ping"));
  world.settle();
  CHECK(world.core().sessions() == 1);
  int online = 0;
  for (const ConnectionId id : all) {
    for (const std::string& frame : world.hear(id)) online += contains(frame, R"("resumed":true)") ? 1 : 0;
  }
  CHECK(online == 1);
}

TEST_CASE_FIXTURE(Fixture, "what was sent meanwhile comes, in order, and nothing twice") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  const ConnectionId hans = enter("hans");
  say(yoda, {"one", "two"});
  CHECK(texts_of(world.hear(hans)) == Texts{"one", "two"});
  world.vanish(hans);
  say(yoda, {"three"});
  world.say(yoda, request("broadcast", {"four"}));
  say(yoda, {"five"});
  const ConnectionId again = resume("token 1", "2");
  const std::vector<std::string> heard = world.hear(again);
  CHECK(contains(heard.at(0), R"("waiting":3,)"));
  CHECK(texts_of(heard) == Texts{"three", "four", "five"});
  CHECK(contains(heard.at(1), R"("stored":true)"));
  say(yoda, {"six"});
  CHECK(texts_of(world.hear(again)) == Texts{"six"});
}

TEST_CASE_FIXTURE(Fixture,
                  "last_mid 0 delivers from the confirmed position, another from there, confirmed or not") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  const ConnectionId hans = enter("hans");
  say(yoda, {"one", "two", "three"});
  world.say(hans, request("ack", {"2"}));
  world.vanish(hans);
  const ConnectionId second = resume("token 1", "0");
  CHECK(texts_of(world.hear(second)) == Texts{"three"});
  world.vanish(second);
  const ConnectionId third = resume("token 2", "1");
  const std::vector<std::string> heard = world.hear(third);
  CHECK(contains(heard.at(0), R"("waiting":2,)"));
  CHECK(texts_of(heard) == Texts{"two", "three"});
}

TEST_CASE_FIXTURE(Fixture, "broadcasts from before the first login, and of blocked people, do not come") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  const ConnectionId luke = world.log_in("luke", "secret");
  world.say(yoda, request("broadcast", {"early"}));
  const ConnectionId hans = enter("hans");
  world.say(hans, request("block", {"luke"}));
  world.vanish(hans);
  world.say(luke, request("broadcast", {"unwanted"}));
  world.say(yoda, request("broadcast", {"wanted"}));
  CHECK(texts_of(world.hear(resume("token 1", "1"))) == Texts{"wanted"});
}

TEST_CASE_FIXTURE(Fixture, "what was refused when it was said is not replayed after the unblock") {
  const ConnectionId luke = world.log_in("luke", "secret");
  const ConnectionId hans = enter("hans");
  world.say(hans, request("block", {"luke"}));
  world.say(luke, request("broadcast", {"unwanted"}));
  world.say(hans, request("unblock", {"luke"}));
  world.say(luke, request("broadcast", {"wanted"}));
  CHECK(texts_of(world.hear(hans)) == Texts{"wanted"});
  world.vanish(hans);
  CHECK(texts_of(world.hear(resume("token 1", "0"))) == Texts{"wanted"});
  world.restart();
  CHECK(texts_of(world.hear(resume("token 1", "0"))) == Texts{"wanted"});
}

TEST_CASE_FIXTURE(Fixture, "who stays away for dead_seconds has missed the broadcasts, and no message") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.vanish(enter("hans"));
  world.say(yoda, request("broadcast", {"to all"}));
  say(yoda, {"to you"});
  world.advance(119s);
  const ConnectionId early = resume("token 1");
  CHECK(texts_of(world.hear(early)) == Texts{"to all", "to you"});
  world.vanish(early);
  world.say(world.log_in("luke", "secret"), request("broadcast", {"again to all"}));
  world.advance(120s);
  const std::vector<std::string> heard = world.hear(resume("token 2"));
  CHECK(contains(heard.at(0), R"("resumed":false)"));
  CHECK(texts_of(heard) == Texts{"to you"});
}

TEST_CASE_FIXTURE(Fixture, "a plain login never gets old broadcasts") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.vanish(enter("hans"));
  world.say(yoda, request("broadcast", {"to all"}));
  say(yoda, {"to you"});
  const ConnectionId id = world.connect();
  world.say(id, request("login", {"hans", "secret"}));
  CHECK(texts_of(world.hear(id)) == Texts{"to you"});
}

TEST_CASE_FIXTURE(Fixture, "what a crash left undelivered comes with the resume, broadcasts too") {
  const ConnectionId yoda = enter("yoda");
  const ConnectionId hans = enter("hans");
  world.wire(hans).stalled = true;
  world.say(yoda, request("broadcast", {"to all"}));
  say(yoda, {"to you"});
  world.restart();
  const std::vector<std::string> heard = world.hear(resume("token 2", "0"));
  CHECK(contains(heard.at(0), R"("waiting":2,"token":"token 3","resumed":true)"));
  CHECK(texts_of(heard) == Texts{"to all", "to you"});
}

TEST_CASE_FIXTURE(Fixture, "others see a lost connection as a logout, and a resume as a login") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.vanish(enter("hans"));
  resume("token 1");
  const std::vector<std::string> heard = world.hear(yoda);
  REQUIRE(heard.size() == 2);
  CHECK(contains(heard[0], R"("data":["hans","offline"])"));
  CHECK(contains(heard[1], R"("data":["hans","online"])"));
}

TEST_CASE_FIXTURE(Fixture, "requests may be sent right behind a resume, and wait for it") {
  world.vanish(enter("hans"));
  const ConnectionId id = world.connect();
  world.say_unsettled(id, request("resume", {"token 1", "0"}));
  world.say_unsettled(id, request("whoelse"));
  world.settle();
  const std::vector<std::string> heard = world.hear(id);
  REQUIRE(heard.size() == 2);
  CHECK(contains(heard[0], R"({"status":"ok","command":"resume")"));
  CHECK(contains(heard[1], R"({"status":"ok","command":"whoelse")"));
}

TEST_CASE_FIXTURE(Fixture, "a resume without hello gets its new token all the same") {
  world.vanish(enter("hans"));
  const ConnectionId id = world.connect();
  CHECK(contains(answer(id, request("resume", {"token 1", "0"})), R"("token":"token 2")"));
}
