// How private chats begin, or do not.
#include <doctest/doctest.h>

#include "private_session.h"

namespace sockchat::client_core {
namespace {

TEST_CASE("who asks is told yes, and that the link stands, and which way") {
  for (const bool direct : {true, false}) {
    PrivateSession hans;
    hans.type("startprivate luke");
    CHECK(hans.sent() == Lines{R"({"command":"startprivate","data":["luke"],"id":3})"});
    CHECK_FALSE(hans.core.wants_line());
    hans.server(reply("startprivate", 3, R"("data":["luke"],"session":"s1","expires":60)"));
    CHECK(hans.core.wants_line());
    CHECK(hans.printed().empty());
    hans.introduce();
    CHECK(hans.printed() == Lines{"luke accepts private messaging"});
    REQUIRE(hans.links.opened.size() == 1);
    const Introduction& told = hans.links.opened[0];
    CHECK(told.session == "s1");
    CHECK(told.own_name == "hans");
    CHECK(told.peer == "luke");
    CHECK(told.address == "127.0.0.1");
    CHECK(told.port == 6000);
    CHECK(told.key == pin('b'));
    CHECK(told.dials);
    hans.core.on_peer_open("s1", direct, hans.now);
    CHECK(hans.printed() == Lines{direct
                                      ? "Start private messaging with luke (direct)"
                                      : "Start private messaging with luke (through the server, encrypted)"});
  }
}

TEST_CASE("who is asked answers on the ordinary line, and other commands work meanwhile") {
  PrivateSession hans;
  hans.question();
  CHECK(hans.printed() == Lines{"luke would like to private message, enter y or n: "});
  hans.type("whoelse");
  hans.server(reply("whoelse", 3, R"("data":["luke"])"));
  hans.sent();
  hans.printed();
  hans.type("y");
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["luke","yes"],"id":4})"});
  hans.server(reply("answer", 4, R"("data":["luke"])"));
  hans.introduce("luke", "s1", 'b', "listen");
  CHECK(hans.printed().empty());
  REQUIRE(hans.links.opened.size() == 1);
  CHECK_FALSE(hans.links.opened[0].dials);
  hans.core.on_peer_open("s1", true, hans.now);
  CHECK(hans.printed() == Lines{"Start private messaging with luke (direct)"});
}

TEST_CASE("no address is a chat through the server") {
  for (const std::string_view where : {R"("","")", R"("","0")"}) {
    PrivateSession hans;
    hans.ask();
    hans.introduce("luke", "s1", 'b', "dial", where);
    REQUIRE(hans.links.opened.size() == 1);
    CHECK(hans.links.opened[0].address.empty());
    CHECK(hans.links.opened[0].port == 0);
  }
}

TEST_CASE("no is sent, and the question is over") {
  PrivateSession hans;
  hans.question();
  hans.type("n");
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["luke","no"],"id":3})"});
  hans.server(reply("answer", 3, R"("data":["luke"])"));
  hans.printed();
  hans.type("y");
  CHECK(hans.printed() == Lines{"Error. Invalid command"});
  CHECK(hans.sent().empty());
}

TEST_CASE("y and n are commands only while somebody asks") {
  PrivateSession hans;
  for (const std::string_view line : {"y", "n", "y luke", "n luke", "y a b"}) hans.type(line);
  CHECK(hans.printed() == Lines(5, "Error. Invalid command"));
  CHECK(hans.sent().empty());
  hans.question();
  hans.printed();
  hans.type("y a b");
  hans.type("y yoda");
  CHECK(hans.printed() == Lines{"Usage: y [user]", "Error. yoda does not wait for an answer"});
}

TEST_CASE("several may ask at once, and one is answered by name") {
  PrivateSession hans;
  hans.question("luke", "s2");
  hans.question("chewie", "s1");
  hans.printed();
  hans.type("y");
  CHECK(hans.printed() == Lines{"Error. Several people ask; name one of them: chewie, luke"});
  hans.type("y luke");
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["luke","yes"],"id":3})"});
  hans.server(reply("answer", 3, R"("data":["luke"])"));
  hans.type("n");
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["chewie","no"],"id":4})"});
}

TEST_CASE("an answer that comes too late ends the question") {
  PrivateSession hans;
  hans.question();
  hans.printed();
  hans.type("y");
  hans.server(error("answer", 3, "no_request"));
  CHECK(hans.printed() == Lines{"Error. luke does not wait for an answer any more"});
  hans.type("y");
  CHECK(hans.printed() == Lines{"Error. Invalid command"});
}

