#include "checker/chaos_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "sockchat/base/check.h"

namespace sockchat::checker {
namespace {

constexpr std::size_t kSliceMax = 64 * 1024;
// Of one direction, in a turn: a byte at a time must not be a byte a millisecond.
constexpr int kSlicesEach = 16;

std::size_t draw_slice_max(sim::Random& random) {
  constexpr auto kSizes = std::to_array<std::size_t>({kSliceMax, kSliceMax, 1400, 200, 23, 1});
  return kSizes[random.below(kSizes.size())];
}

}  // namespace

ChaosLink::ChaosLink(std::uint16_t port, sim::Random& random, bool calm)
    : random_(random),
      socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      slice_max_(calm ? kSliceMax : draw_slice_max(random)) {
  SOCKCHAT_CHECK(socket_ >= 0);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  const int done = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  broken_ = done != 0 && errno != EINPROGRESS;
}

ChaosLink::~ChaosLink() { ::close(socket_); }

short ChaosLink::awaited(Instant now) const {
  const bool reads = now >= input_from_;
  const bool writes = now >= output_from_ && !unsent_.empty();
  return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

bool ChaosLink::turn(Instant now, short happened) {
  if (broken_) return false;
  if ((happened & POLLOUT) != 0 && now >= output_from_) write();
  // A hang-up is reported at all times; whoever stalls does not look.
  const bool reads = (happened & ~POLLOUT) != 0 && now >= input_from_;
  return !reads || read();
}

void ChaosLink::write() {
  for (int slices = 0; slices < kSlicesEach && !unsent_.empty(); ++slices) {
    const std::size_t size = std::min(unsent_.size(), random_.between(1, slice_max_));
    const ssize_t sent = ::send(socket_, unsent_.data(), size, MSG_NOSIGNAL);
    // What is wrong shows in the next read.
    if (sent < 0) return;
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
}

bool ChaosLink::read() {
  for (int slices = 0; slices < kSlicesEach; ++slices) {
    const std::span<char> room = received_.prepare(slice_max_).first(random_.between(1, slice_max_));
    const ssize_t got = ::recv(socket_, room.data(), room.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    received_.commit(static_cast<std::size_t>(got));
  }
  return true;
}

void ChaosLink::calm_down() {
  slice_max_ = kSliceMax;
  input_from_ = output_from_ = {};
}

void ChaosLink::reset() {
  const linger hard{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

void ChaosLink::end_output() {
  unsent_.clear();
  ::shutdown(socket_, SHUT_WR);
}

}  // namespace sockchat::checker
