#include "sockchat/wire/events.h"

#include <doctest/doctest.h>

#include "sockchat/wire/frame.h"

namespace sockchat::wire {
namespace {

using namespace std::chrono;
constexpr WallTime kNoon = sys_days(2026y / November / 22) + 12h + milliseconds(123);

// The JSON text of the one frame that the event is.
template <class Event>
std::string json_of(const Event& event) {
  std::string out = "before";
  event.encode(out);
  REQUIRE(out.starts_with("before"));
  out.erase(0, 6);
  const FrameCut front = next_frame(out, kServerFrameMax);
  REQUIRE(front.state == FrameState::complete);
  REQUIRE(front.consumed == out.size());
  return {front.payload.data(), front.payload.size()};
}

}  // namespace

TEST_CASE("a message event says who, what, which and when") {
  CHECK(json_of(MessageEvent{"hans", "Hey Dude", MessageId(1842), kNoon, false}) ==
        R"({"command":"message","data":["hans","Hey Dude"],"mid":"1842","time":"2026-11-22T12:00:00.123Z"})");
}

TEST_CASE("events of private chats name the other one and the session") {
  CHECK(json_of(StartPrivateEvent{"hans", "s1", 60}) ==
        R"({"command":"startprivate","data":["hans"],"session":"s1","expires":60})");
  CHECK(json_of(IntroduceEvent{"luke", "192.0.2.1", "5000", "ab", "s1", true}) ==
        R"({"command":"introduce","data":["luke","192.0.2.1","5000","ab"],"session":"s1","role":"dial"})");
  CHECK(json_of(IntroduceEvent{"luke", "", "", "ab", "s1", false}) ==
        R"({"command":"introduce","data":["luke","","","ab"],"session":"s1","role":"listen"})");
  CHECK(json_of(DeclinedEvent{"luke", "s1", "expired"}) ==
        R"({"command":"declined","data":["luke"],"session":"s1","reason":"expired"})");
  CHECK(json_of(RelayEvent{"luke", "Zg==", "s1"}) ==
        R"({"command":"relay","data":["luke","Zg=="],"session":"s1"})");
  CHECK(json_of(StopPrivateEvent{"luke", "s1", "gone"}) ==
        R"({"command":"stopprivate","data":["luke"],"session":"s1","reason":"gone"})");
}

TEST_CASE("only what waited in the mailbox is called stored") {
  CHECK(
      json_of(MessageEvent{"h", "x", MessageId(1), kNoon, true}) ==
      R"({"command":"message","data":["h","x"],"mid":"1","time":"2026-11-22T12:00:00.123Z","stored":true})");
  CHECK(
      json_of(BroadcastEvent{"h", "x", MessageId(1), kNoon, true}) ==
      R"({"command":"broadcast","data":["h","x"],"mid":"1","time":"2026-11-22T12:00:00.123Z","stored":true})");
}

TEST_CASE("a broadcast event keeps every digit of a large mid, and escapes its text") {
  CHECK(json_of(BroadcastEvent{"h", "a\"b\n", MessageId(9'223'372'036'854'775'807), kNoon, false}) ==
        R"({"command":"broadcast","data":["h","a\"b\n"],"mid":"9223372036854775807",)"
        R"("time":"2026-11-22T12:00:00.123Z"})");
}

TEST_CASE("presence, logout and ping events") {
  CHECK(json_of(PresenceEvent{"yoda", true}) == R"({"command":"presence","data":["yoda","online"]})");
  CHECK(json_of(PresenceEvent{"yoda", false}) == R"({"command":"presence","data":["yoda","offline"]})");
  CHECK(json_of(LogoutEvent{"timeout"}) == R"({"command":"logout","data":["timeout"]})");
  CHECK(json_of(PingEvent{}) == R"({"command":"ping","data":[]})");
}

}  // namespace sockchat::wire
