#include <doctest/doctest.h>

#include <string>

#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;

namespace {

struct Fixture : CoreFixture {
  Fixture() : Fixture(CoreWorld::standard_config()) {}
  explicit Fixture(server_core::Config config) : CoreFixture(std::move(config)) {
    for (const char* name : {"hans", "yoda", "luke"}) world.add_user(name, "secret");
    hans = world.log_in("hans", "secret");
    yoda = world.log_in("yoda", "secret");
    world.hear(hans);
  }

  void exchange() {
    world.say(hans, request("message", {"yoda", "one"}));
    world.say(yoda, request("message", {"hans", "two"}));
    world.say(hans, request("message", {"luke", "secret"}));
    world.say(hans, request("broadcast", {"to all"}));
    world.say(hans, request("message", {"yoda", "three"}));
    world.hear(hans);
    world.hear(yoda);
  }

  ConnectionId hans;
  ConnectionId yoda;
};

server_core::Config without_rates() {
  server_core::Config config = CoreWorld::standard_config();
  for (const char* limit : {"message_rate=0", "broadcast_rate=0", "query_rate=0"})
    REQUIRE(set_limit(config.limits, limit));
  return config;
}

// "one two": the texts of a page, in its order.
std::string texts_of(std::string_view reply) {
  std::string texts;
  constexpr std::string_view kMember = R"("text":")";
  for (std::size_t at = reply.find(kMember); at != std::string_view::npos; at = reply.find(kMember, at)) {
    at += kMember.size();
    texts += (texts.empty() ? "" : " ") + std::string(reply.substr(at, reply.find('"', at) - at));
  }
  return texts;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "history shows what two people said to each other, oldest first") {
  exchange();
  CHECK(answer(yoda, R"({"command":"history","data":["hans"],"id":7})") ==
        R"({"status":"ok","command":"history","id":7,"data":[)"
        R"({"mid":"1","from":"hans","to":"yoda","text":"one","time":"2026-11-22T12:00:00.123Z"},)"
        R"({"mid":"2","from":"yoda","to":"hans","text":"two","time":"2026-11-22T12:00:00.123Z"},)"
        R"({"mid":"5","from":"hans","to":"yoda","text":"three","time":"2026-11-22T12:00:00.123Z"}],)"
        R"("more":false})");
  CHECK(texts_of(answer(hans, request("history", {"luke"}))) == "secret");
  CHECK(texts_of(answer(yoda, request("history", {"luke"}))).empty());
}

TEST_CASE_FIXTURE(Fixture, "history of everybody is the broadcasts, but of those whom one blocks") {
  exchange();
  const std::string page = answer(yoda, request("history", {"*"}));
  CHECK(contains(page, R"("from":"hans","to":"*","text":"to all")"));
  world.say(yoda, request("block", {"hans"}));
  world.hear(yoda);
  CHECK(texts_of(answer(yoda, request("history", {"*"}))).empty());
  CHECK(texts_of(answer(yoda, request("history", {"hans"}))) == "one two three");
}

TEST_CASE_FIXTURE(Fixture, "history is read page by page, back from any message") {
  exchange();
  const std::string newest = answer(hans, request("history", {"yoda", "0", "2"}));
  CHECK(texts_of(newest) == "two three");
  CHECK(contains(newest, R"("more":true)"));
  const std::string older = answer(hans, request("history", {"yoda", "2", "2"}));
  CHECK(texts_of(older) == "one");
  CHECK(contains(older, R"("more":false)"));
  CHECK(texts_of(answer(hans, request("history", {"yoda", "1"}))).empty());
}

TEST_CASE_FIXTURE(Fixture, "what is no page is a bad argument") {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{},
                                                                 {"yoda", "x"},
                                                                 {"yoda", "-1"},
                                                                 {"yoda", "0", "0"},
                                                                 {"yoda", "0", "201"},
                                                                 {"yoda", "0", "5", "5"}})
    CHECK(contains(answer(hans, request("history", wrong)), R"("code":"bad_argument")"));
  CHECK(contains(answer(hans, request("history", {"jabba"})), R"("code":"unknown_user")"));
  for (const auto& wrong :
       std::vector<std::vector<std::string>>{{}, {"falcon", "0"}, {"falcon", "x"}, {""}, {" "}})
    CHECK(contains(answer(hans, request("search", wrong)), R"("code":"bad_argument")"));
  CHECK(contains(answer(hans, request("search", {std::string(16'384, '*')})), R"("code":"bad_argument")"));
  CHECK(contains(answer(hans, request("sessions", {"0"})), R"("code":"bad_argument")"));
}

TEST_CASE_FIXTURE(Fixture, "search finds all words in any case, newest first, and only what is the asker's") {
  world.say(hans, request("message", {"yoda", "The Falcon is a ship"}));
  world.say(yoda, request("message", {"hans", "Which ship, the falcon?"}));
  world.say(hans, request("message", {"luke", "A falcon ship for you"}));
  world.say(hans, request("message", {"yoda", "falcon"}));
  world.hear(hans);
  world.hear(yoda);
  const std::string found = answer(yoda, request("search", {"FALCON ship"}));
  CHECK(texts_of(found) == "Which ship, the falcon? The Falcon is a ship");
  CHECK(contains(found, R"("more":false)"));
  CHECK(contains(answer(yoda, request("search", {"falcon ship", "1"})), R"("more":true)"));
  CHECK(texts_of(answer(yoda, request("search", {"falcon OR jabba"}))).empty());
}

TEST_CASE_FIXTURE(Fixture, "sessions shows one's own logins, newest first") {
  world.say(hans, request("logout"));
  hans = world.log_in("hans", "secret");
  CHECK(answer(hans, request("sessions")) ==
        R"({"status":"ok","command":"sessions","data":[)"
        R"({"login":"2026-11-22T12:00:00.123Z","logout":null,"reason":null,"address":"127.0.0.1"},)"
        R"({"login":"2026-11-22T12:00:00.123Z","logout":"2026-11-22T12:00:00.123Z","reason":"logout",)"
        R"("address":"127.0.0.1"}]})");
}

TEST_CASE("a page of long messages is cut to the newest that fit into a frame") {
  Fixture fixture(without_rates());
  const std::string tail(16'000, 'x');
  for (int n = 100; n < 200; ++n)
    fixture.world.say(fixture.hans, request("message", {"yoda", std::to_string(n) + tail}));
  fixture.world.hear(fixture.yoda);
  fixture.world.hear(fixture.hans);
  const std::string page = fixture.answer(fixture.hans, request("history", {"yoda", "0", "200"}));
  CHECK(page.size() <= fixture.world.config().limits.send_queue_hard / 2);
  CHECK(page.size() > 100'000);
  CHECK(contains(page, R"("more":true)"));
  CHECK(contains(page, R"("text":"199x)"));
  CHECK_FALSE(contains(page, R"("text":"100x)"));
}

TEST_CASE("what is asked behind a page waits for it, so that answers cannot pile up") {
  Fixture fixture(without_rates());
  fixture.exchange();
  for (int n = 0; n < 50; ++n) fixture.world.say_unsettled(fixture.hans, request("history", {"yoda"}));
  fixture.world.say_unsettled(fixture.hans, request("ping"));
  CHECK(fixture.world.store().in_flight() <= 1);
  fixture.world.settle();
  const std::vector<std::string> heard = fixture.world.hear(fixture.hans);
  REQUIRE(heard.size() == 51);
  CHECK(contains(heard.back(), R"("command":"ping")"));
}
