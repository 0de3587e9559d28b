// The connections as the core sees them: what each has said, what it is owed, why it is not read, and how it
// ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server_core/deadlines.h"
#include "server_core/reply_line.h"
#include "sockchat/base/address_group.h"
#include "sockchat/base/close_reason.h"
#include "sockchat/base/counters.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/limits.h"
#include "sockchat/domain/rate_limiter.h"
#include "sockchat/domain/sessions.h"
#include "sockchat/server_core/links.h"

namespace sockchat::server_core {

// Why the frames of a connection are not looked at for a while; several reasons may hold at once.
enum class Wait : std::uint8_t {
  login = 1 << 0,     // a password or token is being checked
  change = 1 << 1,    // a block list is being stored: what follows must see it
  throttle = 1 << 2,  // over a rate
  backlog = 1 << 3,   // too many requests without an answer
  mailbox = 1 << 4,   // the messages that waited come first
  query = 1 << 5,     // a page is being read: one at a time, or their answers would overflow the output
};

// What a session that has ended still has in the socket: it is confirmed as it leaves.
struct Parting {
  UserId user;
  domain::Feed feed;
};

struct Line {
  ConnectionId id;
  std::string address;
  AddressGroup group;
  SessionId session;         // none before login and after logout
  bool is_stranger = false;  // counted as one, until the first login
  bool asked = false;        // any request at all: hello must be the first
  bool wants_acks = false;
  bool wants_presence = true;
  bool wants_token = false;
  bool resumed = false;  // and nothing asked since: the token that it was resumed with is still good
  bool pinged = false;
  std::uint8_t strikes = 0;           // bad requests in a row
  std::uint8_t waits = 0;             // bits of Wait
  std::uint32_t slow_pending = 0;     // slow commands under way, answered out of turn
  std::optional<CloseReason> ending;  // as soon as everything asked is answered
  bool closed = false;                // Links::close was called
  std::uint64_t queued = 0;           // output before the login; then the session's feed counts
  TimePoint last_heard;
  std::optional<TimePoint> challenge;  // a second login waits until then for a sign of life
  ReplyLine replies;
  std::unique_ptr<Parting> parting;
  std::string deferred;  // presence that comes behind the messages that waited
  domain::RateLimiter message_rate;
  domain::RateLimiter broadcast_rate;
  domain::RateLimiter query_rate;
};

class Lines final {
 public:
  Lines(const Limits& limits, Counters& counters, domain::Sessions& sessions, Links& links);

  Line& open(ConnectionId id, std::string address, TimePoint now);
  [[nodiscard]] Line* find(ConnectionId id);
  void erase(ConnectionId id);
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  // Those for which the limits of addresses hold, and which have not logged in.
  [[nodiscard]] std::size_t strangers() const { return strangers_; }
  // It has logged in.
  void know(Line& line);
  [[nodiscard]] std::unordered_map<ConnectionId, Line>& all() { return lines_; }

  // --- output
  // At once, between the answers: events.
  void send(Line& line, std::string_view frames);
  // The same where the caller has counted the bytes into the session's feed.
  void send_counted(Line& line, std::string_view frames);
  void multicast_counted(std::span<const ConnectionId> ids, std::string_view frames);
  // An answer, in its turn.
  void answer(Line& line, std::string_view frame);
  [[nodiscard]] ReplyLine::Ticket expect(Line& line);
  void settle(Line& line, ReplyLine::Ticket ticket, std::string_view frame);
  // A slow command is under way; its answer goes out of turn, by send(), before end_slow().
  void begin_slow(Line& line) { ++line.slow_pending; }
  void end_slow(Line& line);

  // --- input
  void wait(Line& line, Wait reason);
  void go_on(Line& line, Wait reason);
  [[nodiscard]] static bool is_read(const Line& line) { return line.waits == 0 && !line.ending; }

  // Nothing more is read; closed when every request was answered, with a `logout` event where the protocol
  // has one for the reason. The first reason wins.
  void end(Line& line, CloseReason reason);
  // Without waiting for answers.
  void end_now(Line& line, CloseReason reason);

 private:
  void close_if_answered(Line& line);
  void check_backlog(Line& line);

  const Limits& limits_;
  Counters& counters_;
  domain::Sessions& sessions_;
  Links& links_;
  std::unordered_map<ConnectionId, Line> lines_;
  std::size_t strangers_ = 0;
  std::string ready_;
};

}  // namespace sockchat::server_core
