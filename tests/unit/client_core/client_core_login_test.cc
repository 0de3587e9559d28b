#include <doctest/doctest.h>

#include "client_session.h"

namespace sockchat::client_core {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGranted =
    R"({"status":"ok","command":"login","id":2,"data":["hans"],"last_login":null,"failed":0,"waiting":0})";

std::string refused(int id, std::string_view code, std::string_view more = "") {
  return fmt::format(R"({{"status":"error","command":"login","id":{},"code":"{}","data":["No."]{}}})", id,
                     code, more);
}

ClientConfig given(std::optional<std::string> user, std::optional<std::string> password, bool once) {
  ClientConfig config{.server = "localhost:4000", .user = std::move(user)};
  if (password) config.password.emplace(*password);
  config.password_once = once;
  return config;
}

TEST_CASE("hello comes first, and name and password are asked when the server has answered") {
  Session session;
  CHECK_FALSE(session.core.wants_line());
  session.core.on_connected(session.now);
  CHECK(session.sent() == Lines{R"({"command":"hello","data":["ack","presence","resume"],"id":1})"});
  CHECK_FALSE(session.core.wants_line());
  session.server(R"({"status":"ok","command":"hello","id":1,"data":["sockchat","1"]})");
  CHECK(session.asking() == Asking::name);
  session.type("hans");
  CHECK(session.asking() == Asking::password);
  session.type("pw");
  CHECK(session.sent() == Lines{R"({"command":"login","data":["hans","pw"],"id":2})"});
  session.server(kGranted);
  CHECK(session.printed() == Lines{"Welcome to the greatest messaging application ever!"});
  CHECK(session.asking() == Asking::command);
}

TEST_CASE("the prompts are the known ones") {
  CHECK(prompt_of(Asking::name) == "Username: ");
  CHECK(prompt_of(Asking::password) == "Password: ");
  CHECK_FALSE(is_secret(Asking::name));
  CHECK_FALSE(is_secret(Asking::command));
  for (const Asking asking :
       {Asking::password, Asking::old_password, Asking::new_password, Asking::new_password_again}) {
    CHECK(is_secret(asking));
  }
}

TEST_CASE("failed logins of others are told after the welcome") {
  const auto welcome = [](int failed) {
    Session session;
    session.connect();
    session.type("hans");
    session.type("pw");
    session.server(
        fmt::format(R"({{"status":"ok","command":"login","id":2,"data":["hans"],"failed":{}}})", failed));
    return session.printed();
  };
  CHECK(welcome(0).size() == 1);
  CHECK(welcome(1).at(1) == "1 failed login since your last login");
  CHECK(welcome(2).at(1) == "2 failed logins since your last login");
}

TEST_CASE("the messages that waited come before the next line, if they come") {
  for (const bool lost : {false, true}) {
    Session session;
    session.connect();
    session.type("hans");
    session.type("pw");
    session.server(R"({"status":"ok","command":"login","id":2,"data":["hans"],"failed":0,"waiting":2})");
    session.server(R"({"command":"message","data":["luke","a"],"mid":"1","stored":true})");
    session.server(R"({"command":"presence","data":["luke","online"]})");
    CHECK_FALSE(session.core.wants_line());
    if (lost) {
      session.wait(ClientCore::kWaitingPatience);
    } else {
      session.server(R"({"command":"message","data":["luke","b"],"mid":"2","stored":true})");
    }
    CHECK(session.core.wants_line());
  }
}

TEST_CASE("after a wrong password only the password is asked again") {
  Session session;
  session.connect();
  session.type("hans");
  session.type("wrong");
  session.server(refused(2, "bad_credentials", R"(,"attempts_left":2)"));
  CHECK(session.printed() == Lines{"Invalid Password. Please try again"});
  CHECK(session.asking() == Asking::password);
  session.sent();
  session.type("pw");
  CHECK(session.sent() == Lines{R"({"command":"login","data":["hans","pw"],"id":3})"});
}

TEST_CASE("the failure that shuts the name, and a name that is shut, end with 3") {
  for (const bool last : {true, false}) {
    Session session;
    session.connect();
    session.type("hans");
    session.type("wrong");
    session.server(
        refused(2, "locked", last ? R"(,"attempts_left":0,"retry_after":60)" : R"(,"retry_after":9)"));
    CHECK(session.printed() ==
          Lines{last ? "Invalid Password. Your account has been blocked. Please try again later"
                     : "Your account is blocked due to multiple login failures. Please try again later"});
    CHECK(session.out.finished == std::vector{ExitCode::shut_out});
  }
}

TEST_CASE("a name that is online already is asked for again") {
  Session session;
  session.connect();
  session.type("hans");
  session.type("pw");
  session.server(refused(2, "already_online"));
  CHECK(session.printed() == Lines{"User has already logged in"});
  CHECK(session.asking() == Asking::name);
}

TEST_CASE("an empty name is asked for again, and nothing is sent") {
  Session session;
  session.connect();
  session.type("");
  CHECK(session.out.asked == std::vector{Asking::name, Asking::name});
  CHECK(session.sent().empty());
}

TEST_CASE("a name that does not fit into a frame is asked for again") {
  Session session;
  session.connect();
  session.type(std::string(5000, 'x'));
  session.type("pw");
  CHECK(session.sent().empty());
  CHECK(session.asking() == Asking::name);
  CHECK(session.printed().size() == 1);
}

TEST_CASE("given name and password are used without asking") {
  Session session(given("hans", "pw", true));
  session.core.on_connected(session.now);
  session.sent();
  session.server(R"({"status":"ok","command":"hello","id":1,"data":["sockchat","1"]})");
  CHECK(session.out.asked.empty());
  CHECK(session.sent() == Lines{R"({"command":"login","data":["hans","pw"],"id":2})"});
}

TEST_CASE("a given password that is refused ends the client: 1, or 3 when it shuts the name") {
  for (const std::string_view code : {"bad_credentials", "already_online", "locked"}) {
    Session session(given("hans", "pw", true));
    session.connect();
    session.server(refused(2, code));
    CHECK(session.printed().size() == 1);
    CHECK(session.out.finished == std::vector{code == "locked" ? ExitCode::shut_out : ExitCode::unreachable});
  }
}

TEST_CASE("a given name leaves the password to be asked") {
  Session session(given("hans", std::nullopt, false));
  session.connect();
  CHECK(session.out.asked == std::vector{Asking::password});
}

TEST_CASE("a busy server is asked again after the time it names, a bounded number of times") {
  Session session;
  session.connect();
  session.type("hans");
  session.type("pw");
  for (int i = 0; i < ClientCore::kLoginRetriesMax; ++i) {
    CHECK(session.sent().size() == 1);
    session.server(refused(2 + i, "busy", R"(,"retry_after":3)"));
    CHECK_FALSE(session.core.wants_line());
    CHECK(session.core.next_deadline() == session.now + 3s);
    session.wait(3s - 1ns);
    CHECK(session.sent().empty());
    session.wait(1ns);
  }
  CHECK(session.out.complained.size() == std::size_t{ClientCore::kLoginRetriesMax});
  session.server(refused(2 + ClientCore::kLoginRetriesMax, "busy", R"(,"retry_after":3)"));
  CHECK(session.printed() == Lines{"Error. The server is busy; try again in 3 s"});
  CHECK(session.asking() == Asking::name);
}

TEST_CASE("end of input and interrupt before login end with 0, and nothing is sent") {
  for (const bool interrupt : {false, true}) {
    Session session;
    session.connect();
    if (interrupt) {
      session.core.on_interrupt(session.now);
    } else {
      session.core.on_end_of_input(session.now);
    }
    CHECK(session.sent().empty());
    CHECK(session.out.finished == std::vector{ExitCode::done});
  }
}

}  // namespace
}  // namespace sockchat::client_core
