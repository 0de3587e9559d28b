// Passwords: login, registration and change. Addresses take turns (AttemptQueue), and one name has one
// attempt under way, over all connections and addresses, so that the count of failures has no race: each
// attempt is counted as a failure on disk before the hash is asked, and taken back when the password was
// right. A server that is killed in between forgets no attempt, and a name never gets more than its three.
// The failures of an address are counted in the same way, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "server_core/attempt_queue.h"
#include "sockchat/base/errc.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/domain/address_failures.h"
#include "sockchat/domain/ports.h"

namespace sockchat::server_core {

struct Core;
struct Line;
struct ErrorDetail;

// Why an attempt is not even queued.
struct Refusal {
  Errc code = Errc::busy;
  std::uint64_t retry_after = 1;
};

class LoginDesk final {
 public:
  explicit LoginDesk(Core& core);

  // A refusal is for the caller to answer. Otherwise the answer comes, as that of a slow command.
  [[nodiscard]] std::optional<Refusal> submit(Attempt attempt);

  // --- accounts that are announced but not hashed yet; an attempt at one waits
  void announce(std::span<const domain::UserName> names);
  // The name is there now, or will not come.
  void arrived(const std::string& name);
  void end_imports();
  // The server stops, the rest is imported at the next start: who waits for it is told `busy`.
  void stop();

 private:
  struct UnderWay {
    Attempt attempt;
    bool is_checking = true;  // until the hash has said its word
  };
  using Key = domain::NameDigest;

  [[nodiscard]] std::optional<Refusal> shut(const Attempt& attempt, const Line& line);
  [[nodiscard]] bool counts_failures(const Attempt& attempt) const;
  void advance();
  void begin(Attempt attempt);
  void start(const Key& key);
  void checked(const Key& key);
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
  void refuse_waiting(const Attempt& attempt, const Refusal& refusal);
  void release(ConnectionId connection);

  Core& core_;
  AttemptQueue queue_;
  std::map<Key, UnderWay> under_way_;
  std::size_t checking_ = 0;  // of those
  const std::size_t checking_max_;
  domain::AddressFailures address_failures_;
  std::set<std::string> announced_;
  std::set<std::string> registering_;  // folded names on their way to the store
};

}  // namespace sockchat::server_core
