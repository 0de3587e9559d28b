#include "sockchat/client_core/client_core.h"

#include <doctest/doctest.h>

#include "client_session.h"

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFromLuke =
    R"({"command":"message","data":["luke","Hey Dude"],"mid":"7","time":"2026-11-22T12:00:00.123Z"})";

TEST_CASE("a message typed goes out with a cid, and a delivered one is silent") {
  Session session;
  session.log_in();
  session.type("message yoda  Hey  Dude ");
  CHECK(session.sent() ==
        Lines{R"({"command":"message","data":["yoda"," Hey  Dude "],"id":3,"cid":"cid1"})"});
  session.server(R"({"status":"ok","command":"message","id":3,"data":["1"],"delivery":"delivered"})");
  CHECK(session.printed().empty());
}

TEST_CASE("a message to somebody who is offline says so") {
  Session session;
  session.log_in();
  session.type("message yoda hi");
  session.server(R"({"status":"ok","command":"message","id":3,"data":["1"],"delivery":"stored"})");
  CHECK(session.printed() == Lines{"(yoda is offline; the message will be delivered at the next login)"});
}

TEST_CASE("the next line waits for the answer to the one before") {
  Session session;
  session.log_in();
  session.type("whoelse");
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"command":"presence","data":["luke","online"]})");
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"status":"ok","command":"whoelse","id":3,"data":["luke"]})");
  CHECK(session.core.wants_line());
  CHECK(session.printed() == Lines{"luke logged in", "luke"});
}

TEST_CASE("an answer with another id is not the answer") {
  Session session;
  session.log_in();
  session.type("whoelse");
  session.server(R"({"status":"ok","command":"whoelse","id":2,"data":["luke"]})");
  session.server(R"({"status":"ok","command":"block","id":3,"data":["luke"]})");
  CHECK_FALSE(session.core.wants_line());
  CHECK(session.printed().empty());
}

TEST_CASE("unknown commands and wrong arguments stay with the client") {
  Session session;
  session.log_in();
  for (const std::string_view line : {"dance", "message yoda", "", "   "}) session.type(line);
  CHECK(session.sent().empty());
  CHECK(session.printed() == Lines{"Error. Invalid command", "Usage: message <user> <message>"});
}

TEST_CASE("what was shown is confirmed once it was flushed, the newest only") {
  Session session;
  session.log_in();
  session.server(kFromLuke);
  session.server(R"({"command":"broadcast","data":["luke","all"],"mid":"9","time":""})");
  CHECK(session.sent().empty());
  session.core.on_flushed();
  CHECK(session.sent() == Lines{R"({"command":"ack","data":["9"]})"});
  session.core.on_flushed();
  CHECK(session.sent().empty());
}

TEST_CASE("a message that comes twice is shown once") {
  Session session;
  session.log_in();
  session.server(kFromLuke);
  session.server(kFromLuke);
  CHECK(session.printed() == Lines{"luke: Hey Dude"});
}

TEST_CASE("a message that comes late is still shown") {
  Session session;
  session.log_in();
  session.server(R"({"command":"message","data":["luke","b"],"mid":"9"})");
  session.server(R"({"command":"message","data":["luke","a"],"mid":"8"})");
  CHECK(session.printed() == Lines{"luke: b", "luke: a"});
}

TEST_CASE("a ping is answered at any time") {
  Session session;
  session.connect();
  session.server(R"({"command":"ping","data":[]})");
  CHECK(session.sent() == Lines{R"({"command":"pong"})"});
}

TEST_CASE("logout confirms what was shown, says goodbye and ends with 0") {
  Session session;
  session.log_in();
  session.server(kFromLuke);
  session.type("logout");
  CHECK(session.sent().empty());
  session.core.on_flushed();
  CHECK(session.sent() == Lines{R"({"command":"ack","data":["7"]})", R"({"command":"logout","id":3})"});
  session.server(R"({"status":"ok","command":"logout","id":3,"data":[]})");
  CHECK(session.out.finished == std::vector{ExitCode::done});
}

TEST_CASE("end of input and interrupt log out, also when the server does not answer") {
  for (const bool interrupt : {false, true}) {
    Session session;
    session.log_in();
    if (interrupt) {
      session.core.on_interrupt(session.now);
    } else {
      session.core.on_end_of_input(session.now);
    }
    session.core.on_flushed();
    CHECK(session.sent() == Lines{R"({"command":"logout","id":3})"});
    session.wait(ClientCore::kLeavePatience - 1ns);
    CHECK(session.out.finished.empty());
    session.wait(1ns);
    CHECK(session.out.finished == std::vector{ExitCode::done});
  }
}

TEST_CASE("what comes after the goodbye is neither shown nor confirmed") {
  Session session;
  session.log_in();
  session.core.on_interrupt(session.now);
  session.server(kFromLuke);
  session.core.on_flushed();
  CHECK(session.printed().empty());
  CHECK(session.sent() == Lines{R"({"command":"logout","id":3})"});
}

TEST_CASE("a second interrupt does not wait") {
  Session session;
  session.log_in();
  session.core.on_interrupt(session.now);
  session.core.on_interrupt(session.now);
  CHECK(session.out.finished == std::vector{ExitCode::done});
}

