#include "server/password_prompt.h"

#include <fmt/format.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace sockchat::server {
namespace {

constexpr std::size_t kLineMax = 4096;

// No echo while it lives. Signals wait until the terminal is as it was.
class SilentTerminal final {
 public:
  SilentTerminal() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask_before_);
    is_terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    if (is_terminal_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
      std::fputc('\n', stderr);  // the one that was not echoed
    }
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }

 private:
  termios before_{};
  sigset_t mask_before_{};
  bool is_terminal_ = false;
};

// Byte by byte, so that what stands behind the line stays for whoever reads on. Longer lines are cut at
// kLineMax.
Secret read_line() {
  std::array<char, kLineMax> line;
  std::size_t size = 0;
  while (size < line.size()) {
    char byte = 0;
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || byte == '\n') break;
    line[size++] = byte;
  }
  if (size > 0 && line[size - 1] == '\r') --size;
  Secret secret(std::string_view(line.data(), size));
  ::explicit_bzero(line.data(), line.size());
  return secret;
}

Secret ask(std::string_view prompt) {
  if (::isatty(STDIN_FILENO) == 0) return read_line();
  std::fputs(fmt::format("{}: ", prompt).c_str(), stderr);
  const SilentTerminal silent;
  return read_line();
}

}  // namespace

Result<Secret> read_password(std::string_view prompt, std::size_t bytes_max, bool twice) {
  Secret password = ask(prompt);
  const std::string_view text = password.reveal();
  if (text.empty()) return fail(Errc::bad_argument, "no password was given");
  if (text.size() > bytes_max) {
    return fail(Errc::bad_argument, fmt::format("the password is longer than {} bytes", bytes_max));
  }
  const auto is_control = [](char byte) { return (byte >= 0 && byte < ' ') || byte == '\x7f'; };
  if (std::ranges::any_of(text, is_control)) {
    return fail(Errc::bad_argument, "the password holds a control character");
  }
  if (twice && ::isatty(STDIN_FILENO) != 0 && ask("The same again").reveal() != text) {
    return fail(Errc::bad_argument, "the two passwords differ");
  }
  return password;
}

}  // namespace sockchat::server
