#include <doctest/doctest.h>

#include "away_session.h"

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a lost connection is told, tried again, and resumed behind the newest message shown") {
  Away session;
  session.server(message(7));
  session.core.on_flushed();
  session.sent();
  session.printed();
  session.lose();
  CHECK(session.printed() == Lines{std::string(kLost)});
  CHECK(session.out.disconnects == 1);
  session.resume("t1", 7, "t2");
  CHECK(session.printed() == Lines{"Reconnected"});
  session.server(message(7));
  session.server(message(8));
  CHECK(session.printed() == Lines{"luke: m8"});
  session.core.on_flushed();
  CHECK(session.sent() == Lines{R"({"command":"ack","data":["8"]})"});

  session.lose();
  session.resume("t2", 8, "t3");
  CHECK(session.out.finished.empty());
}

TEST_CASE("the pauses grow from half a second to half a minute, whatever fails") {
  Away session(config(true));
  session.out.next_random = static_cast<std::uint64_t>(Duration(500ms).count());
  session.lose();
  CHECK(session.core.next_deadline() == session.now + 500ms);
  session.wait(500ms);
  CHECK(session.out.connects == 1);
  session.out.next_random = static_cast<std::uint64_t>(Duration(1s).count());
  session.core.on_unreachable(session.now);
  CHECK(session.core.next_deadline() == session.now + 1s);
  session.wait(1s);
  session.core.on_connected(session.now);
  session.out.next_random = static_cast<std::uint64_t>(Duration(2s).count());
  session.lose();
  CHECK(session.core.next_deadline() == session.now + 2s);
  session.wait(2s);
  session.core.on_connected(session.now);
  session.out.next_random = static_cast<std::uint64_t>(Duration(4s).count());
  session.core.on_bad_frame(session.now);
  CHECK(session.core.next_deadline() == session.now + 4s);
  session.wait(4s);
  session.core.on_connected(session.now);
  session.wait(ClientCore::kTryPatience);
  CHECK(session.out.connects == 4);
  CHECK(session.printed() == Lines{std::string(kLost)});
  CHECK(session.out.finished.empty());
}

TEST_CASE("a server that is somebody else ends the client, which tells what is unsent and sends nothing") {
  Away session;
  session.lose();
  session.type("message luke hi");
  session.wait(1s);
  session.printed();
  session.sent();
  session.core.on_distrusted(session.now);
  CHECK(session.out.finished == std::vector{ExitCode::unreachable});
  CHECK(session.sent().empty());
  CHECK(session.printed().empty());
  CHECK(session.out.complained == Lines{"1 message is not sent"});
  session.core.on_distrusted(session.now);
  session.wait(1min);
  CHECK(session.out.finished.size() == 1);
}

TEST_CASE("in a pipe it gives up after five minutes, on a terminal never") {
  for (const bool on_terminal : {false, true}) {
    Away session(config(on_terminal));
    session.lose();
    session.printed();
    const TimePoint lost = session.now;
    while (session.now < lost + ClientCore::kReturnPatience) {
      CHECK(session.out.finished.empty());
      session.wait(1s);
      session.core.on_unreachable(session.now);
    }
    CHECK(session.printed() == (on_terminal ? Lines{} : Lines{std::string(kForGood)}));
    CHECK(session.out.finished ==
          (on_terminal ? std::vector<ExitCode>{} : std::vector{ExitCode::unreachable}));
  }
}

TEST_CASE("a server that shuts down, or closes on a slow reader, is come back to") {
  for (const bool shutdown : {true, false}) {
    Away session;
    session.server(
        fmt::format(R"({{"command":"logout","data":["{}"]}})", shutdown ? "shutdown" : "slow_consumer"));
    CHECK(session.printed() ==
          (shutdown ? Lines{"You have been logged out: the server is shutting down", std::string(kLost)}
                    : Lines{std::string(kLost)}));
    session.resume("t1", 0, "t2");
    CHECK(session.printed() == Lines{"Reconnected"});
  }
}

TEST_CASE("a session that others have ended is not taken up again") {
  for (const std::string_view reason : {"replaced", "kicked", "timeout"}) {
    Away session;
    session.server(fmt::format(R"({{"command":"logout","data":["{}"]}})", reason));
    CHECK(session.out.finished.size() == 1);
  }
}

TEST_CASE("json: what happens to the connection is told as objects") {
  Away session(config(false, Format::json));
  session.lose();
  CHECK(session.printed() == Lines{R"({"client":"reconnecting","server":"localhost:4000"})"});
  session.resume("t1", 0, "t2");
  CHECK(session.printed().back() == R"({"client":"connected","server":"localhost:4000","resumed":true})");
}

