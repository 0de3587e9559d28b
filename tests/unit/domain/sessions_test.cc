#include "sockchat/domain/sessions.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <utility>

namespace sockchat::domain {
namespace {

using namespace std::chrono_literals;

constexpr UserId kHans(1);
constexpr UserId kLuke(2);
constexpr TimePoint kStart(1h);

}  // namespace

TEST_CASE("a session is found by its id and by its user while it is open") {
  Sessions sessions;
  const SessionId id = sessions.open(kHans, ConnectionId(9), kStart).id;
  REQUIRE(sessions.find(id));
  CHECK(sessions.find(id)->connection == ConnectionId(9));
  CHECK(sessions.find(id)->last_active == kStart);
  CHECK(std::as_const(sessions).find_user(kHans) == sessions.find(id));
  CHECK_FALSE(sessions.find_user(kLuke));
  CHECK(sessions.close(id));
  CHECK_FALSE(sessions.find(id));
  CHECK_FALSE(std::as_const(sessions).find_user(kHans));
  CHECK_FALSE(sessions.close(id));
}

TEST_CASE("a session's id is not used again") {
  Sessions sessions;
  const SessionId first = sessions.open(kHans, ConnectionId(1), kStart).id;
  sessions.close(first);
  CHECK(sessions.open(kHans, ConnectionId(2), kStart).id != first);
  CHECK_FALSE(sessions.find(first));
}

TEST_CASE("closing one session leaves what the others hold") {
  Sessions sessions;
  const SessionId hans = sessions.open(kHans, ConnectionId(1), kStart).id;
  Session& luke = sessions.open(kLuke, ConnectionId(2), kStart + 1s);
  luke.wants_presence = false;
  luke.feed.start_behind(MessageId(7));
  const SessionId id = luke.id;
  sessions.close(hans);
  REQUIRE(sessions.find(id));
  CHECK_FALSE(sessions.find(id)->wants_presence);
  CHECK_FALSE(sessions.find(id)->feed.is_live());
  CHECK(sessions.all().size() == 1);
}

TEST_CASE("any sequence of logins and logouts agrees with a map") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  Sessions sessions;
  std::map<UserId, SessionId> model;
  for (int step = 0; step < 20'000; ++step) {
    const UserId user(1 + random() % 40);
    if (const auto online = model.find(user); online != model.end()) {
      REQUIRE(sessions.close(online->second));
      model.erase(online);
    } else {
      const Session& session = sessions.open(user, ConnectionId(random() | 1), kStart);
      REQUIRE(model.emplace(user, session.id).second);
    }
    REQUIRE(sessions.size() == model.size());
    std::set<UserId> seen;
    for (const Session& session : sessions.all()) {
      REQUIRE(seen.insert(session.user).second);
      REQUIRE(model.at(session.user) == session.id);
      REQUIRE(sessions.find(session.id) == &session);
      REQUIRE(sessions.find_user(session.user) == &session);
    }
  }
}

}  // namespace sockchat::domain
