#include "unit/server/limits_walk.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

using namespace sockchat;
using namespace sockchat::test;

namespace {

// What this program cannot meet: the test that does.
struct WalkedElsewhere {
  LimitField limit;
  std::string_view test;
};

constexpr std::array kElsewhere{
    WalkedElsewhere{&Limits::store_queue, "tests/unit/storage/store_limits_test.cc"},
    WalkedElsewhere{&Limits::store_queue_bytes, "tests/unit/storage/store_limits_test.cc"},
    WalkedElsewhere{&Limits::store_wait_seconds, "tests/unit/storage/store_limits_test.cc"},
    WalkedElsewhere{&Limits::disk_free_min, "tests/unit/storage/store_limits_test.cc"},
    WalkedElsewhere{&Limits::log_lines_second, "tests/unit/server/log_journal_test.cc"},
    WalkedElsewhere{&Limits::shutdown_seconds, "tests/integration/21_shutdown.sh"},
};

std::map<std::string_view, void (*)()> all_walks() {
  std::map<std::string_view, void (*)()> walks;
  for (const auto part : {walks_of_requests(), walks_of_sessions(), walks_of_connections(), walks_of_output(),
                          walks_of_private_chats()}) {
    for (const LimitWalk& walk : part) {
      const std::string_view name = spec_of(walk.limit).name;
      CAPTURE(name);
      CHECK(walks.emplace(name, walk.walk).second);
    }
  }
  return walks;
}

}  // namespace

TEST_CASE("limits walk: every row of the table is walked, here or where it says") {
  const auto walks = all_walks();
  for (const LimitSpec& spec : limit_specs()) {
    CAPTURE(spec.name);
    const bool is_elsewhere = std::ranges::count(kElsewhere, spec.field, &WalkedElsewhere::limit) == 1;
    CHECK(walks.contains(spec.name) != is_elsewhere);
  }
}

TEST_CASE(
    "limits walk: below a limit nothing happens, at it and above whoever meets it is told, and counted") {
  for (const auto& [name, walk] : all_walks()) {
    CAPTURE(name);
    walk();
  }
}
