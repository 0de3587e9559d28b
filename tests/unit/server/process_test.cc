#include "server/process.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "server/exit_code.h"

namespace {

using namespace sockchat::server;

struct Directory {
  std::string path = std::filesystem::temp_directory_path() / "sockchat-XXXXXX";
  Directory() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Directory() { std::filesystem::remove_all(path); }
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("port file: it holds the port, replaces an older one, and nothing else is left") {
  const Directory directory;
  const std::string path = directory.path + "/port";
  REQUIRE(write_port_file(path, 4000));
  CHECK(contents(path) == "4000\n");
  REQUIRE(write_port_file(path, 65'535));
  CHECK(contents(path) == "65535\n");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 1);
}

TEST_CASE("port file: an impossible place is one clear line") {
  const auto written = write_port_file("/nowhere/port", 4000);
  REQUIRE_FALSE(written);
  CHECK(written.error().text == "cannot write the port file /nowhere/port: No such file or directory");
}

// The `new` of a sanitizer asks no handler.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("memory: where there is none the process ends with one line and a code of its own") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    end_when_out_of_memory();
    // Both ask for more than there can be.
    const auto ask = [] { return std::string(std::string().max_size() / 2, ' ').size(); };
    const std::jthread other(ask);
    ::_exit(ask() == 0 ? 126 : 127);
  }
  ::close(ends[1]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == kExitNoMemory);
  char text[256];
  const auto size = ::read(ends[0], text, sizeof text);
  CHECK(std::string(text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))) ==
        "sockchat-server: out of memory\n");
  ::close(ends[0]);
}
#endif

TEST_CASE("descriptors: the soft limit becomes the hard one") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const auto raised = raise_descriptor_limit();
  REQUIRE(raised);
  CHECK(*raised == std::min<rlim_t>(limit.rlim_max, rlim_t{1} << 30));
}

TEST_CASE("process: a hardened one leaves no core, whatever its limit was before") {
  const Directory directory;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    rlimit wanted{};
    ::getrlimit(RLIMIT_CORE, &wanted);
    wanted.rlim_cur = wanted.rlim_max;
    ::setrlimit(RLIMIT_CORE, &wanted);
    harden_process();
    // Not 0: that does not keep a core from a program that core_pattern names.
    rlimit left{};
    ::getrlimit(RLIMIT_CORE, &left);
    if (left.rlim_cur > 1 || left.rlim_max > 1 || ::chdir(directory.path.c_str()) != 0) ::_exit(1);
    std::signal(SIGABRT, SIG_DFL);  // doctest has a handler of its own
    ::abort();
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK_FALSE(WCOREDUMP(status));
  CHECK(std::filesystem::is_empty(directory.path));
}
