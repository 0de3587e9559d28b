// A random walk over the states of a connection, against a model of a dozen lines that says what each step
// must answer.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>

#include "support/core_world.h"
#include "support/frames.h"

using namespace sockchat;
using namespace sockchat::test;

namespace {

constexpr int kSteps = 1'000'000;

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // https://prng.di.unimi.it/splitmix64.c
  std::uint64_t below(std::uint64_t bound) {
    std::uint64_t mixed = (state_ += 0x9E3779B97F4A7C15ULL);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return (mixed ^ (mixed >> 31)) % bound;
  }

 private:
  std::uint64_t state_;
};

// What the model knows of the one connection.
struct Model {
  bool logged_in = false;
  bool asked = false;
  int strikes = 0;
};

enum class Needs : std::uint8_t { nothing, login, no_login, first, well_formed };

// A request, what it needs, and what it answers when it has that: a part of the one frame, or "" for silence.
struct Step {
  std::string_view json;
  Needs needs;
  std::string_view answer;
};

constexpr auto kWalk = std::to_array<Step>({
    {R"({"command":"ping"})", Needs::nothing, R"("status":"ok","command":"ping")"},
    {R"({"command":"pong"})", Needs::nothing, ""},
    {R"({"command":"ping","data":["x"]})", Needs::nothing, R"("code":"bad_argument")"},
    {R"({"command":"Ping"})", Needs::nothing, R"("command":"Ping","code":"unknown_command")"},
    {R"({"command":"hello","data":["ack"]})", Needs::first, R"("status":"ok","command":"hello")"},
    {R"({"command":"login","data":["hans","secret"]})", Needs::no_login,
     R"("status":"ok","command":"login")"},
    {R"({"command":"login","data":["hans"]})", Needs::no_login, R"("code":"bad_argument")"},
    {R"({"command":"register","data":["new","password"]})", Needs::no_login,
     R"("code":"registration_closed")"},
    {R"({"command":"logout"})", Needs::login, R"("status":"ok","command":"logout")"},
    {R"({"command":"whoelse"})", Needs::login, R"("status":"ok","command":"whoelse")"},
    {R"({"command":"whoelsesince","data":["-1"]})", Needs::login, R"("code":"bad_argument")"},
    {R"({"command":"message","data":["yoda","x"]})", Needs::login, R"("delivery":"stored")"},
    {R"({"command":"message","data":["hans","x"]})", Needs::login, R"("code":"self")"},
    {R"({"command":"message","data":["nobody","x"],"cid":"c"})", Needs::login, R"("code":"unknown_user")"},
    {R"({"command":"broadcast","data":[""]})", Needs::login, R"("code":"bad_text")"},
    {R"({"command":"unblock","data":["yoda"]})", Needs::login, R"("code":"not_blocked")"},
    {R"({"command":"ack","data":["0"]})", Needs::login, ""},
    {R"({"command":"ack","data":["0"],"id":1})", Needs::login, R"("status":"ok","command":"ack","id":1)"},
    {R"({"command":"ack","data":["999999999"]})", Needs::login, R"("code":"bad_argument")"},
    {R"({"command":"blocked"})", Needs::login, R"("status":"ok","command":"blocked")"},
    {R"({"command":"active"})", Needs::login, ""},
    {R"({"command":"listen","data":["70000","x"]})", Needs::login, R"("code":"bad_argument")"},
    {R"({"command":"startprivate","data":["hans"]})", Needs::login, R"("code":"self")"},
    {R"({"command":"startprivate","data":["yoda"]})", Needs::login, R"("code":"offline")"},
    {R"({"command":"answer","data":["yoda","yes"]})", Needs::login, R"("code":"no_request")"},
    {R"({"command":"relay","data":["yoda","Zg=="]})", Needs::login, R"("code":"no_session")"},
    {R"({"command":"stopprivate","data":["yoda"]})", Needs::login, R"("code":"no_session")"},
    {R"({"command":"ping","cid":"c"})", Needs::well_formed, ""},
    {R"({"command":)", Needs::well_formed, ""},
    {R"({"command":"ping","command":"ping"})", Needs::well_formed, ""},
    {R"(7)", Needs::well_formed, ""},
});

std::string_view expected(const Model& model, const Step& step) {
  switch (step.needs) {
    case Needs::login:
      return model.logged_in ? step.answer : R"("code":"not_logged_in")";
    case Needs::no_login:
      return model.logged_in ? R"("code":"already_logged_in")" : step.answer;
    case Needs::first:
      return model.asked ? R"("code":"bad_request")" : step.answer;
    case Needs::well_formed:
      return R"("code":"bad_request")";
    case Needs::nothing:
      break;
  }
  return step.answer;
}

server_core::Config without_rates() {
  server_core::Config config = CoreWorld::standard_config();
  config.limits.message_rate = config.limits.broadcast_rate = config.limits.query_rate = 0;
  config.limits.mailbox_messages = kSteps;
  return config;
}

}  // namespace

TEST_CASE("no order of commands, whole or broken, leaves the states that a connection may be in") {
  CoreWorld world(without_rates());
  world.add_user("hans", "secret");
  world.add_user("yoda", "secret");
  Random random(20261124);
  Model model;
  ConnectionId id = world.connect();
  for (int number = 0; number < kSteps; ++number) {
    const Step& step = kWalk[random.below(kWalk.size())];
    INFO("step ", number, ": ", std::string(step.json));
    const std::string_view answer = expected(model, step);
    world.say(id, step.json);
    const auto heard = world.hear(id);
    REQUIRE(heard.size() == (answer.empty() ? 0 : 1));
    if (!answer.empty()) REQUIRE(contains(heard[0], answer));

    model.asked = true;
    model.strikes = answer == R"("code":"bad_request")" ? model.strikes + 1 : 0;
    if (contains(answer, R"("ok","command":"login")")) model.logged_in = true;
    const bool left = contains(answer, R"("ok","command":"logout")");
    const bool thrown_out = model.strikes == 3;
    const auto reason = left         ? std::optional(CloseReason::logout)
                        : thrown_out ? std::optional(CloseReason::bad_requests)
                                     : std::nullopt;
    REQUIRE(world.closed(id) == reason);
    REQUIRE(world.core().sessions() == (model.logged_in && !reason ? 1 : 0));
    if (!reason) continue;
    model = {};
    world.forget(id);
    id = world.connect();
  }
}
