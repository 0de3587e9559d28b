#include "sockchat/net/connector.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include "unit/net/net_test_tools.h"

namespace sockchat::net {
namespace {

using namespace std::chrono_literals;

// Bound, so that nobody else gets the port, but not listening.
struct ClosedPort {
  ClosedPort() {
    address = *SocketAddress::parse("127.0.0.1", 0);
    REQUIRE(::bind(fd.get(), address.get(), address.size()) == 0);
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&storage), &size) == 0);
    address = SocketAddress(reinterpret_cast<const sockaddr*>(&storage), size);
  }
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  SocketAddress address;
};

// A listener whose backlog is full: further attempts stay unanswered.
struct DeafPort {
  DeafPort() {
    REQUIRE(::listen(port.fd.get(), 0) == 0);
    for (int count = 0; count < 3; ++count) waiting.push_back(*start_connect(port.address));
  }
  ClosedPort port;
  std::vector<UniqueFd> waiting;
};

struct Attempt {
  Attempt(Reactor& reactor, std::vector<SocketAddress> addresses, Duration patience = 10s)
      : connector(std::make_unique<Connector>(reactor, std::move(addresses), patience,
                                              [this](Result<UniqueFd> outcome, const SocketAddress& told) {
                                                CHECK_FALSE(result);
                                                result = std::move(outcome);
                                                address = told;
                                                connector.reset();
                                              })) {
    CHECK_FALSE(result);
  }
  [[nodiscard]] auto is_told() const {
    return [this] { return result.has_value(); };
  }

  std::optional<Result<UniqueFd>> result;
  SocketAddress address;
  std::unique_ptr<Connector> connector;
};

TEST_CASE("a connector connects, says to which address, and may be destroyed while it tells") {
  const auto reactor = make_reactor();
  const Listener listener = local_listener();
  const Attempt attempt(*reactor, {listener.address});
  REQUIRE(run_until(*reactor, attempt.is_told()));
  REQUIRE(*attempt.result);
  CHECK(attempt.address.port() == listener.address.port());
  CHECK(connect_error((*attempt.result)->get()) == 0);
}

TEST_CASE("after a refusal the next address is tried") {
  const auto reactor = make_reactor();
  const ClosedPort closed;
  const Listener listener = local_listener();
  const Attempt attempt(*reactor, {closed.address, listener.address});
  REQUIRE(run_until(*reactor, attempt.is_told()));
  CHECK(*attempt.result);
  CHECK(attempt.address.port() == listener.address.port());
}

TEST_CASE("when nobody answers, the error is that of the last address") {
  const auto reactor = make_reactor();
  const ClosedPort first;
  const ClosedPort last;
  const Attempt attempt(*reactor, {first.address, last.address});
  REQUIRE(run_until(*reactor, attempt.is_told()));
  REQUIRE_FALSE(*attempt.result);
  CHECK(attempt.result->error().code == Errc::system);
  CHECK(attempt.result->error().text.contains("Connection refused"));
  CHECK(attempt.address.port() == last.address.port());
}

TEST_CASE("without any address it fails, and not inside the constructor") {
  const auto reactor = make_reactor();
  const Attempt attempt(*reactor, {});
  REQUIRE(run_until(*reactor, attempt.is_told()));
  CHECK_FALSE(*attempt.result);
}

TEST_CASE("an address that stays silent is given up after the patience, for the next one") {
  const auto reactor = make_reactor();
  const DeafPort deaf;
  const Listener listener = local_listener();
  const TimePoint start = reactor->now().mono;
  const Attempt attempt(*reactor, {deaf.port.address, listener.address}, 30ms);
  REQUIRE(run_until(*reactor, attempt.is_told()));
  CHECK(*attempt.result);
  CHECK(reactor->now().mono - start >= 30ms);

  const Attempt hopeless(*reactor, {deaf.port.address}, 30ms);
  REQUIRE(run_until(*reactor, hopeless.is_told()));
  REQUIRE_FALSE(*hopeless.result);
  CHECK(hopeless.result->error().text.contains("timed out"));
}

TEST_CASE("a connector that is destroyed tells nothing") {
  const auto reactor = make_reactor();
  const Listener listener = local_listener();
  const auto never = [](const Result<UniqueFd>&, const SocketAddress&) { FAIL("was destroyed"); };
  Connector(*reactor, {listener.address}, 10s, never);
  auto connector = std::make_unique<Connector>(*reactor, std::vector{listener.address}, 10s, never);
  reactor->schedule(reactor->now().mono, [&] { connector.reset(); });
  reactor->run_once();
  reactor->run_once(reactor->now().mono + 5ms);
  CHECK_FALSE(connector);
}

}  // namespace
}  // namespace sockchat::net
