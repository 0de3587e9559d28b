#include "sockchat/net/acceptor.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <vector>

#include "unit/net/net_test_tools.h"

namespace sockchat::net {
namespace {

using namespace std::chrono_literals;

UniqueFd client_of(const SocketAddress& address) {
  auto client = start_connect(address);
  REQUIRE(client);
  return *std::move(client);
}

struct Door {
  explicit Door(std::size_t accepts_per_turn) {
    auto made = Acceptor::create(
        *reactor, local_listener(), accepts_per_turn,
        {.on_accept = [this](UniqueFd fd, const SocketAddress&) { accepted.push_back(std::move(fd)); },
         .on_trouble = [this](const Error& error) { troubles.push_back(error); }});
    REQUIRE(made);
    acceptor = *std::move(made);
  }

  std::unique_ptr<Reactor> reactor = make_reactor();
  std::vector<UniqueFd> accepted;
  std::vector<Error> troubles;
  std::unique_ptr<Acceptor> acceptor;
};

// While it lives, this process can open no further descriptor.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const UniqueFd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next.get());
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("a connection is accepted with its peer's address, non-blocking and closed on exec") {
  const auto reactor = make_reactor();
  UniqueFd accepted;
  SocketAddress peer;
  const auto acceptor = Acceptor::create(*reactor, local_listener(), 64,
                                         {.on_accept =
                                              [&](UniqueFd fd, const SocketAddress& address) {
                                                accepted = std::move(fd);
                                                peer = address;
                                              },
                                          .on_trouble = [](const Error& error) { FAIL(error.text); }});
  REQUIRE(acceptor);
  const UniqueFd client = client_of((*acceptor)->address());
  REQUIRE(run_until(*reactor, [&] { return static_cast<bool>(accepted); }));
  CHECK(peer.is_loopback());
  CHECK((::fcntl(accepted.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(accepted.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a turn accepts no more than its budget, and the next one goes on without a new edge") {
  Door door(3);
  std::vector<UniqueFd> clients;
  for (int count = 0; count < 8; ++count) clients.push_back(client_of(door.acceptor->address()));
  door.reactor->run_once(kNever);
  CHECK(door.accepted.size() == 3);
  door.reactor->run_once(kNever);
  CHECK(door.accepted.size() == 6);
  door.reactor->run_once(kNever);
  CHECK(door.accepted.size() == 8);
}

TEST_CASE("without descriptors it says so once a pause, waits longer each time, and goes on by itself") {
  Door door(64);
  const UniqueFd client = client_of(door.acceptor->address());
  {
    const NoMoreDescriptors shortage;
    const TimePoint start = door.reactor->now().mono;
    REQUIRE(run_until(*door.reactor, [&] { return door.troubles.size() == 4; }));
    CHECK(door.reactor->now().mono - start >= 70ms);  // 10 + 20 + 40
    CHECK(door.accepted.empty());
  }
  REQUIRE(run_until(*door.reactor, [&] { return !door.accepted.empty(); }));
  CHECK(door.troubles.front().code == Errc::system);
  CHECK(door.troubles.front().text.contains("Too many open files"));
}

TEST_CASE("an acceptor that goes away closes its port, also while it pauses") {
  Door door(64);
  const SocketAddress address = door.acceptor->address();
  UniqueFd client = client_of(address);
  {
    const NoMoreDescriptors shortage;
    REQUIRE(run_until(*door.reactor, [&] { return !door.troubles.empty(); }));
  }
  door.acceptor.reset();
  door.reactor->run_once(door.reactor->now().mono + 20ms);
  CHECK(door.accepted.empty());
  const UniqueFd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(::connect(late.get(), address.get(), address.size()) != 0);
}

}  // namespace
}  // namespace sockchat::net
