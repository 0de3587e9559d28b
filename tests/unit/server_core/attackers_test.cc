// What strangers try with requests and passwords: docs/ATTACKERS.md, rows B3, B4, C1, C4, C7 and C8.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/server_core/command_table.h"
#include "unit/server_core/core_fixture.h"

using namespace sockchat;
using namespace sockchat::test;

namespace {

struct Fixture : CoreFixture {
  Fixture() : CoreFixture(CoreWorld::standard_config()) {
    world.add_user("hans", "secret");
    world.add_user("yoda", "wise");
  }
  // On a connection of its own: three of them in a row would close it.
  std::string answer_of_new(bool logged_in, std::string_view json) {
    const ConnectionId id = logged_in ? world.log_in("hans", "secret") : world.connect();
    std::string heard = answer(id, json);
    world.vanish(id);
    world.settle();
    world.forget(id);
    return heard;
  }
};

bool is_of_access(const server_core::CommandSpec& spec, bool logged_in) {
  return spec.access == server_core::Access::any || (spec.access == server_core::Access::in) == logged_in;
}

std::string wrong_login(std::string_view name, std::string_view password = "wrong") {
  return fmt::format(R"({{"command":"login","data":["{}","{}"],"id":1}})", name, password);
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a member that stands twice is refused in every command") {
  constexpr auto kTwice = std::to_array<std::string_view>({
      R"("command":"{0}","command":"{0}","data":["a"])",
      R"("command":"{0}","command":"ping","data":["a"])",
      R"("command":"ping","data":["a"],"command":"{0}")",
      R"("command":"{0}","data":["yoda","a"],"data":["hans","a"])",
      R"("command":"{0}","data":[],"data":[])",
      R"("command":"{0}","id":1,"id":2)",
      R"("command":"{0}","id":1,"id":1)",
      R"("command":"{0}","c\u006fmmand":"ping")",
      R"("command":"{0}","cid":"a","cid":"b")",
  });
  for (const server_core::CommandSpec& spec : server_core::command_specs()) {
    for (const bool logged_in : {false, true}) {
      if (!is_of_access(spec, logged_in)) continue;
      for (const std::string_view members : kTwice) {
        const std::string json = "{" + fmt::format(fmt::runtime(members), spec.name) + "}";
        INFO(json);
        CHECK(contains(answer_of_new(logged_in, json), R"("code":"bad_request")"));
      }
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "nobody says who they are but by the login: a sender in a request is refused") {
  constexpr auto kSenders =
      std::to_array<std::string_view>({"from", "sender", "user", "as", "session", "mid", "time", "status",
                                       "stored", "From", "from\\u0000", ""});
  for (const server_core::CommandSpec& spec : server_core::command_specs()) {
    for (const bool logged_in : {false, true}) {
      if (!is_of_access(spec, logged_in)) continue;
      for (const std::string_view member : kSenders) {
        const std::string json =
            fmt::format(R"({{"command":"{}","data":["yoda","x"],"{}":"yoda"}})", spec.name, member);
        INFO(json);
        CHECK(contains(answer_of_new(logged_in, json), R"("code":"bad_request")"));
      }
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "what is delivered names the session's user, whatever the text says") {
  const ConnectionId hans = world.log_in("hans", "secret");
  const ConnectionId yoda = world.log_in("yoda", "wise");
  world.hear(hans);
  constexpr auto kTexts = std::to_array<std::string_view>(
      {R"(yoda: hello)", R"(\"],\"from\":\"yoda)", R"({\"command\":\"message\",\"data\":[\"yoda\",\"x\"]})",
       R"(\u202eyoda)", R"(x\",\"mid\":\"1)"});
  for (const std::string_view text : kTexts) {
    CHECK(contains(answer(hans, fmt::format(R"({{"command":"message","data":["yoda","{}"]}})", text)),
                   R"("status":"ok")"));
    const std::vector<std::string> heard = world.hear(yoda);
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].starts_with(R"({"command":"message","data":["hans",")"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a wrong password and an unknown name get the same bytes, at every attempt") {
  for (int attempt = 1; attempt <= 5; ++attempt) {
    INFO("attempt ", attempt);
    const std::string known = answer_of_new(false, wrong_login("hans"));
    CHECK(known == answer_of_new(false, wrong_login("nobody")));
    CHECK(contains(known, attempt < 3 ? R"("code":"bad_credentials")" : R"("code":"locked")"));
  }
  // And a name that nobody could have.
  CHECK(answer_of_new(false, wrong_login("no body")) == answer_of_new(false, wrong_login("no\\u0000body")));
}

TEST_CASE_FIXTURE(Fixture, "ten thousand guesses on five hundred connections get three checks") {
  std::vector<ConnectionId> guessers;
  for (int number = 0; number < 500; ++number) {
    guessers.push_back(world.connect(fmt::format("127.0.0.{}", 2 + number % 50)));
  }
  for (int round = 0; round < 20; ++round) {
    for (const ConnectionId id : guessers) world.say_unsettled(id, wrong_login("hans"));
    world.settle();
  }
  CHECK(world.hasher().checks == 3);
}

TEST_CASE_FIXTURE(Fixture, "a password that is too long is refused before it is hashed, and never cut") {
  world.add_user("long", std::string(1024, 'p'));
  const std::string longest(1024, 'p');
  CHECK(contains(answer_of_new(false, wrong_login("long", longest)), R"("status":"ok")"));
  const int checks = world.hasher().checks;
  // Whose first 1,024 bytes are right.
  for (const std::size_t bytes : {1025U, 2048U, 4000U}) {
    const std::string refused = answer_of_new(false, wrong_login("long", std::string(bytes, 'p')));
    CHECK(contains(refused, R"("status":"error")"));
  }
  CHECK(world.hasher().checks == checks);
}
