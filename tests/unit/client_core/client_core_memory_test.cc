#include <doctest/doctest.h>

#include "client_session.h"
#include "fake_memory.h"

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

std::string admitted(std::string_view command, std::uint64_t id, std::string_view token) {
  return fmt::format(
      R"({{"status":"ok","command":"{}","id":{},"data":["hans"],"failed":0,"waiting":0,"token":"{}"}})",
      command, id, token);
}

std::string refused(std::string_view command, std::uint64_t id, std::string_view code,
                    std::string_view more = "") {
  return fmt::format(R"({{"status":"error","command":"{}","id":{},"code":"{}","data":["No."]{}}})", command,
                     id, code, more);
}

std::string accepted(std::uint64_t id) {
  return fmt::format(R"({{"status":"ok","command":"message","id":{},"data":["1"],"delivery":"delivered"}})",
                     id);
}

constexpr std::string_view kFromLuke = R"({"command":"message","data":["luke","hi"],"mid":"7","time":"T7"})";

// A client with a memory; its steps are the test's.
struct World {
  explicit World(Disk start = {}, ClientConfig config = {.server = "localhost:4000"})
      : disk(std::move(start)), memory(disk), session(std::move(config), &memory) {}

  // Up to the login that was sent; its id is 2.
  void ask_in() {
    session.connect();
    session.type("hans");
    session.type("pw");
    memory.settle();
  }
  void log_in() {
    ask_in();
    session.server(admitted("login", 2, "t1"));
    memory.settle();
    session.sent();
    session.printed();
  }

  Disk disk;
  FakeMemory memory;
  Session session;
};

TEST_CASE("the memory of the account is opened before the login is sent, once for each name") {
  World world;
  world.session.connect();
  world.session.type("hans");
  CHECK(world.memory.opened.empty());
  world.session.type("wrong");
  CHECK(world.session.sent().empty());
  CHECK_FALSE(world.session.core.wants_line());
  world.memory.settle();
  CHECK(world.session.sent().size() == 1);
  world.session.server(refused("login", 2, "bad_credentials"));
  world.session.type("pw");
  CHECK(world.session.sent().size() == 1);
  world.session.server(refused("login", 3, "already_online"));
  world.session.type("luke");
  world.session.type("pw");
  world.memory.settle();
  CHECK(world.memory.opened == std::vector<std::string>{"hans", "luke"});
}

TEST_CASE("json: a login of one's own has its memory too") {
  World world({}, {.server = "localhost:4000", .format = Format::json});
  world.session.connect();
  world.session.type(R"({"command":"login","data":["hans","pw"],"id":"a"})");
  CHECK(world.session.sent().empty());
  world.memory.settle();
  CHECK(world.session.sent() == Lines{R"({"command":"login","data":["hans","pw"],"id":"a"})"});
  CHECK(world.memory.opened == std::vector<std::string>{"hans"});
}

TEST_CASE("the token is kept before anything else is said, a pong too") {
  World world;
  world.ask_in();
  world.session.sent();
  world.session.server(admitted("login", 2, "t1"));
  world.session.server(R"({"command":"ping","data":[]})");
  world.session.core.on_flushed();
  CHECK(world.session.sent().empty());
  CHECK_FALSE(world.session.core.wants_line());
  CHECK_FALSE(world.disk.token);
  CHECK(world.memory.step());
  CHECK(world.disk.token == "t1");
  CHECK(world.session.sent() == Lines{R"({"command":"pong"})"});
  CHECK(world.session.core.wants_line());
}

TEST_CASE("a token of a connection that was lost meanwhile does not open the next one") {
  World world;
  world.ask_in();
  world.session.server(admitted("login", 2, "t1"));
  world.session.core.on_lost(world.session.now);
  world.session.wait(0ns);
  world.session.core.on_connected(world.session.now);
  world.session.server(R"({"status":"ok","command":"hello","id":3,"data":[]})");
  CHECK(world.session.sent().back() == R"({"command":"resume","data":["t1","0"],"id":4})");
  world.session.server(admitted("resume", 4, "t2"));
  CHECK(world.memory.step());
  CHECK(world.disk.token == "t1");
  CHECK_FALSE(world.session.core.wants_line());
  CHECK(world.memory.step());
  CHECK(world.disk.token == "t2");
  CHECK(world.session.core.wants_line());
}

TEST_CASE("a message is written before it is sent, and forgotten when it is answered") {
  World world;
  world.log_in();
  world.session.type("message yoda hi");
  CHECK(world.session.sent().empty());
  CHECK(world.memory.step());
  CHECK(world.disk.outbox == std::vector{OutboxEntry{"cid1", "yoda", "hi"}});
  CHECK(world.session.sent() == Lines{R"({"command":"message","data":["yoda","hi"],"id":3,"cid":"cid1"})"});
  world.session.server(accepted(3));
  world.memory.settle();
  CHECK(world.disk.outbox.empty());
}

