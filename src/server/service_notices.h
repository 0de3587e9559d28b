// Tells the service manager how we are, where one listens: sd_notify(3), without its library. Loop thread.
#pragma once

#include <sys/un.h>

#include <string>
#include <string_view>

#include "sockchat/base/time.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::server {

// Of the environment; null where it is not there.
struct ServiceEnvironment {
  const char* notify_socket = nullptr;
  const char* watchdog_usec = nullptr;
  const char* watchdog_pid = nullptr;
};

class ServiceNotices final {
 public:
  // Never fails: without a service manager, and with one that cannot be understood, nothing is told.
  ServiceNotices(net::Reactor& reactor, const ServiceEnvironment& environment);
  ServiceNotices(const ServiceNotices&) = delete;
  ServiceNotices& operator=(const ServiceNotices&) = delete;
  ~ServiceNotices();

  // What could not be understood, in one line for the log. Empty: nothing.
  [[nodiscard]] const std::string& remark() const { return remark_; }

  // We serve, at first and after each reloading(). From now on the loop shows that it turns, twice in the
  // time that the service manager gives it.
  void ready();
  void reloading();
  void stopping();

 private:
  void find_socket(std::string_view name);
  void find_watchdog(const ServiceEnvironment& environment);
  void show_life();
  void tell(std::string_view state) const;

  net::Reactor& reactor_;
  net::UniqueFd socket_;  // none: nobody listens
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  Duration interval_{};  // of the watchdog; zero: none
  bool is_alive_shown_ = false;
  net::TimerId timer_{};
  std::string remark_;
};

}  // namespace sockchat::server
