#include "server/log_journal.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sockchat;
using namespace sockchat::server;
using server_core::JournalEntry;
using server_core::Notice;

}  // namespace

TEST_CASE("journal: an entry is one line of names and values") {
  CHECK(format_entry({.notice = Notice::logged_in,
                      .connection = ConnectionId(7),
                      .user = "hans",
                      .detail = "127.0.0.1"}) == R"(logged_in connection=7 user="hans" address="127.0.0.1")");
  CHECK(format_entry({.notice = Notice::disconnected,
                      .connection = ConnectionId(7),
                      .reason = CloseReason::bad_frame}) == "disconnected connection=7 reason=bad_frame");
  CHECK(
      format_entry({.notice = Notice::login_refused, .connection = ConnectionId(7), .code = Errc::locked}) ==
      "login_refused connection=7 code=locked");
  CHECK(format_entry({.notice = Notice::started, .number = 10}) == "started accounts=10");
}

TEST_CASE("journal: a value cannot look like another one, or like another line") {
  CHECK(format_entry({.notice = Notice::registered, .user = "a\" code=\"b"}) ==
        R"(registered user="a\" code=\"b")");
  CHECK(format_entry({.notice = Notice::logged_out, .user = "a\\", .detail = "x\ny\x1b[2J\x7f"}) ==
        R"(logged_out user="a\\" why="x\x0ay\x1b[2J\x7f")");
}

TEST_CASE("log: only printable ASCII comes out") {
  std::string out;
  append_escaped(out, "plain \"text\" \\ \t\xc2\x9b\xff", false);
  CHECK(out == R"(plain "text" \ \x09\xc2\x9b\xff)");
}

TEST_CASE("journal: every notice has a line of its own") {
  for (int notice = 0; notice <= static_cast<int>(Notice::store_failed); ++notice) {
    const JournalEntry entry{.notice = static_cast<Notice>(notice)};
    CHECK(format_entry(entry).starts_with(server_core::name_of(entry.notice)));
  }
}
