#include <doctest/doctest.h>

#include "away_session.h"

namespace sockchat::client_core {
namespace {

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

TEST_CASE("without a token and without anybody to ask, a lost connection is the end") {
  // One that would not fit into a request is none.
  for (const std::string& more : {std::string(), R"(,"token":")" + std::string(513, 'x') + '"'}) {
    Session session(config());
    session.connect();
    session.type("hans");
    session.type("pw");
    session.server(reply("login", 2, R"("data":["hans"],"failed":0,"waiting":0)" + more));
    session.printed();
    session.core.on_lost(session.now);
    CHECK(session.printed() == Lines{std::string(kForGood)});
    CHECK(session.out.finished == std::vector{ExitCode::unreachable});
  }
}

}  // namespace
}  // namespace sockchat::client_core
