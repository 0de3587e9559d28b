#include "server/service_notices.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "support/temporary_directory.h"

namespace {

using namespace sockchat;
using namespace sockchat::server;
using namespace std::chrono_literals;

// A service manager that listens under `name`; with '@' in front it is an abstract one.
class Listener {
 public:
  explicit Listener(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  // The oldest that was told; empty: nothing.
  std::string next() {
    std::array<char, 256> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
  }

 private:
  net::UniqueFd socket_;
};

struct NoticesWorld {
  NoticesWorld() : reactor(*net::Reactor::create()) {}
  const test::TemporaryDirectory directory;
  const std::string path = directory / "notify";
  std::unique_ptr<net::Reactor> reactor;
};

}  // namespace

TEST_CASE("service notices: ready, reloading and stopping are told, under a path and an abstract name") {
  NoticesWorld world;
  for (const std::string& name : {world.path, "@sockchat-test-" + std::to_string(::getpid())}) {
    CAPTURE(name);
    Listener listener(name);
    ServiceNotices notices(*world.reactor, {.notify_socket = name.c_str()});
    CHECK(notices.remark().empty());
    CHECK(listener.next().empty());
    notices.ready();
    CHECK(listener.next() == "READY=1");
    notices.reloading();
    const std::string reloading = listener.next();
    CHECK(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
    const auto micros = std::stoull(reloading.substr(reloading.rfind('=') + 1));
    CHECK(std::chrono::microseconds(micros) <= std::chrono::steady_clock::now().time_since_epoch());
    CHECK(micros > 0);
    notices.ready();
    CHECK(listener.next() == "READY=1");
    notices.stopping();
    CHECK(listener.next() == "STOPPING=1");
    CHECK(listener.next().empty());
  }
}

TEST_CASE("service notices: the watchdog is fed twice in its time, from the first ready on") {
  NoticesWorld world;
  Listener listener(world.path);
  ServiceNotices notices(*world.reactor, {.notify_socket = world.path.c_str(), .watchdog_usec = "40000"});
  CHECK(notices.remark().empty());
  notices.ready();
  CHECK(listener.next() == "READY=1");
  CHECK(listener.next() == "WATCHDOG=1");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    while (world.reactor->run_once(world.reactor->now().mono + 5s), true) {
      const std::string told = listener.next();
      if (told.empty()) continue;
      CHECK(told == "WATCHDOG=1");
      break;
    }
  }
  CHECK(std::chrono::steady_clock::now() - start >= 60ms - 1ms);
  // A second ready() does not begin a second row of them.
  notices.ready();
  CHECK(listener.next() == "READY=1");
  CHECK(listener.next().empty());
}

TEST_CASE("service notices: a watchdog that is meant for another process is left alone") {
  NoticesWorld world;
  Listener listener(world.path);
  const std::string own = std::to_string(::getpid());
  for (const auto& [pid, told] : {std::pair{"1", ""}, std::pair{own.c_str(), "WATCHDOG=1"}}) {
    ServiceNotices notices(
        *world.reactor,
        {.notify_socket = world.path.c_str(), .watchdog_usec = "3600000000", .watchdog_pid = pid});
    CHECK(notices.remark().empty());
    notices.ready();
    CHECK(listener.next() == "READY=1");
    CHECK(listener.next() == told);
  }
}

TEST_CASE("service notices: what cannot be understood is remarked once, and nothing breaks") {
  NoticesWorld world;
  const std::string too_long = "/" + std::string(107, 'x');
  for (const std::string& name : {std::string(), std::string("@"), std::string("relative"), too_long}) {
    CAPTURE(name);
    ServiceNotices notices(*world.reactor, {.notify_socket = name.c_str(), .watchdog_usec = "nonsense"});
    CHECK(notices.remark() == "NOTIFY_SOCKET names no socket: the service manager is told nothing");
    notices.ready();
    notices.stopping();
  }
  Listener listener(world.path);
  for (const char* usec : {"", "0", "1", "-5", "1s", "99999999999999999999", "99999999999999999"}) {
    CAPTURE(usec);
    ServiceNotices notices(*world.reactor, {.notify_socket = world.path.c_str(), .watchdog_usec = usec});
    CHECK(notices.remark() ==
          "WATCHDOG_USEC or WATCHDOG_PID is no number that can be: the watchdog is told nothing");
    notices.ready();
    CHECK(listener.next() == "READY=1");
    CHECK(listener.next().empty());
  }
}

TEST_CASE("service notices: without a service manager, or with one that is gone, telling does nothing") {
  NoticesWorld world;
  ServiceNotices none(*world.reactor, {.watchdog_usec = "1000"});
  CHECK(none.remark().empty());
  none.ready();
  ServiceNotices gone(*world.reactor, {.notify_socket = world.path.c_str()});
  gone.ready();
  gone.stopping();
  CHECK(gone.remark().empty());
}
