#include <doctest/doctest.h>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;
using server_core::Notice;

namespace {

std::string login(std::string_view name, std::string_view password) {
  return request("login", {std::string(name), std::string(password)});
}

struct Fixture : CoreFixture {
  Fixture() : Fixture(CoreWorld::standard_config()) {}
  explicit Fixture(server_core::Config config) : CoreFixture(std::move(config)) {
    world.add_user("hans", "falcon");
    world.add_user("yoda", "wise");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a right password logs in, and the others see it") {
  const ConnectionId yoda = world.log_in("yoda", "wise");
  const ConnectionId hans = world.connect();
  CHECK(answer(hans, login("hans", "falcon")) ==
        R"({"status":"ok","command":"login","data":["hans"],"last_login":null,"failed":0,"waiting":0})");
  CHECK(world.hear(yoda) == std::vector<std::string>{R"({"command":"presence","data":["hans","online"]})"});
  CHECK(world.core().sessions() == 2);
}

TEST_CASE_FIXTURE(
    Fixture,
    "wrong passwords count down, the third shuts the name, and then the right one is not even hashed") {
  const ConnectionId first = world.connect("127.0.0.1");
  const ConnectionId second = world.connect("127.0.0.2");
  CHECK(contains(
      answer(first, login("hans", "x")),
      R"("code":"bad_credentials","data":["Invalid Password. Please try again"],"attempts_left":2)"));
  CHECK(contains(answer(second, login("hans", "x")), R"("attempts_left":1)"));
  CHECK(contains(
      answer(first, login("hans", "x")),
      R"("code":"locked","data":["Invalid Password. Your account has been blocked. Please try again later"],"attempts_left":0,"retry_after":60)"));
  CHECK(world.noted(Notice::locked_out));
  const int checks = world.hasher().checks;
  const std::string shut = answer(second, login("hans", "falcon"));
  CHECK(contains(shut, R"("code":"locked")"));
  CHECK_FALSE(contains(shut, "attempts_left"));
  CHECK(world.hasher().checks == checks);
}

TEST_CASE_FIXTURE(Fixture,
                  "attempts while a name is shut do not prolong it, and afterwards the count starts anew") {
  const ConnectionId id = world.connect();
  for (int tries = 0; tries < 3; ++tries) world.say(id, login("hans", "x"));
  world.advance(20s);
  world.hear(id);
  CHECK(contains(answer(id, login("hans", "falcon")), R"("retry_after":40)"));
  world.advance(9s);
  const ConnectionId later = world.connect();
  world.advance(31s - 1ms);
  CHECK(contains(answer(world.connect(), login("hans", "falcon")), R"("retry_after":1)"));
  world.advance(1ms);
  CHECK(world.closed(later) == CloseReason::login_timeout);
  CHECK(contains(answer(world.connect(), login("hans", "x")), R"("attempts_left":2)"));
}

TEST_CASE_FIXTURE(Fixture, "a lock and a count survive a restart") {
  ConnectionId id = world.connect();
  for (int tries = 0; tries < 3; ++tries) world.say(id, login("hans", "x"));
  world.say(id, login("yoda", "x"));
  world.restart();
  id = world.connect();
  CHECK(contains(answer(id, login("hans", "falcon")), R"("code":"locked")"));
  CHECK(contains(answer(id, login("yoda", "x")), R"("attempts_left":1)"));
}

TEST_CASE_FIXTURE(Fixture, "a server that dies while it checks a password has counted the attempt") {
  const ConnectionId id = world.connect();
  world.say(id, login("hans", "x"));
  world.say(id, login("hans", "x"));
  world.say_unsettled(id, login("hans", "x"));
  // The attempt is stored and the check is under way; nobody was told yet.
  while (world.hasher().checks < 3) REQUIRE(world.executor().run_one());
  world.restart();
  CHECK(contains(answer(world.connect(), login("hans", "falcon")), R"("code":"locked")"));
}

TEST_CASE_FIXTURE(Fixture, "ten guesses at the same moment get three checks") {
  std::vector<ConnectionId> guessers;
  for (int guesser = 0; guesser < 10; ++guesser) guessers.push_back(world.connect());
  for (const ConnectionId id : guessers) world.say_unsettled(id, login("hans", "x"));
  world.settle();
  CHECK(world.hasher().checks == 3);
  int shut = 0;
  for (const ConnectionId id : guessers) shut += count(world.hear(id), R"("code":"locked")");
  CHECK(shut == 8);
}

TEST_CASE_FIXTURE(Fixture, "an unknown name is treated as a wrong password, lock-out included") {
  const ConnectionId id = world.connect();
  CHECK(contains(
      answer(id, login("nobody", "x")),
      R"("code":"bad_credentials","data":["Invalid Password. Please try again"],"attempts_left":2)"));
  CHECK(world.hasher().checks == 1);
  CHECK(contains(answer(id, login("nobody", "x")), R"("attempts_left":1)"));
  CHECK(contains(answer(id, login("nobody", "x")), R"("attempts_left":0)"));
  CHECK(contains(answer(id, login("nobody", "x")), R"("code":"locked")"));
}

TEST_CASE_FIXTURE(Fixture, "a success resets the count, and tells the owner of the failures") {
  const ConnectionId id = world.connect();
  world.say(id, login("hans", "x"));
  world.say(id, login("hans", "x"));
  world.hear(id);
  CHECK(contains(answer(id, login("hans", "falcon")), R"("failed":2)"));
  world.vanish(id);
  const ConnectionId again = world.connect();
  CHECK(contains(answer(again, login("hans", "x")), R"("attempts_left":2)"));
  CHECK(contains(answer(again, login("hans", "falcon")),
                 R"("last_login":"2026-11-22T12:00:00.123Z","failed":1)"));
}

TEST_CASE_FIXTURE(Fixture, "a second login is refused as soon as the first session answers the ping") {
  const ConnectionId first = world.log_in("hans", "falcon");
  const ConnectionId second = world.connect();
  world.say(second, login("hans", "falcon"));
  CHECK(world.hear(second).empty());
  CHECK(world.hear(first) == std::vector<std::string>{R"({"command":"ping","data":[]})"});
  world.say(first, request("pong"));
  CHECK(count(world.hear(second), R"("code":"already_online")") == 1);
  CHECK_FALSE(world.closed(first));
}

TEST_CASE_FIXTURE(Fixture, "a session that does not answer the ping within five seconds is replaced") {
  const ConnectionId first = world.log_in("hans", "falcon");
  const ConnectionId second = world.connect();
  world.say(second, login("hans", "falcon"));
  world.advance(4999ms);
  CHECK(world.hear(second).empty());
  world.advance(1ms);
  CHECK(count(world.hear(second), R"("status":"ok","command":"login")") == 1);
  CHECK(count(world.hear(first), R"({"command":"logout","data":["replaced"]})") == 1);
  CHECK(world.closed(first) == CloseReason::replaced);
  CHECK(world.core().sessions() == 1);
}

TEST_CASE_FIXTURE(Fixture, "an old challenge does not shorten a new one") {
  const ConnectionId first = world.log_in("hans", "falcon");
  world.say(world.connect(), login("hans", "falcon"));
  world.advance(3s);
  world.say(first, request("pong"));
  const ConnectionId third = world.connect();
  world.say(third, login("hans", "falcon"));
  world.advance(4s);
  CHECK(world.hear(third).empty());
  CHECK_FALSE(world.closed(first));
}

TEST_CASE_FIXTURE(Fixture, "of two logins at once exactly one wins") {
  const ConnectionId first = world.connect();
  const ConnectionId second = world.connect();
  world.say_unsettled(first, login("hans", "falcon"));
  world.say_unsettled(second, login("hans", "falcon"));
  world.settle();
  CHECK(count(world.hear(first), R"("status":"ok")") == 1);
  world.say(first, request("pong"));
  CHECK(count(world.hear(second), R"("code":"already_online")") == 1);
  CHECK(world.core().sessions() == 1);
}

TEST_CASE_FIXTURE(Fixture, "what is pipelined behind a login waits for it") {
  const ConnectionId id = world.connect();
  world.say_unsettled(id, login("hans", "falcon"));
  world.say_unsettled(id, request("whoelse", {}, R"("id":1)"));
  world.settle();
  const auto heard = world.hear(id);
  REQUIRE(heard.size() == 2);
  CHECK(contains(heard[0], R"("command":"login")"));
  CHECK(heard[1] == R"({"status":"ok","command":"whoelse","id":1,"data":[]})");
}

TEST_CASE_FIXTURE(Fixture, "a login for an account that is still being imported waits for it") {
  world.core().announce_imports(std::vector{*domain::UserName::parse("luke", 32)});
  const ConnectionId id = world.connect();
  world.say(id, login("luke", "lightsaber"));
  CHECK(world.hear(id).empty());
  world.add_user("luke", "lightsaber");
  CHECK(count(world.hear(id), R"("status":"ok")") == 1);
}

TEST_CASE_FIXTURE(Fixture, "a login for an announced account that never comes is refused in the end") {
  world.core().announce_imports(std::vector{*domain::UserName::parse("luke", 32)});
  const ConnectionId id = world.connect();
  world.say(id, login("luke", "lightsaber"));
  world.core().end_imports();
  world.settle();
  CHECK(count(world.hear(id), R"("code":"bad_credentials")") == 1);
}

TEST_CASE_FIXTURE(Fixture, "a stop does not wait for an account that is not imported any more") {
  world.core().announce_imports(std::vector{*domain::UserName::parse("luke", 32)});
  const ConnectionId id = world.connect();
  world.say(id, login("luke", "lightsaber"));
  world.core().begin_shutdown();
  world.settle();
  CHECK(count(world.hear(id), R"("code":"busy")") == 1);
  CHECK(world.closed(id) == CloseReason::shutdown);
  CHECK(world.hasher().checks == 0);
}

TEST_CASE_FIXTURE(Fixture, "a wrong password costs the store the same for a known and an unknown name") {
  const auto steps = [this](std::string_view name) {
    const ConnectionId id = world.connect();
    world.say_unsettled(id, login(name, "x"));
    int count = 0;
    while (world.executor().run_one()) ++count;
    CHECK(contains(world.hear(id).at(0), R"("attempts_left":2)"));
    return count;
  };
  CHECK(steps("hans") == steps("nobody"));
}

TEST_CASE_FIXTURE(Fixture,
                  "too many logins at once are told to come back, and nothing is counted against the name") {
  world.hasher().full = true;
  const ConnectionId id = world.connect();
  CHECK(contains(answer(id, login("hans", "falcon")), R"("code":"busy")"));
  world.hasher().full = false;
  CHECK(contains(answer(id, login("hans", "x")), R"("attempts_left":2)"));
}

TEST_CASE_FIXTURE(Fixture, "a password that there is no memory to check is busy, and no failure of anybody") {
  world.hasher().without_memory = true;
  const ConnectionId id = world.connect();
  // Often enough to shut the name, were it counted.
  for (int tries = 0; tries < 4; ++tries)
    CHECK(contains(answer(id, login("hans", "falcon")), R"("code":"busy")"));
  world.hasher().without_memory = false;
  CHECK(contains(answer(id, login("hans", "x")), R"("attempts_left":2)"));
  CHECK(contains(answer(id, login("hans", "falcon")), R"("failed":1)"));
}

TEST_CASE("the queue of logins has an end") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.hash_queue = 2;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  std::vector<ConnectionId> guests;
  for (int guest = 0; guest < 3; ++guest) guests.push_back(world.connect());
  for (const ConnectionId id : guests) world.say_unsettled(id, login("hans", "falcon"));
  CHECK(count(world.hear(guests[2]),
              R"("code":"busy","data":["The server is busy; try again in a moment"],"retry_after":1)") == 1);
}

TEST_CASE_FIXTURE(Fixture, "a connection that vanishes during its login leaves nobody online") {
  const ConnectionId id = world.connect();
  world.say_unsettled(id, login("hans", "falcon"));
  world.vanish(id);
  world.settle();
  CHECK(world.core().sessions() == 0);
  CHECK(world.core().connections() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a changed password is the new one from then on") {
  const ConnectionId id = world.log_in("hans", "falcon");
  CHECK(contains(answer(id, request("passwd", {"wrong", "millennium-f"})), R"("code":"bad_credentials")"));
  CHECK(contains(answer(id, request("passwd", {"falcon", "short"})), R"("code":"weak_password")"));
  CHECK(answer(id, request("passwd", {"falcon", "millennium-f"}, R"("id":5)")) ==
        R"({"status":"ok","command":"passwd","id":5,"data":[]})");
  world.vanish(id);
  const ConnectionId again = world.connect();
  CHECK(contains(answer(again, login("hans", "falcon")), R"("code":"bad_credentials")"));
  CHECK(contains(answer(again, login("hans", "millennium-f")), R"("status":"ok")"));
}

TEST_CASE_FIXTURE(Fixture, "registration is closed unless it was opened") {
  CHECK(contains(answer(world.connect(), request("register", {"lando", "calrissian"})),
                 R"("code":"registration_closed")"));
}

TEST_CASE("an open registration makes an account and logs it in") {
  server_core::Config config = CoreWorld::standard_config();
  config.registration_open = true;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId id = world.connect();
  CHECK(contains(fixture.answer(id, request("register", {"admin", "calrissian"})), R"("code":"bad_name")"));
  CHECK(contains(fixture.answer(id, request("register", {"Hans", "calrissian"})), R"("code":"name_taken")"));
  CHECK(
      contains(fixture.answer(id, request("register", {"lando", "password"})), R"("code":"weak_password")"));
  CHECK(contains(fixture.answer(id, request("register", {"lando", "calrissian"})),
                 R"("status":"ok","command":"register","data":["lando"],"last_login":null)"));
  world.vanish(id);
  CHECK(contains(fixture.answer(world.connect(), login("lando", "calrissian")), R"("status":"ok")"));
}

TEST_CASE("of two registrations at once whose names differ only in case one wins") {
  server_core::Config config = CoreWorld::standard_config();
  config.registration_open = true;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId first = world.connect();
  const ConnectionId second = world.connect();
  world.say_unsettled(first, request("register", {"lando", "calrissian"}));
  world.say_unsettled(second, request("register", {"Lando", "calrissian"}));
  world.settle();
  CHECK(count(world.hear(first), R"("status":"ok")") == 1);
  CHECK(count(world.hear(second), R"("code":"name_taken")") == 1);
}
