#include "client/local_time.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <string>

namespace sockchat::client {
namespace {

// The zone of the process, for one test.
class Zone final {
 public:
  explicit Zone(const char* name) {
    const char* before = ::getenv("TZ");
    if (before != nullptr) before_ = before;
    had_one_ = before != nullptr;
    ::setenv("TZ", name, 1);
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
  ~Zone() {
    if (had_one_) ::setenv("TZ", before_.c_str(), 1);
    if (!had_one_) ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::string before_;
  bool had_one_ = false;
};

constexpr WallTime kNoon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(12);

TEST_CASE("a time is shown in the zone of its reader") {
  {
    const Zone zone("UTC0");
    CHECK(local_time(kNoon) == "2026-11-22 12:00");
    CHECK(local_time(WallTime(std::chrono::milliseconds(-1))) == "1969-12-31 23:59");
  }
  const Zone zone("EAST-13");
  CHECK(local_time(kNoon) == "2026-11-23 01:00");
}

}  // namespace
}  // namespace sockchat::client
