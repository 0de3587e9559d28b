#include "sockchat/client_core/history_view.h"

#include <doctest/doctest.h>

#include <array>

namespace sockchat::client_core {
namespace {

using Lines = std::vector<std::string>;
using wire::ServerFrame;
using wire::ServerItem;

constexpr std::string_view kNoon = "2026-11-22T12:00:59.999Z";

ServerFrame reply(std::span<const ServerItem> items) {
  ServerFrame frame;
  frame.kind = wire::ServerFrameKind::ok;
  frame.items = items;
  return frame;
}

Lines history(std::vector<std::string> arguments, const ServerFrame& frame) {
  return lines_of_history(arguments, frame, utc_time);
}

TEST_CASE("a history has its times, and a text of several lines its margin") {
  const std::array<ServerItem, 2> items{
      ServerItem{.mid = "3", .from = "hans", .to = "yoda", .text = "Hey Dude", .time = kNoon},
      ServerItem{.mid = "4", .from = "yoda", .to = "hans", .text = "a\nhans: b", .time = kNoon}};
  CHECK(history({"yoda"}, reply(items)) ==
        Lines{"[2026-11-22 12:00] hans: Hey Dude", "[2026-11-22 12:00] yoda: a", "  | hans: b"});
}

TEST_CASE("a page says how to ask for the one before, with the same count") {
  const std::array<ServerItem, 1> items{
      ServerItem{.mid = "1842", .from = "hans", .text = "a", .time = kNoon}};
  ServerFrame frame = reply(items);
  frame.more = true;
  CHECK(history({"yoda"}, frame).back() == "(older ones: history yoda 50 1842)");
  CHECK(history({"*", "0", "7"}, frame).back() == "(older ones: history * 7 1842)");
}

TEST_CASE("a history that was cut says so where it was cut") {
  const std::array<ServerItem, 1> items{ServerItem{.mid = "1", .from = "hans", .text = "a", .time = kNoon}};
  ServerFrame frame = reply(items);
  frame.cut = kNoon;
  CHECK(history({"yoda"}, frame) == Lines{"(older messages were removed)", "[2026-11-22 12:00] hans: a"});
}

TEST_CASE("nothing there is a sentence") {
  CHECK(history({"yoda"}, reply({})) == Lines{"No messages with yoda"});
  CHECK(history({"yoda", "0", "5"}, reply({})) == Lines{"No messages with yoda"});
  CHECK(history({"yoda", "9", "5"}, reply({})) == Lines{"No older messages with yoda"});
  CHECK(history({"*"}, reply({})) == Lines{"No broadcasts"});
  CHECK(lines_of_search(reply({}), utc_time) == Lines{"Nothing found"});
  CHECK(lines_of_sessions(reply({}), utc_time) == Lines{"No logins"});
}

TEST_CASE("a search names who wrote to whom, and what it cannot know") {
  const std::array<ServerItem, 2> items{
      ServerItem{.from = "hans", .to = "yoda", .text = "falcon", .time = kNoon},
      ServerItem{.from = "luke", .to = "*", .text = "falcons", .time = kNoon}};
  ServerFrame frame = reply(items);
  frame.more = true;
  frame.unindexed = 3;
  CHECK(lines_of_search(frame, utc_time) == Lines{"[2026-11-22 12:00] hans to yoda: falcon",
                                                  "[2026-11-22 12:00] luke to everyone: falcons",
                                                  "(and more; search for more words to find fewer)",
                                                  "(the newest 3 messages cannot be found yet)"});
  frame = reply({});
  frame.unindexed = 1;
  CHECK(lines_of_search(frame, utc_time) ==
        Lines{"Nothing found", "(the newest message cannot be found yet)"});
}

TEST_CASE("logins have a beginning, an end, a reason and a place, as far as they are known") {
  const std::array<ServerItem, 2> items{
      ServerItem{.login = kNoon, .address = "127.0.0.1"},
      ServerItem{.login = kNoon, .logout = "2026-11-22T13:30:00.000Z", .reason = "logout", .address = "::1"}};
  CHECK(lines_of_sessions(reply(items), utc_time) ==
        Lines{"2026-11-22 12:00 until now from 127.0.0.1",
              "2026-11-22 12:00 until 2026-11-22 13:30 (logout) from ::1"});
}

TEST_CASE("every foreign word is made harmless, and a time that is none is shown as it came") {
  const std::array<ServerItem, 1> items{ServerItem{.mid = "\x1b",
                                                   .from = "\x1b",
                                                   .to = "\x1b",
                                                   .text = "\x1b[2J",
                                                   .time = "2026-13-01T00:00:00.000Z\x1b",
                                                   .login = "\x1b",
                                                   .logout = "\x1b",
                                                   .reason = "\n",
                                                   .address = "\x1b"}};
  ServerFrame frame = reply(items);
  frame.more = true;
  for (const Lines& lines : {history({"\x1b", "0", "\x1b"}, frame), lines_of_search(frame, utc_time),
                             lines_of_sessions(frame, utc_time)}) {
    for (const std::string& line : lines) {
      CHECK(line.find('\x1b') == std::string::npos);
      CHECK(line.find('\n') == std::string::npos);
    }
  }
  for (const std::string_view wrong : {"2026-13-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z",
                                       "2026-02-03T24:00:00.000Z", "2026-02-03T00:00:00Z", "yesterday", ""}) {
    const std::array<ServerItem, 1> odd{ServerItem{.from = "hans", .text = "a", .time = wrong}};
    CHECK(history({"hans"}, reply(odd)) == Lines{"[" + std::string(wrong) + "] hans: a"});
  }
}

}  // namespace
}  // namespace sockchat::client_core
