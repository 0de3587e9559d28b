#include "server/service_notices.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sockchat/net/socket.h"

namespace sockchat::server {
namespace {

using std::chrono::microseconds;

// A year: far from the ends of the clock.
constexpr std::uint64_t kWatchdogMax = 365ULL * 24 * 3600 * 1'000'000;

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

ServiceNotices::ServiceNotices(net::Reactor& reactor, const ServiceEnvironment& environment)
    : reactor_(reactor) {
  if (environment.notify_socket) find_socket(environment.notify_socket);
  if (socket_) find_watchdog(environment);
}

ServiceNotices::~ServiceNotices() { reactor_.cancel(timer_); }

void ServiceNotices::find_socket(std::string_view name) {
  const bool is_name = name.size() > 1 && (name.front() == '/' || name.front() == '@');
  if (!is_name || name.size() >= sizeof address_.sun_path) {
    remark_ = "NOTIFY_SOCKET names no socket: the service manager is told nothing";
    return;
  }
  address_.sun_family = AF_UNIX;
  std::ranges::copy(name, address_.sun_path);
  // An abstract name: a zero, and then exactly its bytes.
  if (name.front() == '@') address_.sun_path[0] = '\0';
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  socket_ = net::UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) remark_ = fmt::format("no socket for NOTIFY_SOCKET: {}", net::errno_text(errno));
}

void ServiceNotices::find_watchdog(const ServiceEnvironment& environment) {
  if (!environment.watchdog_usec) return;
  // It may be meant for who started us.
  const auto pid =
      environment.watchdog_pid ? to_number(environment.watchdog_pid) : static_cast<std::uint64_t>(::getpid());
  const auto microseconds_given = to_number(environment.watchdog_usec);
  if (!pid || !microseconds_given || *microseconds_given < 2 || *microseconds_given > kWatchdogMax) {
    remark_ = "WATCHDOG_USEC or WATCHDOG_PID is no number that can be: the watchdog is told nothing";
    return;
  }
  if (*pid == static_cast<std::uint64_t>(::getpid())) interval_ = microseconds(*microseconds_given / 2);
}

void ServiceNotices::ready() {
  tell("READY=1");
  if (interval_ == Duration::zero() || is_alive_shown_) return;
  is_alive_shown_ = true;
  show_life();
}

void ServiceNotices::reloading() {
  const auto now = std::chrono::duration_cast<microseconds>(reactor_.now().mono.time_since_epoch());
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

void ServiceNotices::stopping() { tell("STOPPING=1"); }

void ServiceNotices::show_life() {
  tell("WATCHDOG=1");
  timer_ = reactor_.schedule(reactor_.now().mono + interval_, [this] { show_life(); });
}

// One that is lost (nobody listens any more, or does not keep up) is no reason to do anything else than
// before: the next one comes, and who misses them acts.
void ServiceNotices::tell(std::string_view state) const {
  if (!socket_) return;
  static_cast<void>(::sendto(socket_.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address_), address_size_));
}

}  // namespace sockchat::server