TEST_CASE("a harmless request that was under way is asked again, and a block that was done is no error") {
  Away session;
  session.type("whoelse");
  session.next_id = 4;
  session.sent();
  session.lose();
  session.resume("t1", 0, "t2");
  CHECK(session.sent() == Lines{R"({"command":"whoelse","id":6})"});
  session.printed();
  session.server(reply("whoelse", 6, R"("data":["luke"])"));
  CHECK(session.printed() == Lines{"luke"});

  session.type("block luke");
  session.next_id = 8;
  session.lose();
  session.sent();
  session.resume("t2", 0, "t3");
  CHECK(session.sent() == Lines{R"({"command":"block","data":["luke"],"id":10})"});
  session.printed();
  session.server(error("block", 10, "already_blocked"));
  CHECK(session.printed() == Lines{"luke is blocked"});
}

TEST_CASE("json: a request that the user wrote himself is his to repeat") {
  Away session(config(false, Format::json));
  session.type(R"({"command":"whoelse","id":"mine"})");
  session.sent();
  session.lose();
  CHECK(
      session.printed().back() ==
      R"({"client":"notice","text":"Error. The connection was lost before the server answered whoelse; it may have been done"})");
  session.type(R"({"command":"ping","id":"later"})");
  session.resume("t1", 0, "t2");
  CHECK(session.sent() == Lines{R"({"command":"ping","id":"later"})"});
}

TEST_CASE(
    "while there is no connection messages are taken, and the first other line waits with all behind it") {
  Away session;
  session.lose();
  session.type("message yoda one");
  session.type("dance");
  session.type("broadcast two");
  session.type("whoelse");
  CHECK_FALSE(session.core.wants_line());
  CHECK(session.sent().empty());
  session.resume("t1", 0, "t2");
  CHECK(session.printed() == Lines{std::string(kLost), "Error. Invalid command", "Reconnected"});
  CHECK(session.sent() == Lines{R"({"command":"message","data":["yoda","one"],"id":5,"cid":"cid1"})"});
  session.server(reply("message", 5, R"("data":["1"],"delivery":"delivered")"));
  CHECK(session.sent() == Lines{R"({"command":"broadcast","data":["two"],"id":6,"cid":"cid2"})"});
  session.server(reply("broadcast", 6, R"("data":["2"],"skipped":false)"));
  CHECK(session.sent() == Lines{R"({"command":"whoelse","id":7})"});
  session.server(reply("whoelse", 7, R"("data":[])"));
  CHECK(session.core.wants_line());
}

TEST_CASE("a message is sent again with its cid, and a full outbox lets the next line wait") {
  Away session;
  session.type("message yoda one");
  CHECK(session.sent() == Lines{R"({"command":"message","data":["yoda","one"],"id":3,"cid":"cid1"})"});
  session.next_id = 4;
  session.lose();
  for (std::size_t i = 1; i < Outbox::kEntriesMax; ++i) {
    REQUIRE(session.core.wants_line());
    session.type("message yoda more");
  }
  CHECK_FALSE(session.core.wants_line());
  session.resume("t1", 0, "t2");
  CHECK(session.sent() == Lines{R"({"command":"message","data":["yoda","one"],"id":6,"cid":"cid1"})"});
}

TEST_CASE("an old connection that still counts as living is waited for") {
  Away session;
  session.lose();
  session.printed();
  session.come_back();
  session.sent();
  session.server(error("resume", session.next_id++, "already_online"));
  CHECK(session.printed().empty());
  session.resume("t1", 0, "t2");
  CHECK(session.printed() == Lines{"Reconnected"});
}

TEST_CASE("a busy server names the time") {
  Away session;
  session.lose();
  session.come_back();
  session.server(error("resume", session.next_id++, "busy", R"(,"retry_after":9)"));
  CHECK(session.core.next_deadline() == session.now + 9s);
}

TEST_CASE("a server that does not know what was shown yet is resumed from what it knows") {
  Away session;
  session.server(message(7));
  session.lose();
  session.come_back();
  session.sent();
  session.server(error("resume", session.next_id++, "bad_argument"));
  CHECK(session.sent() == Lines{R"({"command":"resume","data":["t1","0"],"id":5})"});
}

TEST_CASE("the end of the input waits for what was typed, and for nothing else") {
  for (const bool unsent : {true, false}) {
    Away session;
    session.lose();
    if (unsent) session.type("message yoda last words");
    session.core.on_end_of_input(session.now);
    if (!unsent) {
      CHECK(session.out.finished == std::vector{ExitCode::done});
      continue;
    }
    CHECK_FALSE(session.core.wants_line());
    session.resume("t1", 0, "t2");
    session.server(reply("message", 5, R"("data":["1"],"delivery":"delivered")"));
    session.sent();
    session.core.on_flushed();
    CHECK(session.sent() == Lines{R"({"command":"logout","id":6})"});
  }
}

TEST_CASE("Ctrl-C ends at once, also on the way back, and says what is not sent") {
  for (const bool trying : {false, true}) {
    Away session(config(true));
    session.lose();
    session.type("message yoda last words");
    if (trying) session.come_back();
    session.core.on_interrupt(session.now);
    CHECK(session.out.finished == std::vector{ExitCode::done});
    CHECK(session.out.complained == Lines{"1 message is not sent"});
  }
}

}  // namespace
}  // namespace sockchat::client_core
