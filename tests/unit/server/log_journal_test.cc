#include "server/log_journal.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "sockchat/net/unique_fd.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using server_core::JournalEntry;
using server_core::Notice;

struct Pipe {
  net::UniqueFd out;
  net::UniqueFd in;

  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  // Everything, once nobody writes any more.
  std::string drain() {
    in.reset();
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t got; (got = ::read(out.get(), part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(got));
    }
    return all;
  }
};

struct StillClock final : server_core::Clock {
  [[nodiscard]] Moment now() const override { return moment; }
  Moment moment{TimePoint(std::chrono::hours(1)), WallTime()};
};

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++found;
  return found;
}

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
  for (int notice = 0; notice <= static_cast<int>(Notice::limited); ++notice) {
    const JournalEntry entry{.notice = static_cast<Notice>(notice)};
    CHECK(format_entry(entry).starts_with(server_core::name_of(entry.notice)));
  }
}

TEST_CASE("journal: a flood of one kind is cut at 100 lines a second, counted, and hides no other kind") {
  Pipe pipe;
  StillClock clock;
  {
    Log log(spdlog::level::info, pipe.in.get());
    LogJournal journal(log, clock, Limits());
    for (int times = 0; times < 1000; ++times) journal.note({.notice = Notice::login_refused});
    journal.note({.notice = Notice::locked_out});
    clock.moment.mono += std::chrono::seconds(1);
    journal.note({.notice = Notice::login_refused});
  }
  const std::string text = pipe.drain();
  CHECK(count(text, " info login_refused code=") == 101);
  CHECK(count(text, " info login_refused: 900 more lines left out\n") == 1);
  CHECK(count(text, " warning locked_out\n") == 1);
}

TEST_CASE("journal: log_lines_second is how many lines of a kind there are, and 0 is no limit") {
  for (const double lines : {1.0, 99.0, 100.0, 101.0, 0.0}) {
    CAPTURE(lines);
    Pipe pipe;
    const StillClock clock;
    {
      Log log(spdlog::level::info, pipe.in.get());
      Limits limits;
      limits.log_lines_second = lines;
      LogJournal journal(log, clock, limits);
      for (int times = 0; times < 100; ++times) journal.note({.notice = Notice::login_refused});
    }
    const int expected = lines == 0 ? 100 : std::min(100, static_cast<int>(lines));
    CHECK(count(pipe.drain(), " info login_refused code=") == expected);
  }
}

TEST_CASE("journal: a limit that was met has its name, and where from") {
  CHECK(format_entry({.notice = Notice::limited, .detail = "192.0.2.1", .limit = "address_connections"}) ==
        R"(limited limit="address_connections" address="192.0.2.1")");
}

TEST_CASE("journal: what the level leaves out is not written") {
  Pipe pipe;
  const StillClock clock;
  {
    Log log(spdlog::level::info, pipe.in.get());
    LogJournal(log, clock, Limits()).note({.notice = Notice::connected, .detail = "127.0.0.1"});
  }
  CHECK(pipe.drain().empty());
}

TEST_CASE("log: a reader who stopped reading holds up neither the writer nor the end") {
  Pipe pipe;
  {
    Log log(spdlog::level::info, pipe.in.get());
    const std::string line(1000, 'x');
    for (int times = 0; times < 5000; ++times) log.write(spdlog::level::info, line);
  }
  CHECK(count(pipe.drain(), "\n") < 5000);
}
