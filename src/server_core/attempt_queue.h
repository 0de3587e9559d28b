// Passwords that wait to be checked. At most `hash_queue` of them, of one address at most
// `hash_queue_address`, and they take turns by address: whoever sends many waits for himself. When there is
// no room, an address with fewer attempts than the one with most takes the place of that one's newest, so
// that a crowd of attackers cannot shut out those who ask once.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sockchat/base/address_group.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/limits.h"
#include "sockchat/base/secret.h"
#include "sockchat/domain/records.h"
#include "sockchat/wire/request_id.h"

namespace sockchat::server_core {

enum class Purpose : std::uint8_t { login, registration, password_change };

struct Attempt {
  Purpose purpose = Purpose::login;
  ConnectionId connection;
  AddressGroup address;
  std::string_view command;  // of the table: static storage
  wire::RequestId id;
  std::string user;
  domain::NameDigest key{};  // of the user
  Secret password;
  Secret new_password;  // of a change
};

class AttemptQueue final {
 public:
  explicit AttemptQueue(const Limits& limits) : limits_(limits) {}

  // Which limit leaves this attempt no room, if one does; `hash_queue` may still make some.
  [[nodiscard]] std::optional<LimitField> obstacle(const AddressGroup& address) const;
  // Over `hash_queue`: whose place somebody from `address` may take. It is out, and to be refused.
  std::optional<Attempt> displace_for(const AddressGroup& address);
  void push(Attempt attempt);

  // The next in turn for whom `may_start`; it counts until done().
  template <class MayStart>
  std::optional<Attempt> take(MayStart may_start) {
    // Once round, and the last one's address comes last.
    auto at = waiting_.upper_bound(last_);
    for (std::size_t left = waiting_.size(); left > 0; --left, ++at) {
      if (at == waiting_.end()) at = waiting_.begin();
      std::deque<Attempt>& attempts = at->second.attempts;
      for (auto attempt = attempts.begin(); attempt != attempts.end(); ++attempt) {
        if (!may_start(*attempt)) continue;
        last_ = at->first;
        ++at->second.taken;
        std::optional<Attempt> taken(std::move(*attempt));
        attempts.erase(attempt);
        return taken;
      }
    }
    return std::nullopt;
  }
  // What was taken is checked, or not worth it.
  void done(const AddressGroup& address);

 private:
  struct Share {
    std::deque<Attempt> attempts;  // wait
    std::size_t taken = 0;
  };
  [[nodiscard]] static std::size_t size(const Share& share) { return share.attempts.size() + share.taken; }

  const Limits& limits_;
  std::map<AddressGroup, Share> waiting_;  // of whoever has anything here
  std::size_t size_ = 0;                   // of all
  AddressGroup last_;                      // had its turn
};

}  // namespace sockchat::server_core
