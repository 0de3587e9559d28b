// What the clients did and saw, and the rules of docs/PROTOCOL.md, section "Delivery", that it must keep. The
// rules are named K1 to K9:
//   K1 no loss: what was answered ok is shown to its recipient
//   K2 no invention: what is delivered was sent, and was not refused
//   K3 no duplicate: nothing that was confirmed comes again
//   K4 integrity: sender, recipient and text are those that were sent
//   K5 order: the mid rises for every reader, and with the order of the answers
//   K6 resume: behind the last mid that a client names comes everything for it, and nothing else
//   K7 idempotence: one mid for every answer to one cid, and one content
//   K8 block: nothing sent after the answer to `block` arrives
//   K9 lock-out: no more password checks than the limit
// "token" is the rule of the resume tokens, "private" that of private chats (private_ledger.h); "reply",
// "close", "idle", "list" and "rest" are the rules of the conversation around it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/block_ledger.h"
#include "sim/private_ledger.h"
#include "sim/request.h"
#include "sim/token_ledger.h"
#include "sim/trace.h"
#include "sockchat/base/close_reason.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::sim {

class History final {
 public:
  // One request to send a content, as the sender knows it.
  enum class Sending : std::uint8_t { open, ok, unknown, refused };
  struct Content {
    int from = kNobody;
    int to = kNobody;  // nobody: a broadcast
    std::string text;  // unlike every other
    std::string cid;
    std::vector<Sending> sendings;
    std::uint64_t mid = 0;
    std::uint64_t floor = 0;       // the newest mid known when it was first sent: its own is greater
    std::uint64_t first_sent = 0;  // step
    std::uint64_t ok_at = 0;       // step of the first ok, 0: none
    std::uint32_t sent_to = 0;     // bits of users
    std::uint32_t shown_to = 0;
    std::uint32_t refused_by = 0;  // of a broadcast, certainly
    bool is_barred = false;        // each sending was behind the answer to a block
  };

  History(Trace& trace, const server_core::Config& config);

  std::size_t draft(int from, int to, std::string text, std::string cid);
  [[nodiscard]] const std::vector<Content>& contents() const { return contents_; }

  // --- in the order of the run
  void opened(ConnectionId id, bool acknowledges);
  void offered(ConnectionId id, const Request& request, TimePoint now);
  // A frame of the server; `end` is its end in the connection's stream.
  void sent(ConnectionId id, const wire::ServerFrame& frame, std::uint64_t end, TimePoint now);
  // The peer has so many bytes of the stream; `told`: and the core knows.
  void taken(ConnectionId id, std::uint64_t up_to, bool told);
  void logged_in(ConnectionId id, std::string_view name, TimePoint now);
  void logged_out(ConnectionId id, std::string_view why, TimePoint now);
  void closing(ConnectionId id, CloseReason reason);
  void closed(ConnectionId id);
  void stopping() { stopping_ = true; }
  void stopped(bool killed, TimePoint now);
  void confirm_failed(int user);
  void checked_password(const std::string& name, WallTime started);
  void password_was_right(const std::string& name) { failures_[name] = {.starts = {}, .is_exact = true}; }
  // Every deadline up to `now` was served.
  void ticked(TimePoint now);
  // Everybody is online, has read everything and said so.
  void drained();

  // --- what the clients may do
  [[nodiscard]] bool is_online(int user) const { return (online_ & bit(user)) != 0; }
  [[nodiscard]] bool is_ready(ConnectionId id) const;  // logged in, and knows it
  [[nodiscard]] int user_of(ConnectionId id) const { return connections_.at(id).user; }
  // The newest mid that the peer has taken in this session, and any of them.
  [[nodiscard]] const std::vector<std::uint64_t>& taken_mids(ConnectionId id) const;
  [[nodiscard]] std::size_t unanswered(ConnectionId id) const;
  // What a client that keeps it would name to a resume.
  [[nodiscard]] std::uint64_t newest_shown(int user) const {
    return newest_shown_[static_cast<std::size_t>(user)];
  }
  [[nodiscard]] std::uint64_t newest() const { return newest_; }

