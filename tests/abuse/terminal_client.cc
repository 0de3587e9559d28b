#include "abuse/terminal_client.h"

#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "abuse/entrance_queue.h"
#include "bench/process_stat.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kWrittenMax = 64 * 1024;
constexpr milliseconds kPromptPatience{5000};

[[noreturn]] void become_client(const std::string& program, const std::string& port,
                                const std::string& state) {
  const std::string home = "XDG_STATE_HOME=" + state;
  const std::array<const char*, 4> environment{"TERM=xterm-256color", "LC_ALL=C.UTF-8", home.c_str(),
                                               nullptr};
  const std::array<const char*, 3> arguments{program.c_str(), port.c_str(), nullptr};
  ::execve(program.c_str(), const_cast<char* const*>(arguments.data()),
           const_cast<char* const*>(environment.data()));
  ::_exit(127);
}

}  // namespace

TerminalClient::TerminalClient(const Stage& stage, std::uint16_t port) {
  const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::openpty(&outside_, &inside_, nullptr, nullptr, &size) != 0) give_up("no terminal to be had");
  const std::string program = std::filesystem::path(stage.server).parent_path() / "sockchat";
  const std::string port_text = fmt::format("{}", port);
  const std::string state = stage.directory + "/state";
  process_ = ::fork();
  if (process_ < 0) give_up("fork");
  if (process_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::close(outside_);
  if (::login_tty(inside_) != 0) ::_exit(126);
  become_client(program, port_text, state);
}

TerminalClient::~TerminalClient() {
  if (!ended_) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(inside_);
  ::close(outside_);
}

void TerminalClient::type(std::string_view keys) const {
  if (::write(outside_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    give_up("a key is lost");
}

void TerminalClient::read_some(milliseconds patience) {
  pollfd output{.fd = outside_, .events = POLLIN, .revents = 0};
  if (::poll(&output, 1, static_cast<int>(patience.count())) <= 0) return;
  std::array<char, 16 * 1024> bytes;
  const ssize_t got = ::read(outside_, bytes.data(), bytes.size());
  if (got <= 0) return;
  bytes_seen_ += static_cast<std::uint64_t>(got);
  unseen_.append(bytes.data(), static_cast<std::size_t>(got));
  if (written_.size() < kWrittenMax) written_.append(bytes.data(), static_cast<std::size_t>(got));
}

bool TerminalClient::see(std::string_view text, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (true) {
    if (const std::size_t at = unseen_.find(text); at != std::string::npos) {
      unseen_.erase(0, at + text.size());
      return true;
    }
    // Its beginning may stand at the end.
    if (unseen_.size() > text.size()) unseen_.erase(0, unseen_.size() - text.size());
    if (Clock::now() >= deadline) return false;
    read_some(milliseconds(10));
  }
}

void TerminalClient::look_away(milliseconds patience) {
  read_some(patience);
  unseen_.clear();
}

bool TerminalClient::log_in() {
  if (!see("Username:", kPromptPatience)) return false;
  type("target\r");
  if (!see("Password:", kPromptPatience)) return false;
  type(std::string(kPassword) + "\r");
  return see("Welcome", kPromptPatience);
}

void TerminalClient::signal(int number) const { ::kill(process_, number); }

bool TerminalClient::ended(milliseconds patience) {
  return ended_ || wait_until(patience, [this] {
           read_some(milliseconds(0));
           return ended_ = ::waitpid(process_, nullptr, WNOHANG) == process_;
         });
}

termios TerminalClient::settings() const {
  termios settings{};
  ::tcgetattr(inside_, &settings);
  return settings;
}

double TerminalClient::resident_kib() const {
  const auto stat = bench::read_process_stat(process_);
  if (!stat) give_up("the client is gone");
  return static_cast<double>(stat->resident_bytes) / 1024;
}

}  // namespace sockchat::abuse
