// What the core may do to connections: a port. The program puts the connection table behind it, tests a
// recorder.
#pragma once

#include <span>
#include <string_view>

#include "sockchat/base/close_reason.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::server_core {

class Links {
 public:
  virtual ~Links() = default;

  // Whole frames, in order. For an id that is gone: nothing.
  virtual void send(ConnectionId id, std::string_view frames) = 0;
  virtual void multicast(std::span<const ConnectionId> ids, std::string_view frames) = 0;
  // Frames of this connection may be offered again, after ServerCore::on_frame had asked to wait.
  virtual void release(ConnectionId id) = 0;
  // Nothing is read any more; what was sent leaves first. Told once a connection; on_closed() follows.
  virtual void close(ConnectionId id, CloseReason reason) = 0;
};

// The moment of the current turn: constant while the core runs, so that everything in a turn happens at one
// time.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Moment now() const = 0;
};

}  // namespace sockchat::server_core
