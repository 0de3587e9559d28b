// One struct for each event that the server sends, with its one way of being written. Values made of views;
// encode() appends one frame to `out`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::wire {

struct MessageEvent {
  std::string_view from;
  std::string_view text;
  MessageId mid;
  WallTime time;
  bool stored;  // it waited in the mailbox
  void encode(std::string& out) const;
};

struct BroadcastEvent {
  std::string_view from;
  std::string_view text;
  MessageId mid;
  WallTime time;
  bool stored;  // it was held back, and comes from the store
  void encode(std::string& out) const;
};

struct PresenceEvent {
  std::string_view user;
  bool online;
  void encode(std::string& out) const;
};

// --- private chats. `session` names one of them, from the invitation to its end.

// `from` asks for one.
struct StartPrivateEvent {
  std::string_view from;
  std::string_view session;
  std::uint64_t expires;  // seconds
  void encode(std::string& out) const;
};

struct IntroduceEvent {
  std::string_view peer;
  std::string_view address;  // with the port empty: through the server
  std::string_view port;
  std::string_view key;
  std::string_view session;
  bool dials;
  void encode(std::string& out) const;
};

struct DeclinedEvent {
  std::string_view peer;
  std::string_view session;
  std::string_view reason;  // declined, expired, offline
  void encode(std::string& out) const;
};

struct RelayEvent {
  std::string_view peer;
  std::string_view base64;
  std::string_view session;
  void encode(std::string& out) const;
};

struct StopPrivateEvent {
  std::string_view peer;
  std::string_view session;
  std::string_view reason;  // stopped, logout, timeout, gone
  void encode(std::string& out) const;
};

struct LogoutEvent {
  std::string_view reason;  // timeout, shutdown, replaced, kicked, slow_consumer
  void encode(std::string& out) const;
};

struct PingEvent {
  void encode(std::string& out) const;
};

}  // namespace sockchat::wire