 private:
  struct Pending {
    Request request;
    std::size_t sending = 0;
    std::uint64_t step = 0;
    TimePoint asked{};
    BlockLedger::Change change;
    TokenLedger::State token = TokenLedger::State::unknown;
    bool was_known = false;       // message: accepted before
    std::uint32_t must_list = 0;  // whoelse
    std::uint32_t may_list = 0;
  };
  struct Given {
    std::uint64_t end;
    std::size_t content;
  };
  struct Connection {
    bool acknowledges = false;
    int user = kNobody;  // who logged in here, also afterwards
    bool is_online = false;
    bool is_over = false;     // was logged out
    bool is_dropped = false;  // without waiting for answers
    bool login_answered = false;
    std::uint64_t online_since = 0;  // step
    std::uint64_t given_since = 0;   // step: of this session, or of the one that it has taken up again
    std::optional<std::size_t> family;
    bool has_replaced = false;       // the token that it was resumed with
    std::uint64_t resumed_from = 0;  // mid; 0: no such claim
    std::uint64_t known_at_login = 0;
    std::uint64_t firm_at_login = 0;
    TimePoint last_active{};
    std::uint64_t last_mid = 0;      // delivered
    std::uint64_t last_own_mid = 0;  // answered, of what was sent here for the first time
    std::set<std::uint64_t> owed;    // broadcasts
    std::deque<Pending> pending;     // in order
    std::deque<Pending> slow;
    std::deque<Given> given;  // not taken yet
    std::vector<Given> unshown;
    std::vector<std::uint64_t> taken;
    std::optional<CloseReason> closing;
    bool half_closed = false;
    bool closed = false;
  };
  static std::uint32_t bit(int user) { return user == kNobody ? 0 : std::uint32_t{1} << user; }

  void offer_content(Pending& pending, const Connection& connection);
  void offer_list(Pending& pending, int asker);
  void answered(Connection& connection, const Pending& pending, const wire::ServerFrame& frame,
                TimePoint now);
  void answered_content(Connection& connection, const Pending& pending, const wire::ServerFrame& frame);
  void accepted(Connection& connection, const Pending& pending, const wire::ServerFrame& frame);
  void not_accepted(const Pending& pending, std::string_view code);
  void answered_login(Connection& connection, const Pending& pending, const wire::ServerFrame& frame);
  void answered_resume(Connection& connection, const Pending& pending, const wire::ServerFrame& frame,
                       TimePoint now);
  void resumed(Connection& connection, const Pending& pending, const wire::ServerFrame& frame, TimePoint now);
  void check_gap(const TokenFamily& family, const Pending& pending, bool was_resumed, TimePoint now);
  void answered_change(const Connection& connection, const Pending& pending, const wire::ServerFrame& frame);
  void answered_list(const Pending& pending, const wire::ServerFrame& frame);
  void offer_private(const Request& request, int user);
  void answered_private(const Connection& connection, const Pending& pending, const wire::ServerFrame& frame);
  void told_privately(const Connection& connection, const wire::ServerFrame& frame);
  void judge_private(const Connection& connection, std::string_view wrong);
  void owe(const Content& content);
  void delivered(ConnectionId id, Connection& connection, const wire::ServerFrame& frame, std::uint64_t end);
  void check_receiver(const Connection& connection, const Content& content);
  void learn(Content& content, std::uint64_t mid);
  void show(const Connection& connection, std::size_t content);
  [[nodiscard]] static bool may_be_stored(const Content& content);

  Trace& trace_;
  const Duration idle_timeout_;
  const Duration block_duration_;
  const Duration dead_after_;
  const std::size_t login_failures_;
  std::vector<Content> contents_;
  std::map<std::string, std::size_t, std::less<>> by_text_;
  std::map<std::uint64_t, std::size_t> by_mid_;
  std::map<std::pair<int, std::string>, std::size_t> by_cid_;  // the content that has it
  std::map<ConnectionId, Connection> connections_;
  BlockLedger blocks_;
  TokenLedger tokens_;
  PrivateLedger privates_;
  // Wrong passwords since the last right one. Not exact after a restart: an attempt that was counted and
  // never checked makes the server stricter.
  struct Failures {
    std::vector<WallTime> starts;
    bool is_exact = false;
  };
  std::map<std::string, Failures> failures_;
  std::uint32_t online_ = 0;
  bool stopping_ = false;
  bool has_stopped_ = false;
  std::uint64_t newest_ = 0;                          // mid that anybody knows
  std::array<std::uint64_t, kUsersMax> firm_{};       // confirmed, and known to be durable
  std::array<std::uint64_t, kUsersMax> soft_{};       // confirmed, as long as this process lives
  std::array<std::uint64_t, kUsersMax> soft_most_{};  // the highest that it has been
  std::array<std::uint64_t, kUsersMax> newest_shown_{};
};

}  // namespace sockchat::sim
