// Passwords: login, registration and change. Attempts at one name stand in one queue, one at a time, over all
// connections and addresses, so that the count of failures has no race: each attempt is counted as a failure
// on disk before the hash is asked, and taken back when the password was right. A server that is killed in
// between forgets no attempt, and a name never gets more than its three.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"
#include "sockchat/base/task.h"
#include "sockchat/domain/ports.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::server_core {

struct Core;
struct Line;
struct ErrorDetail;

enum class Purpose : std::uint8_t { login, registration, password_change };

struct Attempt {
  Purpose purpose = Purpose::login;
  ConnectionId connection;
  std::string_view command;  // of the table: static storage
  wire::RequestId id;
  std::string user;
  Secret password;
  Secret new_password;  // of a change
};

class LoginDesk final {
 public:
  explicit LoginDesk(Core& core) : core_(core) {}

  // False: too many wait already, answer `busy`. Otherwise the answer comes, as that of a slow command.
  [[nodiscard]] bool submit(Attempt attempt);

  // --- accounts that are announced but not hashed yet; an attempt at one waits
  void announce(std::span<const domain::UserName> names);
  // The name is there now, or will not come.
  void arrived(const std::string& name);
  void end_imports();
  // The server stops, the rest is imported at the next start: who waits for it is told `busy`.
  void stop();

 private:
  struct Queue {
    std::deque<Attempt> attempts;  // the front one is under way
    bool under_way = false;
  };
  using Key = domain::NameDigest;

  void advance(const Key& key);
  void start(const Key& key);
  void check(const Key& key, const domain::LockoutRecord& before);
  void take_back(const domain::LockoutRecord& to);
  void not_checked(const Key& key, const domain::LockoutRecord& before);
  void on_verdict(const Key& key, domain::PasswordVerdict verdict);
  void wrong(const Key& key);
  void right(const Key& key, std::string replacement_hash);
  void enter(const Key& key, UserId user);
  void change_password(const Key& key, UserId user);
  void store_password(const Key& key, UserId user, std::string hash);
  void register_user(const Key& key);
  void on_registered(const Key& key, Result<domain::Account> account);

  [[nodiscard]] Attempt& front(const Key& key);
  [[nodiscard]] Line* line_of(const Key& key);
  void refuse(const Key& key, Errc code, const ErrorDetail& detail);
  void refuse(const Key& key, Errc code);
  void answer(const Key& key, std::string_view frame);
  void finish(const Key& key);

  Core& core_;
  std::map<Key, Queue> queues_;
  std::size_t waiting_ = 0;
  std::set<std::string> announced_;
  std::set<std::string> registering_;  // folded names on their way to the store
};

}  // namespace sockchat::server_core
