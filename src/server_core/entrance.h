// The last steps of every login, by password or by token: the running session of the user gives way or does
// not, the login is stored with the token that it grants, the session opens. One at a time for each user, in
// the order of their coming, so that of many at once exactly one wins.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/base/task.h"
#include "sockchat/domain/absences.h"
#include "sockchat/domain/records.h"
#include "sockchat/domain/tokens.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::server_core {

struct Core;
struct Line;

// What a login by token brings along.
struct Resumption {
  domain::TokenDigest presented{};
  MessageId last;  // the newest message that the client has; none: from the confirmed position
};

struct Entry {
  ConnectionId connection;
  UserId user;
  std::string_view command;  // of the table: static storage
  wire::RequestId id;
  std::optional<Resumption> resumption;
  // Told once how it went. The frame of the ok reply has to leave in the call, and the feed to begin behind
  // it. With an error the connection may be gone.
  std::move_only_function<void(Result<std::string_view>)> answer;
};

class Entrance final {
 public:
  explicit Entrance(Core& core);

  // What the store had at the start.
  void restore(const domain::Snapshot& snapshot);

  void enter(Entry entry);

  // The owner of this token; bad_token when it is good for nothing.
  [[nodiscard]] Result<UserId> owner_of(const domain::TokenDigest& token) const;

  // --- the token of a session
  // The client has made a request since it resumed: the token that it did this with is spent.
  void spend_replaced(UserId user, LoginId family);
  // It was logged out: the family dies, durably before `done`.
  void end_family(UserId user, LoginId family, Completion<Result<void>> done);
  // The session has ended some other way, and may be resumed.
  void leave(LoginId family, MessageId begin);
  // Those of the user that a new password kills, and that they are dead.
  [[nodiscard]] std::vector<domain::TokenDigest> others(UserId user, LoginId but_family) const;
  void dropped(std::span<const domain::TokenDigest> tokens) { tokens_.drop(tokens); }
  // An operator has killed those of the user; some may have been granted before that was seen here.
  void drop_all(UserId user) {
    drop(user, others(user, {}), [](Result<void>) {});
  }

 private:
  struct Granted {  // to a login that is being stored
    Secret token;   // empty: the client did not ask for one
    domain::TokenDigest digest{};
    LoginId family;
    std::optional<domain::Absence> absence;  // that it ends
    std::vector<domain::TokenDigest> drops;
  };
  void start(UserId user);
  void store(UserId user);
  void on_stored(UserId user, Granted granted, Result<domain::StoredLogin> login);
  void open(Line& line, const Entry& entry, const Granted& granted, const domain::StoredLogin& login);
  void encode_ok(const Entry& entry, const Granted& granted, const domain::StoredLogin& login);
  [[nodiscard]] Granted grant(const Line& line, const Entry& entry);
  void note_tokens(const Entry& entry, const Granted& granted, LoginId login);
  void finish(UserId user, Result<std::string_view> outcome);
  void drop(UserId user, std::vector<domain::TokenDigest> tokens, Completion<Result<void>> done);
  void forget_undropped(UserId user, std::span<const domain::TokenDigest> tokens);
  void add_undropped(UserId user, std::vector<domain::TokenDigest>& dying) const;
  [[nodiscard]] WallTime tokens_not_before() const;

  Core& core_;
  domain::Tokens tokens_;
  domain::Absences absences_;
  // Dead, and perhaps still in the store: they go along with whatever dies next, until it has said that they
  // are gone.
  std::map<UserId, std::set<domain::TokenDigest>> undropped_;
  std::map<UserId, std::deque<Entry>> entries_;  // the front one is under way
  // Who may start: a list and not a call, or many that fail at once would stand on one another on the stack.
  std::vector<UserId> starting_;
  bool is_starting_ = false;
};

}  // namespace sockchat::server_core
