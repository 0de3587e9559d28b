// How private chats end, and which outlive what.
#include <doctest/doctest.h>

#include "private_session.h"

namespace sockchat::client_core {
namespace {

const Lines kUnreachable{"Error. luke is no longer reachable"};
constexpr std::string_view kStopFrame = R"(s1 <- {"command":"stopprivate"})";
constexpr std::string_view kLogoutFrame = R"(s1 <- {"command":"logout"})";
constexpr std::string_view kText = R"(s1 <- {"command":"private","data":["hey dude"],"cid":"cid1"})";

std::string frame(std::string_view command) { return fmt::format(R"({{"command":"{}"}})", command); }

TEST_CASE("stopprivate ends it for both, and what is all confirmed ends at once") {
  PrivateSession hans;
  hans.stand();
  hans.type("stopprivate luke");
  CHECK(hans.linked() == Lines{std::string(kStopFrame), "s1 closed"});
  CHECK(hans.sent() == Lines{told_stop()});
  CHECK(hans.printed().empty());
  hans.type("stopprivate luke");
  hans.type("private luke hi");
  CHECK(hans.printed() ==
        Lines{"Error. No private messaging with luke", "Error. Private messaging to luke not enabled"});
}

TEST_CASE("a chat that the user stops waits for what is not confirmed yet, and not for long") {
  for (const bool confirmed : {true, false}) {
    PrivateSession hans;
    hans.stand();
    hans.type("private luke hey dude");
    hans.sent();
    hans.type("stopprivate luke");
    CHECK(hans.linked() == Lines{std::string(kText), std::string(kStopFrame)});
    CHECK(hans.sent().empty());
    if (confirmed) {
      hans.peer("s1", R"({"command":"ack","data":["cid1"]})");
    } else {
      CHECK(hans.core.next_deadline() == hans.now + PrivateChats::kStopPatience);
      hans.wait(PrivateChats::kStopPatience);
    }
    CHECK(hans.linked() == Lines{"s1 closed"});
    CHECK(hans.sent() == Lines{told_stop()});
    CHECK(hans.printed() == (confirmed ? Lines{} : Lines{"Not confirmed by luke: hey dude"}));
  }
}

TEST_CASE("who begins anew does not wait for the old end") {
  PrivateSession hans;
  hans.stand();
  hans.type("private luke hey dude");
  hans.type("stopprivate luke");
  hans.sent();
  hans.type("startprivate luke");
  CHECK(hans.sent() == Lines{told_stop(), R"({"command":"startprivate","data":["luke"],"id":4})"});
  CHECK(hans.printed() == Lines{"Not confirmed by luke: hey dude"});
}

TEST_CASE("two that stop at once have nothing to say to each other") {
  for (const std::string_view word : {"stopprivate", "logout"}) {
    PrivateSession hans;
    hans.stand();
    hans.type("private luke hey dude");
    hans.type("stopprivate luke");
    hans.peer("s1", frame(word));
    CHECK(hans.printed() == Lines{"Not confirmed by luke: hey dude"});
    hans.core.on_peer_lost("s1", hans.now);
    CHECK(hans.printed().empty());
  }
}

TEST_CASE("the end that the other side makes is said once, whoever says it first") {
  const std::pair<std::string_view, std::string> ends[] = {
      {"stopped", "luke stopped private messaging"},
      {"logout", "luke logged out, private chat concluding"},
      {"timeout", "luke logged out, private chat concluding"}};
  for (const auto& [reason, sentence] : ends) {
    for (const bool server_first : {true, false}) {
      PrivateSession hans;
      hans.stand();
      const std::string word = frame(reason == "stopped" ? "stopprivate" : "logout");
      if (server_first) hans.event("stopprivate", fmt::format(R"(,"reason":"{}")", reason));
      hans.peer("s1", word);
      if (!server_first) hans.event("stopprivate", fmt::format(R"(,"reason":"{}")", reason));
      hans.server(R"({"command":"presence","data":["luke","offline"]})");
      hans.core.on_peer_lost("s1", hans.now);
      CHECK(hans.printed() == Lines{sentence, "luke logged out"});
      CHECK(hans.linked() == Lines{"s1 closed"});
      CHECK(hans.sent() == (server_first ? Lines{} : Lines{told_stop()}));
    }
  }
}

TEST_CASE("a peer that vanishes is told of, and may be asked again") {
  for (const bool stood : {true, false}) {
    PrivateSession hans;
    hans.ask();
    hans.introduce();
    if (stood) hans.core.on_peer_open("s1", true, hans.now);
    hans.printed();
    hans.sent();
    hans.core.on_peer_lost("s1", hans.now);
    hans.core.on_peer_lost("s1", hans.now);
    CHECK(hans.printed() == kUnreachable);
    CHECK(hans.sent() == Lines{told_stop()});
    CHECK(hans.linked() == Lines{"s1 closed"});
    hans.stand("luke", "s2");
    hans.type("private luke hi");
    CHECK(hans.linked().size() == 1);
  }
}

TEST_CASE("a peer that the server has lost goes on where the link is direct and stands") {
  for (const bool direct : {true, false}) {
    PrivateSession hans;
    hans.stand("luke", "s1", direct);
    hans.event("stopprivate", R"(,"reason":"gone")");
    CHECK(hans.printed() == (direct ? Lines{} : kUnreachable));
    hans.type("private luke hey dude");
    CHECK(hans.linked() == (direct ? Lines{std::string(kText)} : Lines{"s1 closed"}));
    CHECK(hans.sent() == (direct ? Lines{R"({"command":"active","id":"aside"})"} : Lines{}));
  }
  PrivateSession hans;
  hans.ask();
  hans.introduce();
  hans.printed();
  hans.event("stopprivate", R"(,"reason":"gone")");
  CHECK(hans.printed() == kUnreachable);
}

TEST_CASE("a peer that comes back anew ends what still stood, without a word to the server") {
  PrivateSession hans;
  hans.stand();
  hans.event("stopprivate", R"(,"reason":"gone")");
  hans.question("luke", "s2");
  hans.type("y");
  hans.server(reply("answer", hans.next_id++, R"("data":["luke"])"));
  hans.printed();
  hans.sent();
  hans.introduce("luke", "s2");
  CHECK(hans.printed() == kUnreachable);
  CHECK(hans.linked() == Lines{"s1 closed"});
  CHECK(hans.sent().empty());
  REQUIRE(hans.links.opened.size() == 2);
}

TEST_CASE("a lost server: direct chats go on and are used, all others end") {
  PrivateSession hans;
  hans.stand("luke", "s1", true);
  hans.stand("yoda", "s2", false);
  hans.ask("leia", "s3");
  hans.introduce("leia", "s3");
  hans.ask("chewie", "s4");
  hans.question("lando", "s5");
  hans.printed();
  hans.sent();
  hans.lose();
  CHECK(hans.printed() == Lines{std::string(kLost), "Private messaging with luke goes on",
                                "Error. yoda is no longer reachable", "Error. leia is no longer reachable",
                                "chewie did not answer"});
  CHECK(hans.linked() == Lines{"s2 closed", "s3 closed"});
  hans.type("private luke hey dude");
  hans.peer("s1", R"({"command":"private","data":["hi"],"cid":"c1"})");
  hans.peer("s1", R"({"command":"ack","data":["cid1"]})");
  hans.type("y");
  hans.type("startprivate luke");
  CHECK(hans.printed() == Lines{"luke(private): hi", "Error. Invalid command",
                                "Error. Private messaging with luke is already on"});
  CHECK(hans.linked() == Lines{std::string(kText), R"(s1 <- {"command":"ack","data":["c1"]})"});
  CHECK(hans.sent().empty());
  hans.resume("t2");
  CHECK(hans.printed() == Lines{"Reconnected"});
  hans.sent();
  hans.type("stopprivate luke");
  CHECK(hans.linked() == Lines{std::string(kStopFrame), "s1 closed"});
  // The server has forgotten that chat with the connection.
  CHECK(hans.sent().empty());
}

TEST_CASE("an answer that was under way is not given again") {
  PrivateSession hans;
  hans.question();
  hans.type("y");
  hans.next_id = 4;
  hans.lose();
  hans.printed();
  hans.resume("t2");
  CHECK(hans.printed() == Lines{"Reconnected"});
  CHECK(hans.sent().back() == PrivateSession::kListen);
  CHECK(hans.core.wants_line());
}

TEST_CASE("a question to somebody that was under way is asked again") {
  PrivateSession hans;
  hans.type("startprivate luke");
  hans.next_id = 4;
  hans.lose();
  hans.resume("t2");
  CHECK(hans.sent().back() == R"({"command":"startprivate","data":["luke"],"id":6})");
}

TEST_CASE("who logs out tells his peers first, and what they have not confirmed") {
  for (const bool interrupted : {false, true}) {
    PrivateSession hans;
    hans.stand();
    hans.type("private luke hey dude");
    hans.linked();
    hans.sent();
    if (interrupted) {
      hans.core.on_interrupt(hans.now);
    } else {
      hans.type("logout");
    }
    CHECK(hans.linked() == Lines{std::string(kLogoutFrame), "s1 closed"});
    CHECK(hans.printed() == Lines{"Not confirmed by luke: hey dude"});
    hans.core.on_flushed();
    CHECK(hans.sent() == Lines{R"({"command":"logout","id":4})"});
  }
}

TEST_CASE("the end of the input waits for the peers, and not for long") {
  for (const bool confirmed : {true, false}) {
    PrivateSession hans;
    hans.stand();
    hans.type("private luke hey dude");
    hans.linked();
    hans.core.on_end_of_input(hans.now);
    CHECK(hans.linked().empty());
    CHECK_FALSE(hans.core.wants_line());
    if (confirmed) {
      hans.peer("s1", R"({"command":"ack","data":["cid1"]})");
    } else {
      CHECK(hans.core.next_deadline() == hans.now + ClientCore::kLeavePatience);
      hans.wait(ClientCore::kLeavePatience);
    }
    CHECK(hans.linked() == Lines{std::string(kLogoutFrame), "s1 closed"});
    CHECK(hans.printed() == (confirmed ? Lines{} : Lines{"Not confirmed by luke: hey dude"}));
    hans.sent();
    hans.core.on_flushed();
    CHECK(hans.sent() == Lines{R"({"command":"logout","id":4})"});
  }
}

TEST_CASE("the end of the input waits for no peer that has gone, and for peers without a server too") {
  PrivateSession hans;
  hans.stand();
  hans.lose();
  hans.type("private luke hey dude");
  hans.core.on_end_of_input(hans.now);
  CHECK(hans.out.finished.empty());
  hans.core.on_peer_lost("s1", hans.now);
  CHECK(hans.out.finished == std::vector{ExitCode::done});
}

TEST_CASE("a session that the server ends takes its chats along") {
  PrivateSession hans;
  hans.stand();
  hans.server(R"({"command":"logout","data":["timeout"]})");
  CHECK(hans.linked() == Lines{std::string(kLogoutFrame), "s1 closed"});
  hans.core.on_peer_open("s1", true, hans.now);
  hans.core.on_peer_frame("s1", {}, hans.now);
  hans.core.on_peer_lost("s1", hans.now);
  hans.core.relay("s1", "QUJD");
  CHECK(hans.printed() == Lines{"You have been logged out due to inactivity"});
}

}  // namespace
}  // namespace sockchat::client_core
