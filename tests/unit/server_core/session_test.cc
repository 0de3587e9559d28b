#include <doctest/doctest.h>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;
using namespace std::chrono_literals;

namespace {

struct Fixture : CoreFixture {
  Fixture() : Fixture(CoreWorld::standard_config()) {}
  explicit Fixture(server_core::Config config) : CoreFixture(std::move(config)) {
    for (const char* name : {"hans", "yoda", "luke"}) world.add_user(name, "secret");
  }
};

server_core::Config with_timeout(Duration timeout) {
  server_core::Config config = CoreWorld::standard_config();
  config.idle_timeout = timeout;
  return config;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "requests that are no requests are answered, and the third in a row closes") {
  const ConnectionId id = world.connect();
  CHECK(contains(answer(id, "[]"), R"({"status":"error","command":"","code":"bad_request")"));
  CHECK(contains(answer(id, R"({"command":"ping","extra":1,"id":4})"),
                 R"("command":"ping","id":4,"code":"bad_request")"));
  CHECK(answer(id, request("ping")) == R"({"status":"ok","command":"ping","data":[]})");
  for (int bad = 0; bad < 2; ++bad) CHECK(contains(answer(id, "{"), R"("code":"bad_request")"));
  CHECK_FALSE(world.closed(id));
  CHECK(contains(answer(id, "{"), R"("code":"bad_request")"));
  CHECK(world.closed(id) == CloseReason::bad_requests);
}

TEST_CASE_FIXTURE(Fixture, "the gates answer in their order") {
  const ConnectionId id = world.connect();
  CHECK(contains(answer(id, request("nonsense", {"a"})), R"("command":"nonsense","code":"unknown_command")"));
  CHECK(contains(answer(id, request("message")), R"("code":"not_logged_in")"));
  CHECK(contains(answer(id, request("login")), R"("code":"bad_argument")"));
  const ConnectionId hans = world.log_in("hans", "secret");
  CHECK(contains(answer(hans, request("login")), R"("code":"already_logged_in")"));
  CHECK(contains(answer(hans, request("whoelsesince", {"4000000001"})), R"("code":"bad_argument")"));
}

TEST_CASE_FIXTURE(Fixture, "hello grants what it knows, once and first") {
  const ConnectionId id = world.connect();
  CHECK(contains(
      answer(id, request("hello", {"ack", "teleport"})),
      R"("data":["sockchat","1","ack"],"limits":{"frame_max":65536,"text_max":16384,"name_max":32,"message_rate":50,"message_burst":200})"));
  CHECK(contains(answer(id, request("hello")), R"("code":"bad_request")"));
  const ConnectionId late = world.connect();
  world.say(late, request("ping"));
  world.hear(late);
  CHECK(contains(answer(late, request("hello")), R"("code":"bad_request")"));
}

TEST_CASE_FIXTURE(Fixture, "a client that did not ask for presence gets none") {
  const ConnectionId hans = world.log_in("hans", "secret", request("hello"));
  world.log_in("yoda", "secret");
  CHECK(world.hear(hans).empty());
}

TEST_CASE("a session without activity ends at its timeout, not before") {
  Fixture fixture(with_timeout(10s));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId luke = world.log_in("luke", "secret");
  world.advance(5s);
  world.say(hans, request("message", {"nobody", "an error is activity too"}));
  world.say(luke, request("ping"));
  world.say(luke, request("nonsense"));
  world.say(luke, request("whoelsesince", {"x"}));
  world.hear(luke);
  world.hear(hans);
  world.advance(5s - 1ns);
  CHECK_FALSE(world.closed(luke));
  world.advance(1ns);
  CHECK(world.closed(luke) == CloseReason::idle_timeout);
  CHECK(world.hear(luke) == std::vector<std::string>{R"({"command":"logout","data":["timeout"]})"});
  CHECK(count(world.hear(hans), R"(["luke","offline"])") == 1);
  world.advance(5s);
  CHECK(world.closed(hans) == CloseReason::idle_timeout);
}

TEST_CASE_FIXTURE(Fixture, "a connection that never logs in is closed as login_timeout") {
  const ConnectionId id = world.connect();
  world.advance(15s);
  world.say(id, request("ping"));
  world.advance(15s - 1ns);
  CHECK_FALSE(world.closed(id));
  world.advance(1ns);
  CHECK(world.closed(id) == CloseReason::login_timeout);
}

TEST_CASE_FIXTURE(Fixture, "a silent session is pinged, and closed when it stays silent") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.advance(60s);
  CHECK(count(world.hear(hans), R"({"command":"ping","data":[]})") == 1);
  world.say(yoda, request("pong"));
  world.advance(60s);
  CHECK(world.closed(hans) == CloseReason::dead_peer);
  CHECK_FALSE(world.closed(yoda));
  CHECK(count(world.hear(yoda), R"(["hans","offline"])") == 1);
}

