// What falls due for which connection. An entry is not moved when its reason moves: on firing, the owner
// compares with what is true then, and arms it again. Otherwise idle timers would be touched with every
// message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"

namespace sockchat::server_core {

enum class Due : std::uint8_t {
  login,       // not logged in by now: closed
  silence,     // nothing heard: pinged, then closed
  idle,        // not active: logged out
  throttle,    // over a rate: read again
  claim,       // a second login waited long enough for this one to answer
  invitation,  // one to a private chat: it may have had no answer
  refetch,     // the store was busy when the messages were to be read again
};

struct Deadline {
  TimePoint when;
  ConnectionId connection;
  Due due;
};

class Deadlines final {
 public:
  void arm(TimePoint when, ConnectionId connection, Due due);
  // The earliest one that is due at `now`, taken out.
  [[nodiscard]] std::optional<Deadline> take_due(TimePoint now);
  [[nodiscard]] TimePoint next() const { return heap_.empty() ? kNever : heap_.front().when; }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  // Entries of connections that are gone surface at their time; a storm of short connections is swept out
  // before.
  void sweep(const std::function<bool(ConnectionId)>& is_alive);

 private:
  std::vector<Deadline> heap_;
};

}  // namespace sockchat::server_core
