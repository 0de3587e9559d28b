#include "checker/chaos_link.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sockchat::checker::test {
namespace {

// The other end, on a port of its own.
class Host final {
 public:
  Host() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() {
    hang_up();
    ::close(listener_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void accept() {
    peer_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(peer_ >= 0);
  }
  void send(std::string_view text) const {
    REQUIRE(::send(peer_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  // What is there by now.
  ssize_t receive(std::string& to) const {
    char bytes[4096];
    const ssize_t got = ::recv(peer_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0) to.append(bytes, static_cast<std::size_t>(got));
    return got;
  }
  [[nodiscard]] int peer() const { return peer_; }
  void hang_up() {
    if (peer_ >= 0) ::close(peer_);
    peer_ = -1;
  }

 private:
  int listener_;
  int peer_ = -1;
  std::uint16_t port_ = 0;
};

// One look at the link, when something happens there.
bool turn(ChaosLink& link, Instant now, int patience = 50) {
  pollfd watched{link.descriptor(), link.awaited(now), 0};
  ::poll(&watched, 1, patience);
  return link.turn(now, watched.revents);
}

struct Pair {
  explicit Pair(std::uint64_t seed = 1, bool calm = false)
      : random(seed), link(std::make_unique<ChaosLink>(host.port(), random, calm)) {
    host.accept();
  }
  Host host;
  sim::Random random;
  std::unique_ptr<ChaosLink> link;
  Instant now{};
};

TEST_CASE("bytes come through whole, in whatever slices") {
  std::string text;
  for (int n = 0; n < 3000; ++n) text += static_cast<char>('a' + n % 26);
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Pair pair(seed);
    pair.link->send(text);
    pair.host.send(text);
    std::string got;
    for (int looks = 0;
         looks < 20'000 && (got.size() < text.size() || pair.link->received().size() < text.size());
         ++looks) {
      REQUIRE(turn(*pair.link, pair.now));
      pair.host.receive(got);
    }
    CHECK(got == text);
    CHECK(pair.link->received().view() == text);
  }
}

TEST_CASE("a direction that stalls lets nothing through until its time") {
  Pair pair;
  const Instant later = pair.now + std::chrono::seconds(5);
  pair.link->stall_input(later);
  pair.link->stall_output(later);
  CHECK(pair.link->awaited(pair.now) == 0);
  pair.host.send("in");
  pair.link->send("out");
  CHECK(turn(*pair.link, pair.now));
  std::string got;
  CHECK(pair.host.receive(got) < 0);
  CHECK(pair.link->received().empty());
  for (int looks = 0; looks < 100 && (got.size() < 3 || pair.link->received().size() < 2); ++looks) {
    CHECK(turn(*pair.link, later));
    pair.host.receive(got);
  }
  CHECK(got == "out");
  CHECK(pair.link->received().view() == "in");
}

TEST_CASE("a stall ends when the weather does") {
  Pair pair;
  pair.link->stall_input(pair.now + std::chrono::hours(1));
  pair.link->calm_down();
  pair.host.send("in");
  for (int looks = 0; looks < 100 && pair.link->received().size() < 2; ++looks)
    CHECK(turn(*pair.link, pair.now));
  CHECK(pair.link->received().view() == "in");
}

TEST_CASE("the other end sees which end it is") {
  for (const bool hard : {false, true}) {
    Pair pair;
    if (hard) pair.link->reset();
    pair.link.reset();
    std::string got;
    pollfd watched{pair.host.peer(), POLLIN, 0};
    ::poll(&watched, 1, 5000);
    const ssize_t seen = pair.host.receive(got);
    CHECK(seen == (hard ? -1 : 0));
    if (hard) CHECK(errno == ECONNRESET);
  }
}

TEST_CASE("a link that says no more still hears") {
  Pair pair;
  pair.link->send("never said");
  pair.link->end_output();
  pair.host.send("heard");
  for (int looks = 0; looks < 100 && pair.link->received().size() < 5; ++looks)
    CHECK(turn(*pair.link, pair.now));
  CHECK(pair.link->received().view() == "heard");
  std::string got;
  CHECK(pair.host.receive(got) == 0);
}

TEST_CASE("the end of the other side shows, and so does a host that is not there") {
  Pair pair;
  pair.host.hang_up();
  bool alive = true;
  for (int looks = 0; looks < 100 && alive; ++looks) alive = turn(*pair.link, pair.now);
  CHECK_FALSE(alive);

  std::uint16_t nobody = 0;
  {
    const Host gone;
    nobody = gone.port();
  }
  ChaosLink lost(nobody, pair.random, true);
  alive = true;
  for (int looks = 0; looks < 100 && alive; ++looks) alive = turn(lost, pair.now);
  CHECK_FALSE(alive);
}

}  // namespace
}  // namespace sockchat::checker::test
