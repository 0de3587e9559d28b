// What is said in private chats.
#include <doctest/doctest.h>

#include "private_session.h"

namespace sockchat::client_core {
namespace {

std::string text(std::string_view cid, std::string_view words) {
  return fmt::format(R"({{"command":"private","data":["{}"],"cid":"{}"}})", words, cid);
}

std::string ack(std::string_view cid) { return fmt::format(R"({{"command":"ack","data":["{}"]}})", cid); }

constexpr std::string_view kActive = R"({"command":"active","id":"aside"})";

TEST_CASE("a private text goes to the peer with a cid, and the server hears only of activity") {
  PrivateSession hans;
  hans.stand();
  hans.type("private luke  hey  dude ");
  CHECK(hans.linked() == Lines{R"(s1 <- {"command":"private","data":[" hey  dude "],"cid":"cid1"})"});
  CHECK(hans.sent() == Lines{std::string(kActive)});
  CHECK(hans.printed().empty());
  CHECK(hans.core.wants_line());
}

TEST_CASE("activity is told every five seconds at most, and only the user's own") {
  PrivateSession hans;
  hans.stand();
  hans.type("private luke one");
  hans.sent();
  hans.wait(PrivateChats::kActivePause - 1ns);
  hans.type("private luke two");
  hans.peer("s1", text("c1", "hi"));
  CHECK(hans.sent().empty());
  hans.wait(1ns);
  hans.peer("s1", text("c2", "hi"));
  CHECK(hans.sent().empty());
  hans.type("private luke three");
  CHECK(hans.sent() == Lines{std::string(kActive)});
}

TEST_CASE("a text that comes is shown once and confirmed every time") {
  PrivateSession hans;
  hans.stand();
  hans.peer("s1", text("c1", "hey dude"));
  hans.peer("s1", text("c1", "hey dude"));
  hans.peer("s1", text("c2", "hey dude"));
  CHECK(hans.printed() == Lines{"luke(private): hey dude", "luke(private): hey dude"});
  CHECK(hans.linked() == Lines{R"(s1 <- {"command":"ack","data":["c1"]})",
                               R"(s1 <- {"command":"ack","data":["c1"]})",
                               R"(s1 <- {"command":"ack","data":["c2"]})"});
}

TEST_CASE("of the ids that came the newest are remembered") {
  PrivateTexts texts;
  for (std::size_t i = 0; i <= PrivateTexts::kSeenMax; ++i) CHECK(texts.take(fmt::to_string(i)));
  CHECK_FALSE(texts.take("1"));
  CHECK(texts.take("0"));
}

TEST_CASE("a text cannot control the terminal, nor pass for somebody else's line") {
  PrivateSession hans;
  hans.stand();
  hans.peer("s1", text("c1", R"(\u001b[2Ja\nyoda: b\u202e)"));
  CHECK(hans.printed() == Lines{R"(luke(private): \x1b[2Ja)", R"(  | yoda: b\u{202e})"});
}

TEST_CASE("ordinary messages to the same person go on meanwhile, unmarked") {
  PrivateSession hans;
  hans.stand();
  hans.server(message(7));
  CHECK(hans.printed() == Lines{"luke: m7"});
}

TEST_CASE("several chats at once are told apart") {
  PrivateSession hans;
  hans.stand("luke", "s1");
  hans.stand("yoda", "s2");
  hans.type("private yoda one");
  hans.peer("s1", text("c1", "two"));
  CHECK(hans.linked() == Lines{R"(s2 <- {"command":"private","data":["one"],"cid":"cid1"})",
                               R"(s1 <- {"command":"ack","data":["c1"]})"});
  CHECK(hans.printed() == Lines{"luke(private): two"});
}

TEST_CASE("without a chat that stands a private text is an error") {
  PrivateSession hans;
  const Lines refused{"Error. Private messaging to luke not enabled"};
  hans.type("private luke hi");
  CHECK(hans.printed() == refused);
  hans.ask();
  hans.type("private luke hi");
  CHECK(hans.printed() == refused);
  hans.introduce();
  hans.printed();
  hans.type("private luke hi");
  CHECK(hans.printed() == refused);
  CHECK(hans.linked().empty());
}

TEST_CASE("a text is at most 16 KiB, and must fit into a frame") {
  PrivateSession hans;
  hans.stand();
  hans.type("private luke " + std::string(PrivateTexts::kTextBytesMax, 'x'));
  CHECK(hans.linked().size() == 1);
  hans.type("private luke " + std::string(PrivateTexts::kTextBytesMax + 1, 'x'));
  hans.type("private luke " + std::string(PrivateTexts::kTextBytesMax, '\x01'));
  CHECK(hans.printed() == Lines(2, "Error. A private message has at most 16384 bytes"));
  CHECK(hans.linked().empty());
}

TEST_CASE("what waits for a confirmation is bounded, by number and by bytes") {
  for (const bool long_ones : {false, true}) {
    PrivateSession hans;
    hans.stand();
    const std::string words(long_ones ? PrivateTexts::kTextBytesMax : 1, 'x');
    const std::size_t most = long_ones ? 64 : 256;
    for (std::size_t i = 0; i < most; ++i) hans.type("private luke " + words);
    CHECK(hans.linked().size() == most);
    CHECK(hans.printed().empty());
    hans.type("private luke more");
    CHECK(hans.printed() == Lines{"Error. luke has too much to confirm; the private message is not sent"});
    CHECK(hans.linked().empty());
    hans.peer("s1", ack("cid7"));
    hans.type("private luke more");
    CHECK(hans.printed().empty());
    CHECK(hans.linked().size() == 1);
  }
}

TEST_CASE("what is not confirmed at the end is named to its sender, and the rest is not") {
  PrivateSession hans;
  hans.stand();
  hans.type("private luke hey dude");
  hans.type("private luke and you");
  hans.type("private luke \x1b");
  hans.peer("s1", ack("cid2"));
  hans.peer("s1", ack("cid2"));
  hans.peer("s1", ack("unknown"));
  hans.core.on_peer_lost("s1", hans.now);
  CHECK(hans.printed() == Lines{"Error. luke is no longer reachable", "Not confirmed by luke: hey dude",
                                R"(Not confirmed by luke: \x1b)"});
}

TEST_CASE("a peer with three broken frames is closed") {
  const std::string too_long(PrivateTexts::kTextBytesMax + 1, 'x');
  const Lines broken{"{",
                     R"([])",
                     R"({"command":"private","data":["no cid"]})",
                     R"({"command":"private","cid":"c"})",
                     R"({"command":"private","data":["a","b"],"cid":"c"})",
                     R"({"command":"private","data":[""],"cid":"c"})",
                     R"({"command":"private","data":["a"],"cid":"not one"})",
                     R"({"command":"message","data":["a","b"],"cid":"c"})",
                     R"({"command":"ack"})",
                     R"({"command":"ack","data":["a","b"]})",
                     R"({"command":"private","data":["a"],"cid":"c","more":1})",
                     "{\"command\":\"private\",\"data\":[\"\xff\"],\"cid\":\"c\"}",
                     text("c", too_long)};
  for (const std::string& frame : broken) {
    CAPTURE(frame);
    PrivateSession hans;
    hans.stand();
    hans.peer("s1", frame);
    hans.peer("s1", text("fine", "hi"));
    hans.peer("s1", frame);
    CHECK(hans.printed() == Lines{"luke(private): hi"});
    hans.linked();
    hans.peer("s1", frame);
    CHECK(hans.printed() == Lines{"Error. What luke sends is not the protocol of this client; private "
                                  "messaging with luke is over"});
    CHECK(hans.linked() == Lines{"s1 closed"});
    CHECK(hans.sent() == Lines{told_stop()});
  }
}

TEST_CASE("what a newer client says besides is no error") {
  PrivateSession hans;
  hans.stand();
  for (int i = 0; i < 10; ++i) hans.peer("s1", R"({"command":"wave","data":["a"]})");
  CHECK(hans.printed().empty());
  CHECK(hans.linked().empty());
}

TEST_CASE("frames before the link stands, and of unknown sessions, are nothing") {
  PrivateSession hans;
  hans.ask();
  hans.introduce();
  hans.printed();
  hans.peer("s1", text("c1", "hi"));
  hans.peer("s9", text("c1", "hi"));
  hans.core.on_peer_open("s9", true, hans.now);
  hans.core.on_peer_lost("s9", hans.now);
  CHECK(hans.printed().empty());
  CHECK(hans.linked().empty());
}

TEST_CASE("what goes through the server is passed on, both ways") {
  PrivateSession hans;
  hans.ask();
  hans.introduce();
  hans.sent();
  hans.server(R"({"command":"relay","data":["luke","QUJD"],"session":"s1"})");
  hans.server(R"({"command":"relay","data":["luke","QUJD"],"session":"s9"})");
  CHECK(hans.linked() == Lines{"s1 relayed QUJD"});
  hans.core.relay("s1", "REVG");
  hans.core.relay("s9", "REVG");
  CHECK(hans.sent() == Lines{R"({"command":"relay","data":["luke","REVG"],"id":"s1"})"});
  // The last bytes of a link leave behind the chat.
  hans.core.on_peer_open("s1", false, hans.now);
  hans.type("stopprivate luke");
  hans.sent();
  hans.core.relay("s1", "R0hJ");
  CHECK(hans.sent() == Lines{R"({"command":"relay","data":["luke","R0hJ"],"id":"s1"})"});
  CHECK(hans.core.wants_line());
}

TEST_CASE("a server that does not pass on what is said ends the chat") {
  for (const bool direct : {false, true}) {
    PrivateSession hans;
    hans.stand("luke", "s1", direct);
    hans.server(R"({"status":"error","command":"relay","id":"s1","code":"no_session","data":["No."]})");
    hans.server(R"({"status":"error","command":"relay","id":"s9","code":"no_session","data":["No."]})");
    CHECK(hans.printed() == (direct ? Lines{} : Lines{"Error. luke is no longer reachable"}));
    CHECK(hans.linked() == (direct ? Lines{} : Lines{"s1 closed"}));
  }
}

TEST_CASE("json: what happens in private chats is told as objects") {
  PrivateSession hans(config(false, Format::json));
  hans.ask();
  hans.introduce();
  hans.printed();
  hans.core.on_peer_open("s1", false, hans.now);
  hans.peer("s1", text("c1", R"(a \"b\"\u001b)"));
  hans.type("private yoda hi");
  hans.type("private luke hey dude");
  hans.peer("s1", R"({"command":"logout"})");
  CHECK(hans.printed() ==
        Lines{R"({"client":"private","event":"open","user":"luke","way":"relayed"})",
              R"({"client":"private","event":"text","user":"luke","text":"a \"b\"\u001b","cid":"c1"})",
              R"({"client":"notice","text":"Error. Private messaging to yoda not enabled"})",
              R"({"client":"private","event":"ended","user":"luke","reason":"logout"})",
              R"({"client":"private","event":"unconfirmed","user":"luke","text":"hey dude"})"});
}

TEST_CASE("json: on a terminal what is not ASCII is escaped") {
  ClientConfig with = config(false, Format::json);
  with.ascii = true;
  PrivateSession hans(std::move(with));
  hans.stand();
  hans.peer("s1", text("c1", "\xe2\x80\xae"));
  CHECK(hans.printed() ==
        Lines{R"({"client":"private","event":"text","user":"luke","text":"\u202e","cid":"c1"})"});
}

}  // namespace
}  // namespace sockchat::client_core
