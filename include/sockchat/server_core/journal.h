// What the operator may want to read: structured notices, which the program formats. Never a text, a password
// or a token; an unknown name only as its digest, because people type passwords into the name prompt.
#pragma once

#include <cstdint>
#include <string_view>

#include "sockchat/base/close_reason.h"
#include "sockchat/base/errc.h"
#include "sockchat/base/ids.h"

namespace sockchat::server_core {

enum class Notice : std::uint8_t {
  started,           // number: accounts
  connected,         // detail: address
  disconnected,      // reason
  logged_in,         // user, detail: address
  logged_out,        // user, detail: why
  login_refused,     // code; user when the name is known
  locked_out,        // user when the name is known
  registered,        // user
  password_changed,  // user
  account_added,     // user: from outside
  account_removed,   // user: from outside
  replaced,          // user: a second login took over from a silent peer
  delayed,           // user; detail: which rate
  store_failed,      // code, detail: what was asked
  limited,           // limit, detail: address
};

struct JournalEntry {
  Notice notice = Notice::started;
  ConnectionId connection{};
  std::string_view user{};
  std::string_view detail{};
  std::string_view limit{};  // its name
  Errc code = Errc::internal;
  CloseReason reason = CloseReason::peer_closed;
  std::uint64_t number = 0;
};

class Journal {
 public:
  virtual ~Journal() = default;
  virtual void note(const JournalEntry& entry) = 0;
};

// As spelled above; static storage.
[[nodiscard]] std::string_view name_of(Notice notice);

}  // namespace sockchat::server_core
