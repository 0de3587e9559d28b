#include "sockchat/client_core/plain_view.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace sockchat::client_core {
namespace {

using Lines = std::vector<std::string>;
using wire::ServerFrame;
using wire::ServerFrameKind;

ServerFrame frame(ServerFrameKind kind, std::string_view command, std::span<const std::string_view> data) {
  ServerFrame result;
  result.kind = kind;
  result.command = command;
  result.data = data;
  return result;
}

std::string error(std::string_view command, std::string_view code, std::string_view argument = "hans") {
  const std::array<std::string_view, 1> data{"The server's \x1b[31m own words."};
  ServerFrame reply = frame(ServerFrameKind::error, command, data);
  reply.code = code;
  return sentence_of_error(argument, reply);
}

Lines event(std::string_view command, std::string_view first, std::string_view second) {
  return lines_of_event(frame(ServerFrameKind::event, command, std::array{first, second}));
}

TEST_CASE("the known errors have the known words") {
  CHECK(error("message", "unknown_user") == "Error. Invalid user");
  CHECK(error("message", "self") == "Error. Cannot message self");
  CHECK(error("block", "self") == "Error. Cannot block self");
  CHECK(error("unblock", "self") == "Error. Cannot block self");
  CHECK(error("block", "already_blocked") == "Error. hans is already blocked");
  CHECK(error("unblock", "not_blocked") == "Error. hans was not blocked");
  CHECK(error("message", "blocked") ==
        "Your message could not be delivered as the recipient has blocked you");
  CHECK(error("dance", "unknown_command") == "Error. Invalid command");
  CHECK(error("whoelsesince", "bad_argument") == "Usage: whoelsesince <seconds>");
  CHECK(error("passwd", "bad_credentials") == "Error. The old password is wrong");
}

TEST_CASE("errors of private chats name the other one") {
  CHECK(error("startprivate", "self") == "Error. Cannot private message self");
  CHECK(error("startprivate", "unknown_user") == "Error. Invalid user");
  CHECK(error("startprivate", "blocked") == "Error. hans has blocked you");
  CHECK(error("startprivate", "offline") == "Error. hans is not online");
  CHECK(error("startprivate", "not_listening") == "Error. hans does not accept private messaging");
  CHECK(error("startprivate", "already_private") == "Error. Private messaging with hans is already on");
  CHECK(error("answer", "no_request") == "Error. hans does not wait for an answer any more");
  CHECK(error("stopprivate", "no_session") == "Error. No private messaging with hans");
}

TEST_CASE("a full block list and a refused password are told with what to do about them") {
  CHECK(error("block", "rate_limited") == "Error. Your block list is full; unblock somebody first");
  CHECK(error("message", "rate_limited") == "Error. That was too much at once; try again later");
  CHECK(error("passwd", "weak_password") ==
        "Error. A new password has at least 8 bytes, and is neither your name nor a common one");
}

TEST_CASE("an unknown code is told in the server's words, made harmless") {
  CHECK(error("message", "new_code") == R"(Error. The server's \x1b[31m own words.)");
}

TEST_CASE("every error of the protocol has a sentence of the client") {
  for (auto code = Errc::bad_frame; code < Errc::system;
       code = static_cast<Errc>(static_cast<int>(code) + 1)) {
    CAPTURE(name_of(code));
    // These two are the server's own: only it knows what was wrong with the bytes.
    if (code == Errc::bad_frame || code == Errc::bad_request) continue;
    CHECK(error("message", name_of(code)).find("own words") == std::string::npos);
  }
}

TEST_CASE("an argument in a sentence is made harmless, and is no format") {
  CHECK(error("block", "already_blocked", "{}\x1b") == R"(Error. {}\x1b is already blocked)");
}

TEST_CASE("messages and broadcasts look the same, presence has its words") {
  CHECK(event("message", "hans", "Hey Dude") == Lines{"hans: Hey Dude"});
  CHECK(event("broadcast", "hans", "Hey  all ") == Lines{"hans: Hey  all "});
  CHECK(event("presence", "luke", "online") == Lines{"luke logged in"});
  CHECK(event("presence", "luke", "offline") == Lines{"luke logged out"});
  CHECK(event("new_event", "luke", "x").empty());
}

TEST_CASE("no line of a message can pass for a line of its own") {
  CHECK(event("message", "hans", "hi\nluke: I am evil") == Lines{"hans: hi", "  | luke: I am evil"});
  CHECK(event("message", "ha\nns", "hi").size() == 1);
}

TEST_CASE("lists show one name a line, or that there is nobody") {
  const auto list = [](std::string_view command, std::span<const std::string_view> names) {
    return lines_of_reply("", frame(ServerFrameKind::ok, command, names));
  };
  const std::array<std::string_view, 2> names{"hans", "luke"};
  CHECK(list("whoelse", names) == Lines{"hans", "luke"});
  CHECK(list("whoelse", {}) == Lines{"No one else is online"});
  CHECK(list("whoelsesince", {}) == Lines{"No one else was online"});
  CHECK(list("blocked", {}) == Lines{"You block no one"});
  CHECK(list("block", names) == Lines{"hans is blocked"});
  CHECK(list("unblock", names) == Lines{"hans is unblocked"});
}

TEST_CASE("a broadcast tells once that somebody was left out") {
  ServerFrame reply = frame(ServerFrameKind::ok, "broadcast", {});
  CHECK(lines_of_reply("hi", reply).empty());
  reply.skipped = true;
  CHECK(lines_of_reply("hi", reply) == Lines{"Your message could not be delivered to some recipients"});
}

}  // namespace
}  // namespace sockchat::client_core