TEST_CASE("the server's goodbye has a sentence and an exit code for every reason") {
  const auto goodbye = [](std::string_view reason) {
    Session session;
    session.log_in();
    session.server(fmt::format(R"({{"command":"logout","data":["{}"]}})", reason));
    REQUIRE(session.out.printed.size() == (reason == "shutdown" ? 2 : 1));
    REQUIRE(session.out.finished.size() == 1);
    return std::pair(session.out.printed[0], session.out.finished[0]);
  };
  CHECK(goodbye("timeout") ==
        std::pair<std::string, ExitCode>("You have been logged out due to inactivity", ExitCode::done));
  for (const std::string_view reason : {"shutdown", "replaced", "kicked", "slow_consumer", "anything"}) {
    CHECK(goodbye(reason).first.starts_with("You have been logged out: "));
    CHECK(goodbye(reason).second == ExitCode::unreachable);
  }
}

TEST_CASE("a server that shuts down is a connection lost, as for a server that dies") {
  Session session;
  session.log_in();
  session.server(R"({"command":"logout","data":["shutdown"]})");
  CHECK(session.printed().back() == "Error. Connection to the server lost");
  CHECK(session.out.finished == std::vector{ExitCode::unreachable});
}

TEST_CASE("a lost connection ends with 1, after a goodbye with 0") {
  Session session;
  session.log_in();
  session.core.on_lost(session.now);
  CHECK(session.printed() == Lines{"Error. Connection to the server lost"});
  CHECK(session.out.finished == std::vector{ExitCode::unreachable});

  Session leaving;
  leaving.log_in();
  leaving.core.on_interrupt(leaving.now);
  leaving.core.on_lost(leaving.now);
  CHECK(leaving.out.finished == std::vector{ExitCode::done});
}

TEST_CASE("a silent server is asked for a sign of life, and then given up") {
  Session session;
  session.log_in();
  session.wait(ClientCore::kSilenceMax);
  CHECK(session.sent() == Lines{R"({"command":"ping"})"});
  session.server(R"({"status":"ok","command":"ping","data":[]})");
  session.wait(ClientCore::kSilenceMax);
  CHECK(session.out.finished.empty());
  session.wait(ClientCore::kSilenceMax);
  CHECK(session.out.finished == std::vector{ExitCode::unreachable});
}

TEST_CASE("silence does not count while nothing is read") {
  Session session;
  session.log_in();
  session.core.on_reading(false, session.now);
  session.wait(ClientCore::kSilenceMax * 3);
  CHECK(session.sent().empty());
  session.core.on_reading(true, session.now);
  session.wait(ClientCore::kSilenceMax);
  CHECK(session.sent().size() == 1);
}

TEST_CASE("there is no silence before there is a connection") {
  Session session;
  session.core.on_reading(true, session.now);
  CHECK(session.core.next_deadline() == kNever);
  session.wait(ClientCore::kSilenceMax * 3);
  CHECK(session.sent().empty());
  CHECK(session.out.finished.empty());
}

TEST_CASE("bytes that are no protocol end with 1") {
  for (const std::string_view json : {"[]", "{}", R"({"command":1})", "\x1b[2J"}) {
    Session session;
    session.log_in();
    session.server(json);
    CHECK(session.out.finished == std::vector{ExitCode::unreachable});
    CHECK(session.printed().size() == 1);
  }
}

TEST_CASE("a line that is no UTF-8, or too long, stays with the client") {
  Session session;
  session.log_in();
  session.type("broadcast \xff");
  session.type("broadcast " + std::string(70'000, 'x'));
  CHECK(session.sent().empty());
  CHECK(session.core.wants_line());
  const Lines printed = session.printed();
  REQUIRE(printed.size() == 2);
  CHECK(printed[0] == "Error. The line is not valid UTF-8");
  CHECK(printed[1].starts_with("Error. The line is too long"));
}

TEST_CASE("passwd asks three times, and sends when the new ones are the same") {
  Session session;
  session.log_in();
  session.type("passwd");
  CHECK(session.asking() == Asking::old_password);
  session.type("old");
  CHECK(session.asking() == Asking::new_password);
  session.type("new-pass");
  CHECK(session.asking() == Asking::new_password_again);
  session.type("new-pass");
  CHECK(session.asking() == Asking::command);
  CHECK(session.sent() == Lines{R"({"command":"passwd","data":["old","new-pass"],"id":3})"});
  session.server(R"({"status":"ok","command":"passwd","id":3,"data":[]})");
  CHECK(session.printed() == Lines{"Your password is changed"});

  for (const std::string_view line : {"passwd", "old", "one", "two"}) session.type(line);
  CHECK(session.sent().empty());
  CHECK(session.printed() == Lines{"Error. The new passwords differ; your password is as before"});
  CHECK(session.asking() == Asking::command);
}

TEST_CASE("help shows the table, or one command") {
  Session session;
  session.log_in();
  session.type("help");
  CHECK(session.printed().size() > 5);
  session.type("help message");
  CHECK(session.printed().front() == "Usage: message <user> <message>");
  session.type("help dance");
  CHECK(session.printed() == Lines{"Error. Invalid command"});
}

TEST_CASE("a refusal of clear text, or a full server, ends with its sentence") {
  for (const std::string_view code : {"tls_required", "busy"}) {
    Session session;
    session.core.on_connected(session.now);
    session.server(fmt::format(R"({{"status":"error","command":"","code":"{}","data":["No."]}})", code));
    CHECK(session.printed().size() == 1);
    CHECK(session.out.finished == std::vector{ExitCode::unreachable});
    session.core.on_lost(session.now);
    CHECK(session.out.finished.size() == 1);
  }
}

}  // namespace
}  // namespace sockchat::client_core