TEST_CASE("a session that we do not read, because its output waits, is not silent") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.send_queue_soft = 64;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  world.wire(hans).stalled = true;
  world.say(hans, request("whoelse", {}));
  world.say(hans, request("whoelse", {}));
  world.advance(300s);
  CHECK_FALSE(world.closed(hans));
  world.wire(hans).stalled = false;
  world.advance(121s + 60s);
  CHECK(world.closed(hans) == CloseReason::dead_peer);
}

TEST_CASE_FIXTURE(Fixture, "logout is answered, then the connection closes, and the others see it") {
  const ConnectionId yoda = world.log_in("yoda", "secret");
  const ConnectionId hans = world.log_in("hans", "secret");
  world.say_unsettled(hans, request("message", {"yoda", "bye"}));
  world.say_unsettled(hans, request("logout"));
  world.settle();
  const auto heard = world.hear(hans);
  REQUIRE(heard.size() == 2);
  CHECK(contains(heard[0], R"("command":"message")"));
  CHECK(heard[1] == R"({"status":"ok","command":"logout","data":[]})");
  CHECK(world.closed(hans) == CloseReason::logout);
  CHECK(count(world.hear(yoda), R"(["hans","offline"])") == 1);
}

TEST_CASE_FIXTURE(Fixture, "a peer that has finished sending is logged out, and still gets its answers") {
  const ConnectionId hans = world.log_in("hans", "secret");
  world.say_unsettled(hans, request("message", {"yoda", "last words"}));
  world.core().on_eof(hans);
  world.settle();
  CHECK(count(world.hear(hans), R"("delivery":"stored")") == 1);
  CHECK(world.closed(hans) == CloseReason::peer_closed);
  CHECK(world.core().sessions() == 0);
}

TEST_CASE_FIXTURE(Fixture, "whoelsesince lists who was there at any moment of that time") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  const ConnectionId luke = world.log_in("luke", "secret");
  world.vanish(yoda);
  world.hear(hans);
  world.advance(10s);
  world.hear(hans);
  CHECK(contains(answer(hans, request("whoelsesince", {"9"})), R"("data":["luke"])"));
  CHECK(contains(answer(hans, request("whoelsesince", {"11"})), R"("data":["luke","yoda"])"));
  CHECK(contains(answer(hans, request("whoelsesince", {"0"})), R"("data":["luke"])"));
  world.vanish(luke);
  world.restart();
  CHECK(contains(answer(world.log_in("hans", "secret"), request("whoelsesince", {"4000000000"})),
                 R"("data":[])"));
}

TEST_CASE("with presence history whoelsesince knows the logins of earlier runs") {
  server_core::Config config = CoreWorld::standard_config();
  config.presence_history = true;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  world.vanish(world.log_in("yoda", "secret"));
  world.settle();
  world.advance(10s);
  world.restart();
  const ConnectionId hans = world.log_in("hans", "secret");
  CHECK(contains(fixture.answer(hans, request("whoelsesince", {"60"})), R"("data":["yoda"])"));
  CHECK(contains(fixture.answer(hans, request("whoelsesince", {"5"})), R"("data":[])"));
}

TEST_CASE("a rate delays, and drops nothing") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.message_rate = 10;
  config.limits.message_burst = 2;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  for (int number = 0; number < 5; ++number) world.say(hans, request("message", {"yoda", "x"}));
  CHECK(world.hear(hans).size() == 2);
  world.advance(100ms);
  CHECK(world.hear(hans).size() == 1);
  world.advance(200ms);
  CHECK(world.hear(hans).size() == 2);
}

