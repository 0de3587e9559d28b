#include <doctest/doctest.h>

#include "client_session.h"
#include "fake_memory.h"

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kLost = "Connection lost. Reconnecting…";
constexpr std::string_view kForGood = "Error. Connection to the server lost";

std::string reply(std::string_view command, std::uint64_t id, std::string_view more) {
  return fmt::format(R"({{"status":"ok","command":"{}","id":{},{}}})", command, id, more);
}

std::string error(std::string_view command, std::uint64_t id, std::string_view code,
                  std::string_view more = "") {
  return fmt::format(R"({{"status":"error","command":"{}","id":{},"code":"{}","data":["No."]{}}})", command,
                     id, code, more);
}

std::string admitted(std::string_view command, std::uint64_t id, std::string_view token) {
  return reply(command, id,
               fmt::format(R"("data":["hans"],"failed":0,"waiting":0,"token":"{}","resumed":true)", token));
}

std::string message(int mid) {
  return fmt::format(R"({{"command":"message","data":["luke","m{0}"],"mid":"{0}","time":"T{0}"}})", mid);
}

ClientConfig config(bool on_terminal = false, Format format = Format::lines) {
  return {.server = "localhost:4000", .format = format, .on_terminal = on_terminal};
}

// A session that is logged in with the token t1; the next request has the id 3.
struct Away : Session {
  explicit Away(ClientConfig with = config()) : Session(std::move(with)) {
    connect();
    type("hans");
    type("pw");
    server(admitted("login", 2, "t1"));
    core.on_flushed();
    sent();
    printed();
  }
  void lose() { core.on_lost(now); }
  // The next try, up to where the server has answered hello.
  void come_back() {
    wait(core.next_deadline() - now);
    core.on_connected(now);
    const std::uint64_t hello = next_id++;
    CHECK(sent() ==
          Lines{fmt::format(R"({{"command":"hello","data":["ack","presence","resume"],"id":{}}})", hello)});
    server(reply("hello", hello, R"("data":["sockchat","1","resume"])"));
  }
  void resume(std::string_view token, int last, std::string_view next) {
    come_back();
    const std::uint64_t id = next_id++;
    CHECK(sent() ==
          Lines{fmt::format(R"({{"command":"resume","data":["{}","{}"],"id":{}}})", token, last, id)});
    server(admitted("resume", id, next));
  }
  std::uint64_t next_id = 3;
};

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

TEST_CASE("a change of password that was under way is not done twice") {
  Away session;
  for (const std::string_view line : {"passwd", "old", "new-pass", "new-pass"}) session.type(line);
  session.next_id = 4;
  session.sent();
  session.lose();
  CHECK(session.printed() ==
        Lines{std::string(kLost),
              "Error. The connection was lost before the server answered passwd; it may have been done"});
  session.resume("t1", 0, "t2");
  CHECK(session.sent().empty());
  CHECK(session.core.wants_line());
}

TEST_CASE("a dialog about passwords ends with the connection") {
  Away session;
  session.type("passwd");
  session.type("old");
  session.lose();
  CHECK(session.printed() ==
        Lines{std::string(kLost), "Error. The connection was lost; your password is as before"});
  CHECK(session.asking() == Asking::command);
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

TEST_CASE("a dead token: on a terminal the password is asked for until it is right") {
  Away session(config(true));
  session.lose();
  session.come_back();
  session.sent();
  session.printed();
  session.server(error("resume", session.next_id++, "bad_token"));
  CHECK(session.asking() == Asking::password);
  CHECK(session.core.next_deadline() == kNever);
  session.type("wrong");
  CHECK(session.out.connects == 2);
  session.core.on_connected(session.now);
  session.server(reply("hello", session.next_id++, R"("data":[])"));
  CHECK(session.sent().back() == R"({"command":"login","data":["hans","wrong"],"id":6})");
  session.server(error("login", session.next_id++, "bad_credentials"));
  CHECK(session.printed() == Lines{"Invalid Password. Please try again"});
  CHECK(session.asking() == Asking::password);
  session.type("pw");
  session.core.on_connected(session.now);
  session.server(reply("hello", session.next_id++, R"("data":[])"));
  // A password that was typed is not asked for again because a try failed.
  session.sent();
  session.next_id = 9;
  session.lose();
  session.come_back();
  CHECK(session.sent() == Lines{fmt::format(R"({{"command":"login","data":["hans","pw"],"id":{}}})", 10)});
  session.server(admitted("login", 10, "t5"));
  CHECK(session.printed() == Lines{"Reconnected"});
  CHECK(session.asking() == Asking::command);
}

TEST_CASE("a dead token: the password file is read again, and without one it is over") {
  for (const bool file : {true, false}) {
    ClientConfig with = config();
    with.password_again = file;
    Away session(std::move(with));
    if (file) session.out.file_password = "new-pass";
    session.lose();
    session.come_back();
    session.sent();
    session.printed();
    session.server(error("resume", session.next_id++, "bad_token"));
    if (!file) {
      CHECK(session.printed() == Lines{std::string(kForGood)});
      CHECK(session.out.finished == std::vector{ExitCode::unreachable});
      continue;
    }
    CHECK(session.sent() == Lines{R"({"command":"login","data":["hans","new-pass"],"id":5})"});
    session.server(error("login", 5, "bad_credentials"));
    CHECK(session.printed() == Lines{"Invalid Password. Please try again"});
    CHECK(session.out.finished == std::vector{ExitCode::unreachable});
  }
}

TEST_CASE("a name that is shut when the password is needed ends with 3") {
  ClientConfig with = config();
  with.password_again = true;
  Away session(std::move(with));
  session.out.file_password = "pw";
  session.lose();
  session.come_back();
  session.server(error("resume", session.next_id++, "bad_token"));
  session.server(error("login", session.next_id++, "locked", R"(,"retry_after":9)"));
  CHECK(session.out.finished == std::vector{ExitCode::shut_out});
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

TEST_CASE("without a token and without anybody to ask, a lost connection is the end") {
  Session session(config());
  session.log_in();
  session.core.on_lost(session.now);
  CHECK(session.printed() == Lines{std::string(kForGood)});
  CHECK(session.out.finished == std::vector{ExitCode::unreachable});
}

}  // namespace
}  // namespace sockchat::client_core
