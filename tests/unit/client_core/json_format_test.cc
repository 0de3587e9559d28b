#include <doctest/doctest.h>

#include "client_session.h"

namespace sockchat::client_core {
namespace {

Session json() { return Session({.server = "localhost:4000", .format = Format::json}); }

TEST_CASE("json: the client tells that it is connected, and shows every frame as it arrived") {
  Session session = json();
  session.core.on_connected(session.now);
  const std::string hello =
      R"({"status": "ok", "command":"hello","id":1,"data":["sockchat","1"], "new":[1,{}]})";
  session.server(hello);
  CHECK(session.printed() == Lines{R"({"client":"connected","server":"localhost:4000"})", hello});
}

TEST_CASE("json: a frame of several lines becomes one line") {
  Session session = json();
  session.connect();
  session.printed();
  session.server("{\"command\":\n\"ping\",\r\n\"data\":[]}");
  CHECK(session.printed() == Lines{R"({"command": "ping",  "data":[]})"});
}

TEST_CASE("json: messages are confirmed too") {
  Session session = json();
  session.log_in();
  session.server(R"({"command":"message","data":["luke","hi"],"mid":"7"})");
  session.core.on_flushed();
  CHECK(session.sent() == Lines{R"({"command":"ack","data":["7"]})"});
}

TEST_CASE("json: the first two lines are name and password, and typed commands work") {
  Session session = json();
  session.log_in();
  session.type("whoelse");
  CHECK(session.sent() == Lines{R"({"command":"whoelse","id":3})"});
  session.server(R"({"status":"ok","command":"whoelse","id":3,"data":[]})");
  CHECK(session.printed() == Lines{R"({"status":"ok","command":"whoelse","id":3,"data":[]})"});
  session.type("dance");
  CHECK(session.printed() == Lines{R"({"client":"notice","text":"Error. Invalid command"})"});
}

TEST_CASE("json: a line that starts with a brace goes out as it is, also the login") {
  Session session = json();
  session.connect();
  const std::string login = R"({"command": "login", "data": ["hans","pw"], "id": "a"})";
  session.type(login);
  CHECK(session.sent() == Lines{login});
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"status":"ok","command":"login","id":"a","data":["hans"],"failed":0})");
  CHECK(session.asking() == Asking::command);
  session.type(R"({"command":"whoelse"})");
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"status":"ok","command":"whoelse","data":[]})");
  CHECK(session.core.wants_line());
}

TEST_CASE("json: a refused login of one's own leaves the choice") {
  Session session = json();
  session.connect();
  session.type(R"({"command":"login","data":["hans","pw"]})");
  session.server(
      R"({"status":"error","command":"login","code":"bad_credentials","data":["No."],"attempts_left":2})");
  CHECK(session.asking() == Asking::name);
  CHECK(session.out.finished.empty());
}

TEST_CASE("json: requests that nobody answers are not waited for, broken ones are") {
  Session session = json();
  session.log_in();
  session.type(R"({"command":"ack","data":["1"]})");
  session.type(R"({"command":"pong"})");
  CHECK(session.core.wants_line());
  session.type(R"({"command":"ack","data":["1"],"id":5})");
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"status":"ok","command":"ack","id":5,"data":[]})");
  session.type("{nonsense");
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"status":"error","command":"","code":"bad_request","data":["No."]})");
  CHECK(session.core.wants_line());
}

TEST_CASE("json: a logout of one's own ends with 0") {
  Session session = json();
  session.log_in();
  session.type(R"({"command":"logout"})");
  session.server(R"({"status":"ok","command":"logout","data":[]})");
  CHECK(session.out.finished == std::vector{ExitCode::done});
}

TEST_CASE("json: a password may start with a brace") {
  Session session = json();
  session.connect();
  session.type("hans");
  session.type("{secret");
  CHECK(session.sent() == Lines{R"({"command":"login","data":["hans","{secret"],"id":2})"});
}

}  // namespace
}  // namespace sockchat::client_core
