#include "faults/server_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <sstream>

#include "server/exit_code.h"

namespace sockchat::faults {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void give_up(const std::string& why) {
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

// --- the page

SharedControl::SharedControl(std::string path) : path_(std::move(path)) {
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, sizeof(Control)) != 0) give_up(path_ + ": " + std::strerror(errno));
  void* const where = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (where == MAP_FAILED) give_up(path_ + ": " + std::strerror(errno));
  control_ = ::new (where) Control;
}

SharedControl::~SharedControl() { ::munmap(control_, sizeof(Control)); }

void SharedControl::reset() { control_ = ::new (static_cast<void*>(control_)) Control; }

// --- the process

ServerRun::ServerRun(const Programs& programs, std::string directory, const SharedControl* control,
                     const std::vector<std::string>& options)
    : directory_(std::move(directory)) {
  fs::remove(directory_ + "/port");
  // No pause for strangers' guesses, no time that a test would wait for.
  std::vector<std::string> words{programs.server,
                                 "0",
                                 "60",
                                 "600",
                                 "--data",
                                 "data",
                                 "--port-file",
                                 "port",
                                 "--hash-memory",
                                 "8",
                                 "--hash-iterations",
                                 "1",
                                 "--limit",
                                 "message_rate=0",
                                 "--limit",
                                 "shutdown_seconds=2"};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string preload = "LD_PRELOAD=" + programs.preload;
  const std::string variable = fmt::format("{}={}", kControlVariable, control ? control->path() : "");
  pid_ = ::fork();
  if (pid_ < 0) give_up(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) {
    const int said = ::open((directory_ + "/server.err").c_str(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(said, STDERR_FILENO);
    ::dup2(said, STDOUT_FILENO);
    if (::chdir(directory_.c_str()) != 0) ::_exit(126);
    std::array<char*, 3> environment{};
    if (control)
      environment = {const_cast<char*>(preload.c_str()), const_cast<char*>(variable.c_str()), nullptr};
    ::execve(programs.server.c_str(), arguments.data(), environment.data());
    ::_exit(127);
  }
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) give_up(std::string("pidfd_open: ") + std::strerror(errno));
}

ServerRun::~ServerRun() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(pidfd_);
}

bool ServerRun::await_port(milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (Clock::now() < deadline) {
    // Renamed into place, so that it is whole.
    std::ifstream file(directory_ + "/port");
    if (file >> port_) return true;
    if (await_end(milliseconds(1))) return false;
  }
  return false;
}

void ServerRun::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::optional<int> ServerRun::await_end(milliseconds patience) {
  if (status_) return status_;
  pollfd ended{.fd = pidfd_, .events = POLLIN, .revents = 0};
  if (::poll(&ended, 1, static_cast<int>(patience.count())) != 1) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) give_up(std::string("waitpid: ") + std::strerror(errno));
  status_ = status;
  return status_;
}

std::size_t ServerRun::descriptors() const {
  std::error_code gone;
  const fs::directory_iterator list(fmt::format("/proc/{}/fd", pid_), gone);
  return gone ? 0 : static_cast<std::size_t>(std::distance(list, {}));
}

std::size_t ServerRun::resident_kib() const {
  std::ifstream file(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return static_cast<std::size_t>(std::atoll(line.c_str() + 6));
  }
  return 0;
}

std::string ServerRun::said() const {
  std::ifstream file(directory_ + "/server.err");
  return {std::istreambuf_iterator<char>(file), {}};
}

// --- its end

std::optional<std::string> complaint_about_end(int status, const std::string& said) {
  using namespace server;
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code != kExitOk && code != kExitFailure && code != kExitStoreFailed && code != kExitNoMemory) {
    return fmt::format("ended with {}, which is not documented", code);
  }
  int last_words = 0;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("sockchat-server: ")) {
      ++last_words;
    } else if (!line.starts_with("20")) {
      return fmt::format("said '{}', which is no line of the log", line);
    }
  }
  if (last_words == (code == kExitOk ? 0 : 1)) return std::nullopt;
  return fmt::format("ended with {} and {} lines of its own", code, last_words);
}

}  // namespace sockchat::faults
