#include "client/terminal.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sockchat/base/check.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::client {
namespace {

using Mode = Terminal::Mode;

// Both ends of a terminal of 72 columns.
struct Pty {
  Pty() {
    winsize size = {.ws_row = 24, .ws_col = 72, .ws_xpixel = 0, .ws_ypixel = 0};
    int keyboard = -1;
    int user = -1;
    SOCKCHAT_CHECK(::openpty(&keyboard, &user, nullptr, nullptr, &size) == 0);
    outside = net::UniqueFd(keyboard);
    inside = net::UniqueFd(user);
  }

  [[nodiscard]] termios settings() const {
    termios found = {};
    SOCKCHAT_CHECK(::tcgetattr(inside.get(), &found) == 0);
    return found;
  }
  // What has been written to it, at least one byte.
  [[nodiscard]] std::string output() const {
    std::array<char, 256> bytes = {};
    const ssize_t size = ::read(outside.get(), bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
  }

  net::UniqueFd outside;
  net::UniqueFd inside;
};

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_lflag == b.c_lflag &&
         std::memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

TEST_CASE("Terminal: the editor's mode has no echo, and ends with the object") {
  const Pty pty;
  const termios before = pty.settings();
  {
    Terminal terminal(pty.inside.get(), pty.inside.get());
    CHECK(terminal.columns() == 72);
    REQUIRE(terminal.enter(Mode::editor));
    CHECK((pty.settings().c_lflag & static_cast<tcflag_t>(ECHO | ICANON | ISIG)) == 0);
    CHECK(pty.output() == "\x1b[?2004h");
  }
  CHECK(same(pty.settings(), before));
  CHECK(pty.output() == "\x1b[?2004l");
}

TEST_CASE("Terminal: a hidden line keeps its signals and echoes its end alone") {
  const Pty pty;
  const termios before = pty.settings();
  Terminal terminal(pty.inside.get(), pty.inside.get());
  REQUIRE(terminal.enter(Mode::hidden));
  CHECK((pty.settings().c_lflag & static_cast<tcflag_t>(ECHO)) == 0);
  CHECK((pty.settings().c_lflag & static_cast<tcflag_t>(ECHONL | ICANON | ISIG)) != 0);
  REQUIRE(terminal.enter(Mode::original));
  CHECK(same(pty.settings(), before));
}

TEST_CASE("Terminal: what was typed can be discarded") {
  const Pty pty;
  Terminal terminal(pty.inside.get(), pty.inside.get());
  REQUIRE(::write(pty.outside.get(), "yes\n", 4) == 4);
  pollfd query{pty.inside.get(), POLLIN, 0};
  REQUIRE(::poll(&query, 1, 5000) == 1);
  terminal.discard_input();
  CHECK(::poll(&query, 1, 0) == 0);
}

TEST_CASE("Terminal: what is no terminal is refused") {
  std::array<int, 2> ends = {};
  REQUIRE(::pipe(ends.data()) == 0);
  const net::UniqueFd reading(ends[0]);
  const net::UniqueFd writing(ends[1]);
  Terminal terminal(reading.get(), writing.get());
  CHECK_FALSE(Terminal::usable(reading.get(), writing.get()));
  CHECK(terminal.enter(Mode::editor).error().code == Errc::system);
  CHECK(terminal.columns() == Terminal::kColumnsUnknown);
}

TEST_CASE("Terminal: whatever ends the process, the terminal is as it was") {
  constexpr int kExits = 0;  // in place of a signal
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, kExits}) {
    INFO("signal " << signal);
    const Pty pty;
    const termios before = pty.settings();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::alarm(10);
      if (signal != kExits) ::signal(signal, SIG_DFL);  // not the test runner's
      Terminal terminal(pty.inside.get(), pty.inside.get());
      if (!terminal.enter(Mode::editor)) ::_exit(9);
      if (signal == kExits) std::exit(7);
      ::raise(signal);
      ::_exit(8);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (signal == kExits) CHECK(WEXITSTATUS(status) == 7);
    if (signal != kExits) CHECK(WTERMSIG(status) == signal);
    CHECK(same(pty.settings(), before));
    CHECK(pty.output() == "\x1b[?2004h\x1b[?2004l\r\r\n");  // the terminal adds its own CR
  }
}

}  // namespace
}  // namespace sockchat::client