TEST_CASE("no, no answer and nobody there are told to who asks") {
  const std::pair<std::string_view, std::string> ends[] = {{"declined", "luke declined private messaging"},
                                                           {"expired", "luke did not answer"},
                                                           {"offline", "Error. luke is not online"}};
  for (const auto& [reason, sentence] : ends) {
    PrivateSession hans;
    hans.ask();
    hans.event("declined", fmt::format(R"(,"reason":"{}")", reason));
    CHECK(hans.printed() == Lines{sentence});
    // It may be tried again at once.
    hans.ask("luke", "s2");
    CHECK(hans.printed().empty());
  }
}

TEST_CASE("a question that expires, or whose asker has gone, is over without a word") {
  for (const std::string_view reason : {"expired", "offline"}) {
    PrivateSession hans;
    hans.question();
    hans.printed();
    hans.event("declined", fmt::format(R"(,"reason":"{}")", reason));
    CHECK(hans.printed().empty());
    hans.type("y");
    CHECK(hans.printed() == Lines{"Error. Invalid command"});
  }
}

TEST_CASE("two that ask each other have one chat, and no question is left") {
  PrivateSession hans;
  hans.question();
  hans.printed();
  hans.ask();
  CHECK_FALSE(hans.printed().size() > 0);
  hans.introduce();
  hans.core.on_peer_open("s1", true, hans.now);
  CHECK(hans.printed() ==
        Lines{"luke accepts private messaging", "Start private messaging with luke (direct)"});
  CHECK(hans.links.opened.size() == 1);
  hans.type("y");
  CHECK(hans.printed() == Lines{"Error. Invalid command"});
}

TEST_CASE("an introduction may come before the answer to what brought it about") {
  for (const bool asks_too : {false, true}) {
    PrivateSession hans;
    hans.question();
    hans.printed();
    hans.type(asks_too ? "startprivate luke" : "y");
    hans.introduce();
    hans.server(reply(asks_too ? "startprivate" : "answer", 3, R"("data":["luke"],"session":"s1")"));
    hans.core.on_peer_open("s1", true, hans.now);
    CHECK(hans.printed().back() == "Start private messaging with luke (direct)");
    hans.type("n");
    CHECK(hans.printed() == Lines{"Error. Invalid command"});
  }
}

TEST_CASE("a question that is met by an own one that the server refuses still waits") {
  PrivateSession hans;
  hans.question();
  hans.type("startprivate luke");
  hans.server(error("startprivate", 3, "rate_limited"));
  hans.printed();
  hans.sent();
  hans.type("y");
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["luke","yes"],"id":4})"});
}

TEST_CASE("json: requests for private chats that the user writes himself count") {
  PrivateSession hans(config(false, Format::json));
  hans.type(R"({"command":"startprivate","data":["luke"],"id":"a"})");
  hans.server(R"({"status":"ok","command":"startprivate","id":"a","data":["luke"],"session":"s1"})");
  hans.introduce();
  hans.question("yoda", "s2");
  hans.type(R"({"command":"answer","data":["yoda","yes"],"id":"b"})");
  hans.server(R"({"status":"ok","command":"answer","id":"b","data":["yoda"]})");
  hans.introduce("yoda", "s2");
  CHECK(hans.links.opened.size() == 2);
  hans.linked();
  hans.sent();
  hans.type(R"({"command":"stopprivate","data":["luke"],"id":"c"})");
  hans.server(R"({"status":"ok","command":"stopprivate","id":"c","data":["luke"]})");
  CHECK(hans.linked() == Lines{"s1 closed"});
  CHECK(hans.sent() == Lines{R"({"command":"stopprivate","data":["luke"],"id":"c"})"});
}

TEST_CASE("what the server refuses is said in the words of private chats") {
  const std::pair<std::string_view, std::string> refusals[] = {
      {"self", "Error. Cannot private message self"},
      {"unknown_user", "Error. Invalid user"},
      {"blocked", "Error. luke has blocked you"},
      {"offline", "Error. luke is not online"},
      {"not_listening", "Error. luke does not accept private messaging"},
      {"already_private", "Error. Private messaging with luke is already on"}};
  for (const auto& [code, sentence] : refusals) {
    PrivateSession hans;
    hans.type("startprivate luke");
    hans.server(error("startprivate", 3, code));
    CHECK(hans.printed() == Lines{sentence});
  }
}

TEST_CASE("a chat that stands, or is about to, is not begun again") {
  PrivateSession hans;
  hans.ask();
  hans.introduce();
  hans.printed();
  hans.sent();
  hans.type("startprivate luke");
  hans.core.on_peer_open("s1", true, hans.now);
  hans.printed();
  hans.type("startprivate luke");
  CHECK(hans.printed() == Lines{"Error. Private messaging with luke is already on"});
  CHECK(hans.sent().empty());
}

