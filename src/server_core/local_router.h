// Messages and presence on their way to the sessions of this node. Every session is fed in the order of
// acceptance, live or from the store (domain/feed.h). What is handed over moves the account's durable cursor:
// when the client acknowledges, or for a client that does not, when the kernel has taken it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server_core/entrance.h"
#include "server_core/lines.h"
#include "sockchat/base/task.h"
#include "sockchat/base/time.h"
#include "sockchat/domain/feed.h"
#include "sockchat/domain/ports.h"
#include "sockchat/domain/sessions.h"

namespace sockchat::server_core {

struct Core;

class LocalRouter final {
 public:
  explicit LocalRouter(Core& core);
  // The store's newest message at the start.
  void begin_at(MessageId newest) { newest_ = newest; }

  // --- sessions
  // Asks for the user to be free: at once when nobody is online under it; otherwise the running session is
  // pinged, and loses when it stays silent for `replace_seconds`. One claim a user at a time.
  void claim(UserId user, std::move_only_function<void(bool)> done);
  // A challenged connection has shown a sign of life.
  void refuse_claim(Line& line);
  // The time for that is over.
  void grant_claim(Line& line);
  // Up to where the user has what was sent, if the client says so or as far as it has confirmed.
  [[nodiscard]] MessageId position_of(UserId user, MessageId claimed) const;
  // The newest message that was accepted.
  [[nodiscard]] MessageId newest() const { return newest_; }
  // Messages that a login is about to deliver.
  [[nodiscard]] std::size_t waiting(UserId user) const;
  // Opens the session of a line whose login was stored. What waits is delivered by begin_feed(), after the
  // answer.
  domain::Session& open(Line& line, UserId user, const domain::StoredLogin& login,
                        const std::optional<Resumption>& resumption);
  void begin_feed(Line& line);
  // Ends the session of a line, if it has one: to everybody else it is a logout. `why` goes to the stored
  // login.
  void close(Line& line, std::string_view why);

  // --- messages, which were accepted
  void deliver(const domain::Message& message);
  void broadcast(const domain::Message& message);
  // The kernel took output of this connection, which has a session or had one.
  void on_written(Line& line, std::uint64_t total);
  // The client confirmed, at most what it was given. `done` may be empty: then nobody is told.
  void acknowledge(domain::Session& session, MessageId up_to, Completion<Result<void>> done);
  // Confirmations that nobody waits for are kept back until then, or until something else goes to the store:
  // a commit for a cursor alone would stand in the way of the next message. A crash in between offers a
  // message once more.
  [[nodiscard]] TimePoint confirms_at() const { return confirms_at_; }
  void send_confirmations();
  // Reads on from the store, when there is something to read and room for it.
  void catch_up(domain::Session& session);

 private:
  struct Confirmation {  // on its way to the store
    MessageId wanted;
    bool under_way = false;
    bool kept_back = false;
  };
  void count_behind(const domain::Feed& feed);
  void push(Line& line, domain::Session& session, const domain::Message& message);
  void on_page(SessionId session, Result<domain::FetchedPage> page);
  void work_off(Line& line, domain::Session& session, const domain::FetchedPage& page);
  void after_page(Line& line, domain::Session& session);
  void confirm(UserId user, MessageId up_to);
  void keep_back(UserId user, Confirmation& confirmation);
  void send_confirmation(UserId user);
  void confirmed(UserId user, MessageId up_to);
  void announce(UserId user, bool online);

  Core& core_;
  const domain::FeedLimits feed_limits_;
  MessageId newest_;  // accepted so far
  std::unordered_map<UserId, std::move_only_function<void(bool)>> claims_;
  std::unordered_map<UserId, Confirmation> confirmations_;
  std::vector<UserId> kept_back_;
  TimePoint confirms_at_ = kNever;
  std::vector<ConnectionId> targets_;
  std::string frame_;
};

}  // namespace sockchat::server_core
