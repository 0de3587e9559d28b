#include "sockchat/domain/presence_log.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace sockchat::domain {
namespace {

using namespace std::chrono_literals;

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr TimePoint kStart(1h);

std::vector<UserId> seen(const PresenceLog& log, TimePoint since) {
  std::vector<UserId> users = log.online_since(since);
  std::ranges::sort(users);
  return users;
}

}  // namespace

TEST_CASE("who is online now was there at any moment") {
  PresenceLog log;
  log.came_online(kHans);
  CHECK(seen(log, kStart) == std::vector{kHans});
  CHECK(seen(log, kStart + 1000h) == std::vector{kHans});
}

TEST_CASE("who left is listed for as long as the question reaches back to before it") {
  PresenceLog log;
  log.came_online(kHans);
  log.went_offline(kHans, kStart + 10s);
  CHECK(seen(log, kStart + 10s - 1ms) == std::vector{kHans});
  CHECK(seen(log, kStart + 10s).empty());
  CHECK(seen(log, kStart + 10s + 1ms).empty());
}

TEST_CASE("a second visit counts, not the first") {
  PresenceLog log;
  log.came_online(kHans);
  log.went_offline(kHans, kStart + 1s);
  log.came_online(kLuke);
  log.came_online(kHans);
  CHECK(seen(log, kStart + 5s) == std::vector{kHans, kLuke});
  log.went_offline(kHans, kStart + 9s);
  CHECK(seen(log, kStart + 5s) == std::vector{kHans, kLuke});
  CHECK(seen(log, kStart + 9s) == std::vector{kLuke});
}

}  // namespace sockchat::domain
