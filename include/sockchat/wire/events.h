// One struct for each event that the server sends, with its one way of being written. Values made of views;
// encode() appends one frame to `out`.
#pragma once

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

struct LogoutEvent {
  std::string_view reason;  // timeout, shutdown, replaced, kicked, slow_consumer
  void encode(std::string& out) const;
};

struct PingEvent {
  void encode(std::string& out) const;
};

}  // namespace sockchat::wire
