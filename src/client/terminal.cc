#include "client/terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "sockchat/base/check.h"

namespace sockchat::client {
namespace {

constexpr std::string_view kPasteOn = "\x1b[?2004h";
constexpr std::string_view kPasteOff = "\x1b[?2004l";
// In the middle of a row, and nobody left to tidy up.
constexpr std::string_view kLastWords = "\x1b[?2004l\r\n";

constexpr auto kFatalSignals =
    std::to_array({SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGTERM, SIGHUP, SIGINT, SIGQUIT});

// What a signal handler and atexit() must know: the one exception to "no mutable globals", as the kernel
// passes a handler nothing of ours. `armed` is set after, and cleared before, the rest changes.
struct Rescue {
  volatile sig_atomic_t armed = 0;
  volatile sig_atomic_t editor = 0;
  int input = -1;
  int output = -1;
  termios original = {};
  std::array<struct sigaction, kFatalSignals.size()> before = {};
};
Rescue rescue;

// Best effort: where the terminal is gone, nobody misses it.
void say(int output, std::string_view text) {
  const auto written = ::write(output, text.data(), text.size());
  static_cast<void>(written);
}

// Async-signal-safe: tcsetattr(), one write of a constant.
void restore_at_once() {
  if (rescue.armed == 0) return;
  rescue.armed = 0;
  ::tcsetattr(rescue.input, TCSANOW, &rescue.original);
  if (rescue.editor != 0) say(rescue.output, kLastWords);
}

// All signals are blocked meanwhile, so that a program in the background is not stopped by SIGTTOU half-way.
// Whoever had the signal before us has it again, and gets it when we return.
void on_fatal_signal(int signal) {
  const int saved_errno = errno;
  restore_at_once();
  for (std::size_t i = 0; i < kFatalSignals.size(); ++i) {
    if (kFatalSignals[i] == signal) ::sigaction(signal, &rescue.before[i], nullptr);
  }
  ::raise(signal);
  errno = saved_errno;
}

void catch_fatal_signals() {
  struct sigaction action = {};
  action.sa_handler = on_fatal_signal;
  ::sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatalSignals.size(); ++i) {
    ::sigaction(kFatalSignals[i], nullptr, &rescue.before[i]);
    // What is ignored kills nobody (nohup).
    if (rescue.before[i].sa_handler != SIG_IGN) ::sigaction(kFatalSignals[i], &action, nullptr);
  }
}

void release_fatal_signals() {
  for (std::size_t i = 0; i < kFatalSignals.size(); ++i)
    ::sigaction(kFatalSignals[i], &rescue.before[i], nullptr);
}

void arm(int input, int output, const termios& original) {
  static const int registered = std::atexit(restore_at_once);  // once in a process
  SOCKCHAT_CHECK(registered == 0);
  SOCKCHAT_CHECK(rescue.armed == 0);
  rescue.input = input;
  rescue.output = output;
  rescue.original = original;
  catch_fatal_signals();
  rescue.armed = 1;
}

void disarm() {
  if (rescue.armed == 0) return;
  rescue.armed = 0;
  release_fatal_signals();
}

termios for_mode(Terminal::Mode mode, termios settings) {
  using enum Terminal::Mode;
  if (mode == hidden) {
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    settings.c_lflag |= static_cast<tcflag_t>(ICANON | ECHONL | ISIG);
  } else if (mode == editor) {
    // Output processing stays on: what others write to the terminal (a failed check, say) must not run
    // diagonally.
    settings.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | IXON | ISTRIP | BRKINT);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
  }
  return settings;
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

bool Terminal::usable(int input, int output) {
  const std::string_view kind = environment("TERM");
  return ::isatty(input) == 1 && ::isatty(output) == 1 && !kind.empty() && kind != "dumb";
}

client_core::Resizing Terminal::resizing() {
  using enum client_core::Resizing;
  const std::string_view kind = environment("TERM");
  const bool inside_tmux = !environment("TMUX").empty();
  if (inside_tmux) return reflows;
  const bool is_cutting = kind == "linux" || kind.starts_with("screen") || kind.starts_with("st-");
  return is_cutting || !environment("XTERM_VERSION").empty() ? cuts : reflows;
}

Terminal::~Terminal() {
  const auto restored = enter(Mode::original);
  static_cast<void>(restored);
}

Result<void> Terminal::enter(Mode mode) {
  if (mode == mode_) return {};
  if (!known_ && ::tcgetattr(input_, &original_) != 0) {
    return fail(Errc::system, std::string("Cannot use the terminal: ") + std::strerror(errno));
  }
  known_ = true;
  // Leaving paste mode first: a paste that comes meanwhile must not meet a shell with its brackets.
  if (mode_ == Mode::editor) say(output_, kPasteOff);
  if (mode_ == Mode::original) arm(input_, output_, original_);
  rescue.editor = mode == Mode::editor ? 1 : 0;
  const termios settings = for_mode(mode, original_);
  // Keys typed ahead stay: TCSADRAIN, not TCSAFLUSH.
  const bool applied = ::tcsetattr(input_, TCSADRAIN, &settings) == 0;
  const int reason = errno;
  if (!applied) ::tcsetattr(input_, TCSADRAIN, &original_);
  mode_ = applied ? mode : Mode::original;
  if (mode_ == Mode::original) disarm();
  if (!applied) return fail(Errc::system, std::string("Cannot use the terminal: ") + std::strerror(reason));
  if (mode_ == Mode::editor) say(output_, kPasteOn);
  return {};
}

// Best effort: what is no terminal any more has nothing typed either.
void Terminal::discard_input() { ::tcflush(input_, TCIFLUSH); }

std::size_t Terminal::columns() const {
  winsize size = {};
  if (::ioctl(output_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kColumnsUnknown;
  return size.ws_col;
}

Result<void> Terminal::suspend() {
  const Mode before = mode_;
  if (auto left = enter(Mode::original); !left) return left;
  ::raise(SIGTSTP);
  return enter(before);
}

}  // namespace sockchat::client
