#include "client/local_time.h"

#include <fmt/format.h>
#include <time.h>

#include "sockchat/client_core/history_view.h"

namespace sockchat::client {

std::string local_time(WallTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts = {};
  // Unlike localtime(3) it need not look at TZ itself.
  ::tzset();
  if (::localtime_r(&seconds, &parts) == nullptr) return client_core::utc_time(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min);
}

}  // namespace sockchat::client
