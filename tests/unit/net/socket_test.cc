#include "sockchat/net/socket.h"

#include <doctest/doctest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <tuple>

#include "unit/net/net_test_tools.h"

namespace sockchat::net {
namespace {

int option_of(const UniqueFd& fd, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(fd.get(), level, option, &value, &size) == 0);
  return value;
}

TEST_CASE("an address is written as it is read, and knows whether it is loopback") {
  using Case = std::tuple<const char*, const char*, const char*, bool>;
  for (const auto& [text, host, shown, is_loopback] : {
           Case("127.0.0.1", "127.0.0.1", "127.0.0.1:4000", true),
           Case("127.255.0.9", "127.255.0.9", "127.255.0.9:4000", true),
           Case("192.0.2.1", "192.0.2.1", "192.0.2.1:4000", false),
           Case("::1", "::1", "[::1]:4000", true),
           Case("2001:db8::1", "2001:db8::1", "[2001:db8::1]:4000", false),
           Case("::ffff:127.0.0.1", "127.0.0.1", "127.0.0.1:4000", true),
           Case("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:4000", false),
       }) {
    CAPTURE(text);
    const auto address = SocketAddress::parse(text, 4000);
    REQUIRE(address);
    CHECK(address->host() == host);
    CHECK(address->port() == 4000);
    CHECK(address->to_string() == shown);
    CHECK(address->is_loopback() == is_loopback);
  }
}

TEST_CASE("what is not a numeric address is refused") {
  for (const char* const text : {"", "localhost", "127.1", "256.0.0.1", "::g", "127.0.0.1 ", "[::1]"}) {
    CAPTURE(text);
    const auto refused = SocketAddress::parse(text, 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::bad_argument);
  }
}

TEST_CASE("accepted sockets inherit what the listener is told once") {
  const auto [near, far] = tcp_pair();
  CHECK(option_of(far, IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(option_of(far, IPPROTO_TCP, TCP_USER_TIMEOUT) == 30'000);
}

TEST_CASE("what the kernel keeps of a reader that reads nothing is bounded, when that is asked for") {
  const auto [near, far] = tcp_pair(16 * 1024);
  CHECK(option_of(far, SOL_SOCKET, SO_SNDBUF) == 2 * 16 * 1024);
  const std::string bytes(64 * 1024, 'x');
  while (::send(far.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
  }
  int kept = 0;
  REQUIRE(::ioctl(far.get(), SIOCOUTQ, &kept) == 0);
  CHECK(kept > 0);
  CHECK(kept <= 4 * 16 * 1024);
}

TEST_CASE("a listener for every address takes IPv4, and its address has the port that was chosen") {
  const auto listener = listen_on("", 0);
  REQUIRE(listener);
  CHECK(listener->address.port() != 0);
  const auto address = SocketAddress::parse("127.0.0.1", listener->address.port());
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(::connect(client.get(), address->get(), address->size()) == 0);
}

TEST_CASE("a port that is taken is an error that names it") {
  const Listener listener = local_listener();
  const auto refused = listen_on("127.0.0.1", listener.address.port());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::system);
  CHECK(refused.error().text.contains(std::to_string(listener.address.port())));
}

TEST_CASE("an errno has words") {
  CHECK(errno_text(ECONNREFUSED) == "Connection refused");
  CHECK(errno_text(12345).contains("12345"));
}

}  // namespace
}  // namespace sockchat::net