TEST_CASE(
    "a broadcast costs as much as its receivers are: a thousand hear each other five times less often") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.broadcast_rate = 5;
  config.limits.broadcast_burst = 20;
  CoreWorld world(std::move(config));
  std::vector<ConnectionId> there;
  for (int number = 0; number < 1000; ++number) {
    const std::string name = fmt::format("u{}", number);
    world.add_user(name, "secret");
    there.push_back(world.log_in(name, "secret", request("hello", {"ack"})));
  }
  const auto answered = [&] { return count(world.hear(there[0]), R"("status":"ok","command":"broadcast")"); };
  for (int number = 0; number < 10; ++number) world.say(there[0], request("broadcast", {"x"}));
  CHECK(answered() == 4);
  // One is served with the last token there is, and the next waits until its price is paid.
  world.advance(200ms);
  CHECK(answered() == 1);
  world.advance(999ms);
  CHECK(answered() == 0);
  world.advance(1ms);
  CHECK(answered() == 1);
}

TEST_CASE("a connection with too many unanswered requests is not read for a while") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.requests_pending = 4;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  for (int number = 0; number < 10; ++number) world.say_unsettled(hans, request("message", {"yoda", "x"}));
  CHECK(world.wire(hans).waiting.size() == 6);
  world.settle();
  CHECK(count(world.hear(hans), R"("status":"ok")") == 10);
}

TEST_CASE("a reader may fall behind by any number of broadcasts, and gets them all") {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.send_queue_soft = 100;
  config.limits.mailbox_messages = 5;
  config.limits.broadcast_rate = 0;
  Fixture fixture(std::move(config));
  CoreWorld& world = fixture.world;
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.wire(yoda).stalled = true;
  for (int number = 0; number < 1000; ++number) world.say(hans, request("broadcast", {"x"}));
  CHECK(count(world.hear(yoda), R"("command":"broadcast")") <= 3);
  world.wire(yoda).stalled = false;
  world.settle();
  CHECK(count(world.hear(yoda), R"("command":"broadcast")") >= 997);
  CHECK_FALSE(world.closed(yoda));
}

TEST_CASE_FIXTURE(Fixture, "a stop answers what is under way, tells everybody, and closes") {
  const ConnectionId guest = world.connect();
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "secret");
  world.say_unsettled(hans, request("message", {"yoda", "just in time"}));
  world.core().begin_shutdown();
  world.settle();
  const auto heard = world.hear(hans);
  REQUIRE(heard.size() == 2);
  CHECK(contains(heard[0], R"("status":"ok")"));
  CHECK(heard[1] == R"({"command":"logout","data":["shutdown"]})");
  CHECK(count(world.hear(yoda), "presence") == 0);
  CHECK(world.closed(guest) == CloseReason::shutdown);
  CHECK(world.core().connections() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a bad frame and forbidden clear text are answered, then closed") {
  const ConnectionId id = world.connect();
  world.core().on_bad_frame(id);
  world.settle();
  CHECK(count(world.hear(id), R"({"status":"error","command":"","code":"bad_frame")") == 1);
  CHECK(world.closed(id) == CloseReason::bad_frame);
  const ConnectionId remote = world.connect("192.0.2.1");
  world.core().on_plaintext_refused(remote);
  world.settle();
  CHECK(count(world.hear(remote), R"("code":"tls_required")") == 1);
  CHECK(world.closed(remote) == CloseReason::tls_required);
}

TEST_CASE_FIXTURE(Fixture, "the limit of a frame grows with the login") {
  const ConnectionId id = world.connect();
  CHECK(world.core().frame_max(id) == 4096);
  CHECK(world.core().frame_max(world.log_in("hans", "secret")) == 65536);
}

TEST_CASE_FIXTURE(Fixture, "a connection with a vanished peer leaves nothing behind") {
  for (int round = 0; round < 100; ++round) {
    const ConnectionId id = world.log_in("hans", "secret");
    world.say_unsettled(id, request("message", {"yoda", "x"}));
    world.vanish(id, CloseReason::peer_reset);
    world.settle();
  }
  CHECK(world.core().sessions() == 0);
  CHECK(world.core().connections() == 0);
}