TEST_CASE("what was shown is recorded when it was flushed, and then confirmed") {
  World world;
  world.log_in();
  world.session.server(kFromLuke);
  CHECK_FALSE(world.memory.waiting());
  world.session.core.on_flushed();
  CHECK(world.session.sent().empty());
  CHECK(world.memory.step());
  CHECK(world.disk.shown == ShownMark{7, "T7"});
  CHECK(world.session.sent() == Lines{R"({"command":"ack","data":["7"]})"});
}

TEST_CASE("the next start sends what is left before anything else, and says so") {
  World world({.outbox = {{"a", "yoda", "one"}, {"b", std::nullopt, "two"}}});
  world.ask_in();
  world.session.sent();
  world.session.server(admitted("login", 2, "t1"));
  CHECK(world.session.out.complained == Lines{"2 messages from before are sent now"});
  world.memory.settle();
  CHECK(world.session.sent() == Lines{R"({"command":"message","data":["yoda","one"],"id":3,"cid":"a"})"});
  CHECK_FALSE(world.session.core.wants_line());
  world.session.server(accepted(3));
  CHECK(world.session.sent() == Lines{R"({"command":"broadcast","data":["two"],"id":4,"cid":"b"})"});
  world.session.server(R"({"status":"ok","command":"broadcast","id":4,"data":["2"],"skipped":false})");
  CHECK(world.session.core.wants_line());
  world.memory.settle();
  CHECK(world.disk.outbox.empty());
}

TEST_CASE("the next start does not show what was recorded as shown, and confirms it when it comes again") {
  World world({.shown = {7, "T7"}});
  world.log_in();
  world.session.server(kFromLuke);
  CHECK(world.session.printed().empty());
  world.session.core.on_flushed();
  CHECK(world.session.sent() == Lines{R"({"command":"ack","data":["7"]})"});
  world.session.server(R"({"command":"message","data":["luke","new"],"mid":"8","time":"T8"})");
  CHECK(world.session.printed() == Lines{"luke: new"});
}

TEST_CASE("a refused message is forgotten, but one that may have been stored is asked again with its cid") {
  World world;
  world.log_in();
  world.session.type("message jabba hi");
  world.memory.settle();
  world.session.sent();
  world.session.server(refused("message", 3, "unknown_user"));
  CHECK(world.session.printed() == Lines{"Error. Invalid user"});
  world.memory.settle();
  CHECK(world.disk.outbox.empty());

  world.session.type("message yoda hi");
  world.memory.settle();
  for (int i = 0; i < ClientCore::kResendsMax; ++i) {
    CHECK(world.session.sent() ==
          Lines{fmt::format(R"({{"command":"message","data":["yoda","hi"],"id":{},"cid":"cid2"}})", 4 + i)});
    world.session.server(refused("message", static_cast<std::uint64_t>(4 + i), "storage"));
    CHECK(world.session.out.complained.back() ==
          fmt::format("The server cannot take the message now; trying again in {} s", 1 << i));
    world.session.wait((1s * (1 << i)) - 1ns);
    CHECK(world.session.sent().empty());
    world.session.wait(1ns);
  }
  CHECK(world.session.printed().empty());
  world.session.sent();
  world.session.server(refused("message", 7, "storage"));
  CHECK(world.session.printed() ==
        Lines{"Error. The server may not have stored the message; ask yoda before you send it again"});
  world.memory.settle();
  CHECK(world.disk.outbox.empty());
}

TEST_CASE("an orderly logout erases the token, and takes the answer that comes before its own") {
  World world;
  world.log_in();
  world.session.type("message yoda hi");
  world.memory.settle();
  world.session.core.on_interrupt(world.session.now);
  world.session.core.on_flushed();
  world.session.server(accepted(3));
  world.session.server(R"({"status":"ok","command":"logout","id":4,"data":[]})");
  CHECK(world.session.out.finished == std::vector{ExitCode::done});
  CHECK(world.session.out.complained.empty());
  world.memory.settle();
  CHECK_FALSE(world.disk.token);
  CHECK(world.disk.outbox.empty());
}

TEST_CASE("an end without an answer keeps the message, and says so") {
  World world;
  world.log_in();
  world.session.type("message yoda hi");
  world.memory.settle();
  world.session.core.on_interrupt(world.session.now);
  world.session.core.on_interrupt(world.session.now);
  CHECK(world.session.out.complained == Lines{"1 message is not sent yet; the next start sends it"});
  world.memory.settle();
  CHECK(world.disk.outbox.size() == 1);
}

