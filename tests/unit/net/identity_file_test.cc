#include "sockchat/net/identity_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <barrier>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sockchat/net/tls_context.h"
#include "sockchat/net/tls_identity.h"
#include "sockchat/net/unique_fd.h"
#include "support/temporary_directory.h"
#include "support/text_file.h"
#include "unit/net/failing_calls.h"

namespace sockchat::net {
namespace {

struct Place {
  test::TemporaryDirectory directory;
  std::string path = directory / "identity.pem";
  std::string unfinished = directory / "identity.pem.new";

  [[nodiscard]] std::string open_pin() const {
    const auto identity = open_identity_file(path);
    REQUIRE(identity);
    return pin_in(*identity);
  }
  [[nodiscard]] static std::string pin_in(const Secret& identity) {
    const auto pin = pin_of_certificate(identity.reveal());
    return pin ? *pin : "none";
  }
};

using sockchat::test::content;
using sockchat::test::write;

mode_t mode_of(const std::string& path) {
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 0777;
}

TEST_CASE("an identity file is made once, for its owner alone, and is read ever after") {
  const Place place;
  const std::string pin = place.open_pin();
  CHECK(pin.size() == 64);
  CHECK(place.open_pin() == pin);
  CHECK(mode_of(place.path) == 0600);
  CHECK_FALSE(std::filesystem::exists(place.unfinished));
  const auto read = read_identity_file(place.path);
  REQUIRE(read);
  CHECK(read->reveal() == content(place.path));
  CHECK(TlsContext::for_peer(*read));
}

TEST_CASE("what a crash has left unfinished is taken over, and is nobody else's to read") {
  const Place place;
  write(place.unfinished, std::string(10'000, 'x'));
  REQUIRE(::chmod(place.unfinished.c_str(), 0644) == 0);
  const std::string pin = place.open_pin();
  CHECK(place.open_pin() == pin);
  CHECK(mode_of(place.path) == 0600);
  CHECK_FALSE(std::filesystem::exists(place.unfinished));
}

TEST_CASE("a crash before the unfinished name is gone does no harm, even when the file is then taken away") {
  const Place place;
  const std::string pin = place.open_pin();
  REQUIRE(::link(place.path.c_str(), place.unfinished.c_str()) == 0);
  CHECK(place.open_pin() == pin);
  REQUIRE(::unlink(place.path.c_str()) == 0);
  const std::string next = place.open_pin();
  CHECK(next != pin);
  CHECK(place.open_pin() == next);
}

TEST_CASE("a damaged identity file is told by name, and never replaced") {
  const Place place;
  REQUIRE_FALSE(place.open_pin().empty());
  const std::string whole = content(place.path);
  for (std::size_t size = 0; size < whole.size() - 1; size += 11) {
    write(place.path, whole.substr(0, size));
    CAPTURE(size);
    for (const auto& identity : {open_identity_file(place.path), read_identity_file(place.path)}) {
      REQUIRE_FALSE(identity);
      CHECK(identity.error().code == Errc::bad_argument);
      CHECK(identity.error().text.starts_with(place.path + " is damaged: "));
    }
    CHECK(content(place.path) == whole.substr(0, size));
  }
}

TEST_CASE("a name that leads nowhere is not replaced either") {
  const Place place;
  std::filesystem::create_symlink(place.directory / "elsewhere", place.path);
  const auto identity = open_identity_file(place.path);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().text == "cannot read " + place.path + ": No such file or directory");
  CHECK(std::filesystem::is_symlink(place.path));
  CHECK_FALSE(std::filesystem::exists(place.unfinished));
}

TEST_CASE("reading makes nothing") {
  const Place place;
  const auto identity = read_identity_file(place.path);
  REQUIRE_FALSE(identity);
  CHECK(identity.error() == Error{Errc::system, "cannot read " + place.path + ": No such file or directory"});
  CHECK(std::filesystem::is_empty(place.directory.path()));
}

TEST_CASE("an identity that cannot be written is not there, and the next one is whole") {
  const Place place;
  {
    const FailingCalls failing(FailingCall::write, ENOSPC);
    const auto identity = open_identity_file(place.path);
    REQUIRE_FALSE(identity);
    CHECK(identity.error() ==
          Error{Errc::system, "cannot write " + place.unfinished + ": No space left on device"});
  }
  CHECK_FALSE(std::filesystem::exists(place.path));
  CHECK(place.open_pin() == place.open_pin());
}

TEST_CASE("a place in which nothing can be made is told") {
  const Place place;
  const std::string nowhere = place.directory / "missing/identity.pem";
  auto identity = open_identity_file(nowhere);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().text == "cannot make " + nowhere + ".new: No such file or directory");
  // Nothing is written through a name that somebody else has put there.
  std::filesystem::create_symlink(place.directory / "elsewhere", place.unfinished);
  identity = open_identity_file(place.path);
  REQUIRE_FALSE(identity);
  CHECK(identity.error().text.starts_with("cannot make " + place.unfinished + ": "));
  CHECK_FALSE(std::filesystem::exists(place.directory / "elsewhere"));
}

TEST_CASE("who is stopped while it makes an identity holds up nobody for ever") {
  const Place place;
  const UniqueFd held(::open(place.unfinished.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  const auto identity = open_identity_file(place.path, std::chrono::milliseconds(30));
  REQUIRE_FALSE(identity);
  CHECK(identity.error() ==
        Error{Errc::system, "cannot make " + place.unfinished + ": another process keeps it"});
  CHECK_FALSE(std::filesystem::exists(place.path));
}

TEST_CASE("threads that open an identity at once, for the first time, end with the same") {
  constexpr std::size_t kThreads = 8;
  for (int round = 0; round < 25; ++round) {
    const Place place;
    if (round % 2 == 1) write(place.unfinished, "left by a crash");
    std::array<std::string, kThreads> pins;
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (std::string& pin : pins) {
      threads.emplace_back([&place, &start, &pin] {
        start.arrive_and_wait();
        const auto identity = open_identity_file(place.path);
        pin = identity ? Place::pin_in(*identity) : identity.error().text;
      });
    }
    for (std::thread& thread : threads) thread.join();
    const std::string pin = place.open_pin();
    for (const std::string& one : pins) CHECK(one == pin);
    CHECK_FALSE(std::filesystem::exists(place.unfinished));
  }
}

TEST_CASE("processes that open an identity at once, for the first time, end with the same") {
  constexpr int kProcesses = 6;
  const Place place;
  int start[2];
  int answers[2];
  REQUIRE(::pipe2(start, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(answers, O_CLOEXEC) == 0);
  UniqueFd start_read(start[0]);
  UniqueFd start_write(start[1]);
  const UniqueFd answers_read(answers[0]);
  UniqueFd answers_write(answers[1]);
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // All wait for the end of this pipe, which has none before everybody has left their end of it.
      start_write.reset();
      char byte = 0;
      const bool is_started = ::read(start_read.get(), &byte, 1) == 0;
      const auto identity = open_identity_file(place.path);
      const std::string pin = identity ? Place::pin_in(*identity) : std::string();
      const bool is_told = ::write(answers_write.get(), pin.data(), pin.size()) == 64;
      ::_exit(is_started && is_told ? 0 : 1);
    }
    children.push_back(child);
  }
  start_write.reset();
  answers_write.reset();
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  std::array<char, 64 * kProcesses + 1> bytes{};
  REQUIRE(::read(answers_read.get(), bytes.data(), bytes.size()) == 64 * kProcesses);
  std::set<std::string> pins;
  for (std::size_t at = 0; at < 64 * kProcesses; at += 64) pins.emplace(bytes.data() + at, 64);
  CHECK(pins == std::set<std::string>{place.open_pin()});
  CHECK_FALSE(std::filesystem::exists(place.unfinished));
}

}  // namespace
}  // namespace sockchat::net
