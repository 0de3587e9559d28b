#include "checker/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "sockchat/base/check.h"

namespace sockchat::checker {
namespace {

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// In the child; nothing here allocates.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

bool is_free(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  const bool free = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return free;
}

// Not one that the system hands out: while the server is down, a client's own end could come to stand on it.
std::uint16_t free_port() {
  constexpr int kFirst = 10'000;
  constexpr int kCount = 20'000;
  const int start = ::getpid() * 7;
  for (int step = 0; step < kCount; ++step) {
    const auto port = static_cast<std::uint16_t>(kFirst + (start + step) % kCount);
    if (is_free(port)) return port;
  }
  return 0;
}

}  // namespace

ServerProcess::ServerProcess(ServerSetup setup) : setup_(std::move(setup)), port_(free_port()) {}

ServerProcess::~ServerProcess() { kill(); }

std::vector<std::string> ServerProcess::words() const {
  const std::string& directory = setup_.directory;
  std::vector<std::string> words{setup_.program, fmt::to_string(port_), "60",          "600",
                                 "--data",       directory + "/data",   "--port-file", directory + "/port"};
  words.insert(words.end(), setup_.options.begin(), setup_.options.end());
  return words;
}

void ServerProcess::start() {
  SOCKCHAT_CHECK(process_ < 0);
  answers_ = false;
  ::unlink((setup_.directory + "/port").c_str());
  std::vector<std::string> arguments = words();
  std::vector<std::string> environment{fmt::format("HOME={}", setup_.directory), "LC_ALL=C.UTF-8"};
  if (!setup_.plant.empty()) environment.push_back("SOCKCHAT_PLANT=" + setup_.plant);
  if (const char* options = std::getenv("ASAN_OPTIONS"))
    environment.push_back(fmt::format("ASAN_OPTIONS={}", options));
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const std::string log = setup_.directory + "/server.log";
  process_ = ::fork();
  SOCKCHAT_CHECK(process_ >= 0);
  if (process_ == 0) become(argument_pointers.data(), environment_pointers.data(), log.c_str());
}

bool ServerProcess::answers() {
  if (answers_ || process_ < 0) return answers_;
  std::ifstream file(setup_.directory + "/port");
  std::uint16_t port = 0;
  if (!(file >> port)) return false;
  SOCKCHAT_CHECK(port == port_);
  answers_ = true;
  return true;
}

std::optional<int> ServerProcess::ended() {
  int status = 0;
  if (process_ < 0 || ::waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
  process_ = -1;
  return exit_code(status);
}

void ServerProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

void ServerProcess::kill() {
  if (process_ < 0) return;
  signal(SIGKILL);
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
}

void ServerProcess::stop() { signal(SIGSTOP); }
void ServerProcess::go_on() { signal(SIGCONT); }
void ServerProcess::ask_to_end() { signal(SIGTERM); }

}  // namespace sockchat::checker