TEST_CASE("with --yes-private nobody is asked") {
  ClientConfig with = config();
  with.accept_private = true;
  PrivateSession hans(std::move(with));
  hans.question();
  CHECK(hans.printed().empty());
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["luke","yes"],"id":"aside"})"});
  hans.type("whoelse");
  hans.server(R"({"status":"ok","command":"answer","id":"aside","data":["luke"]})");
  hans.introduce();
  hans.core.on_peer_open("s1", true, hans.now);
  CHECK(hans.printed() == Lines{"Start private messaging with luke (direct)"});
  CHECK_FALSE(hans.core.wants_line());
}

TEST_CASE("the port is told at every login, and its answer is nobody's") {
  PrivateSession hans;
  hans.type("whoelse");
  hans.server(R"({"status":"ok","command":"listen","id":"aside","data":[]})");
  hans.server(R"({"status":"error","command":"listen","id":"aside","code":"bad_argument","data":["No."]})");
  CHECK_FALSE(hans.core.wants_line());
  CHECK(hans.printed().empty());
  hans.server(reply("whoelse", 3, R"("data":[])"));
  hans.sent();
  hans.next_id = 4;
  hans.lose();
  hans.resume("t2");
  const Lines sent = hans.sent();
  REQUIRE(sent.size() == 3);
  CHECK(sent[2] == PrivateSession::kListen);
}

TEST_CASE("where private chats are off, nothing is told and nothing taken") {
  PrivateSession hans(config(), false);
  hans.question();
  for (const std::string_view line :
       {"startprivate luke", "private luke hi", "stopprivate luke", "verify luke", "trust luke"})
    hans.type(line);
  CHECK(hans.printed() == Lines(5, "Error. Private messaging is off in this client"));
  hans.type("y");
  CHECK(hans.printed() == Lines{"Error. Invalid command"});
  CHECK(hans.sent().empty());
}

TEST_CASE("nobody is put into a chat that he has not agreed to") {
  PrivateSession hans;
  hans.introduce();
  CHECK(hans.sent() == Lines{told_stop()});
  hans.question();
  hans.introduce();
  CHECK(hans.sent() == Lines{told_stop()});
  hans.ask("yoda", "s2");
  hans.sent();
  hans.introduce("luke", "s2");
  CHECK(hans.sent() == Lines{told_stop()});
  CHECK(hans.links.opened.empty());
}

TEST_CASE("an introduction that says nothing is an error, and one that comes twice is one") {
  for (const std::string_view broken :
       {R"("data":["luke","127.0.0.1","6000","zz"],"role":"dial")", R"("data":["luke"],"role":"dial")",
        R"("data":["luke","127.0.0.1","70000","KEY"],"role":"dial")",
        R"("data":["luke","127.0.0.1","","KEY"],"role":"dial")",
        R"("data":["luke","127.0.0.1","6000","KEY"],"role":"both")"}) {
    CAPTURE(broken);
    std::string json(broken);
    if (const auto at = json.find("KEY"); at != std::string::npos) json.replace(at, 3, pin('b').text());
    PrivateSession hans;
    hans.ask();
    hans.sent();
    hans.server(fmt::format(R"({{"command":"introduce","session":"s1",{}}})", json));
    CHECK(hans.printed() == Lines{"Error. What the server says of luke is not the protocol of this client"});
    CHECK(hans.sent() == Lines{told_stop()});
    CHECK(hans.links.opened.empty());
  }
  PrivateSession hans;
  hans.ask();
  hans.introduce();
  hans.introduce();
  CHECK(hans.links.opened.size() == 1);
}

TEST_CASE("more questions than one can hold are answered with no") {
  PrivateSession hans;
  for (std::size_t i = 0; i < PrivateChats::kChatsMax; ++i)
    hans.question(fmt::format("u{}", i), fmt::format("s{}", i));
  CHECK(hans.sent().empty());
  hans.printed();
  hans.question("luke", "more");
  CHECK(hans.printed().empty());
  CHECK(hans.sent() == Lines{R"({"command":"answer","data":["luke","no"],"id":"aside"})"});
  hans.type("startprivate yoda");
  CHECK(hans.printed() == Lines{"Error. At most 64 private chats at once; stop one first"});
}

TEST_CASE("events without a session, or with one that nobody can name, are nothing") {
  PrivateSession hans;
  hans.server(R"({"command":"startprivate","data":["luke"]})");
  hans.question("luke", std::string(65, 's'));
  hans.event("declined", "", "luke", "other");
  hans.event("stopprivate", R"(,"reason":"stopped")", "luke", "other");
  CHECK(hans.printed().empty());
  CHECK(hans.sent().empty());
}

TEST_CASE("a name cannot control the terminal") {
  PrivateSession hans;
  hans.question(R"(\u001b[2Jluke)");
  CHECK(hans.printed() == Lines{R"(\x1b[2Jluke would like to private message, enter y or n: )"});
}

}  // namespace
}  // namespace sockchat::client_core
