#include "sockchat/wire/events.h"

#include <fmt/format.h>

#include "sockchat/wire/frame_writer.h"

namespace sockchat::wire {
namespace {

// The two events that carry a text differ in their name only.
template <class Event>
void encode_text(std::string& out, std::string_view command, const Event& event) {
  FrameWriter frame(out);
  frame.text("command", command);
  frame.begin_list("data").item(event.from).item(event.text).end_list();
  // A string on the wire: readers whose numbers are doubles keep every digit.
  const fmt::format_int mid(event.mid.value());
  frame.text("mid", {mid.data(), mid.size()});
  frame.time("time", event.time);
  if (event.stored) frame.flag("stored", true);
  frame.finish();
}

}  // namespace

void MessageEvent::encode(std::string& out) const { encode_text(out, "message", *this); }

void BroadcastEvent::encode(std::string& out) const { encode_text(out, "broadcast", *this); }

void PresenceEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "presence");
  frame.begin_list("data").item(user).item(online ? "online" : "offline").end_list();
  frame.finish();
}

void StartPrivateEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "startprivate").begin_list("data").item(from).end_list();
  frame.text("session", session).number("expires", expires).finish();
}

void IntroduceEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "introduce");
  frame.begin_list("data").item(peer).item(address).item(port).item(key).end_list();
  frame.text("session", session).text("role", dials ? "dial" : "listen").finish();
}

void DeclinedEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "declined").begin_list("data").item(peer).end_list();
  frame.text("session", session).text("reason", reason).finish();
}

void RelayEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "relay").begin_list("data").item(peer).item(base64).end_list();
  frame.text("session", session).finish();
}

void StopPrivateEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "stopprivate").begin_list("data").item(peer).end_list();
  frame.text("session", session).text("reason", reason).finish();
}

void LogoutEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "logout").begin_list("data").item(reason).end_list();
  frame.finish();
}

void PingEvent::encode(std::string& out) const {
  FrameWriter frame(out);
  frame.text("command", "ping").list("data", {});
  frame.finish();
}

}  // namespace sockchat::wire