TEST_CASE("a name that others have shut is opened by the token, if its owner was not wrong himself") {
  World world({.token = "t0"});
  world.ask_in();
  world.session.sent();
  world.session.server(refused("login", 2, "locked", R"(,"retry_after":9)"));
  CHECK(world.session.sent() == Lines{R"({"command":"resume","data":["t0","0"],"id":3})"});
  world.session.server(admitted("resume", 3, "t1"));
  CHECK(world.session.printed() == Lines{"Welcome to the greatest messaging application ever!"});

  for (const bool wrong_before : {true, false}) {
    World stranger({.token = "t0"});
    stranger.ask_in();
    if (wrong_before) {
      stranger.session.server(refused("login", 2, "bad_credentials", R"(,"attempts_left":1)"));
      stranger.session.type("guess");
    }
    stranger.session.sent();
    stranger.session.server(
        refused("login", wrong_before ? 3 : 2, "locked", wrong_before ? "" : R"(,"attempts_left":0)"));
    CHECK(stranger.session.sent().empty());
    CHECK(stranger.session.out.finished == std::vector{ExitCode::shut_out});
  }
}

TEST_CASE("a token that is dead as well leaves the words for a shut name") {
  World world({.token = "t0"});
  world.ask_in();
  world.session.server(refused("login", 2, "locked", R"(,"retry_after":9)"));
  world.session.server(refused("resume", 3, "bad_token"));
  CHECK(world.session.printed() ==
        Lines{"Your account is blocked due to multiple login failures. Please try again later"});
  CHECK(world.session.out.finished == std::vector{ExitCode::shut_out});
  world.memory.settle();
  CHECK_FALSE(world.disk.token);
}

TEST_CASE("without a memory everything works, with one warning where there is something to do about it") {
  World world;
  world.memory.usable = false;
  world.memory.warning = "Warning: no room";
  world.log_in();
  CHECK(world.session.out.complained == Lines{"Warning: no room"});
  world.session.type("message yoda hi");
  CHECK(world.session.sent().size() == 1);
  world.session.server(accepted(3));
  world.session.server(kFromLuke);
  world.session.core.on_flushed();
  CHECK(world.session.sent() == Lines{R"({"command":"ack","data":["7"]})"});
  CHECK_FALSE(world.memory.waiting());
}

TEST_CASE("a memory that fails is dropped with one warning, and what waited for it goes on") {
  for (const Errc code : {Errc::storage, Errc::busy}) {
    World world;
    world.log_in();
    world.memory.failure = Error{code, "the disk is full"};
    world.session.server(kFromLuke);
    world.session.core.on_flushed();
    world.session.type("message yoda hi");
    world.memory.settle();
    CHECK(world.session.out.complained ==
          (code == Errc::busy ? Lines{}
                              : Lines{"Warning: the disk is full; from now on nothing is remembered"}));
    CHECK(world.session.sent() == Lines{R"({"command":"ack","data":["7"]})",
                                        R"({"command":"message","data":["yoda","hi"],"id":3,"cid":"cid1"})"});
    world.session.server(accepted(3));
    CHECK(world.session.core.wants_line());
    CHECK_FALSE(world.memory.waiting());
  }
}

TEST_CASE("history goes out in the protocol's order, and its answer is shown as lines") {
  World world;
  world.log_in();
  world.session.type("history yoda 7 1842");
  CHECK(world.session.sent() == Lines{R"({"command":"history","data":["yoda","1842","7"],"id":3})"});
  world.session.server(
      R"({"status":"ok","command":"history","id":3,"data":[{"mid":"5","from":"hans","to":"yoda","text":"hi","time":"2026-11-22T12:00:00.000Z"}],"more":true})");
  CHECK(world.session.printed() == Lines{"[2026-11-22 12:00] hans: hi", "(older ones: history yoda 7 5)"});
  world.session.type("search falcon ship");
  CHECK(world.session.sent() == Lines{R"({"command":"search","data":["falcon ship"],"id":4})"});
  world.session.server(R"({"status":"ok","command":"search","id":4,"data":[],"more":false})");
  CHECK(world.session.printed() == Lines{"Nothing found"});
  world.session.type("sessions");
  world.session.server(R"({"status":"ok","command":"sessions","id":5,"data":[],"more":false})");
  CHECK(world.session.printed() == Lines{"No logins"});
  world.session.type("history jabba");
  world.session.server(refused("history", 6, "unknown_user"));
  CHECK(world.session.printed() == Lines{"Error. Invalid user"});
}

}  // namespace
}  // namespace sockchat::client_core
