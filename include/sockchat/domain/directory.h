// The known accounts: name to id and back. Loop thread. Ordered maps, whose cost no choice of names can
// spoil; sessions keep ids, so the hot path does not come here by name.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sockchat/domain/records.h"

namespace sockchat::domain {

class Directory final {
 public:
  // Replaces an account with the same id. A pointer from find() is good until the next change: use it and let
  // go.
  void put(Account account);
  // The account of this name, unless there is none or it was removed.
  [[nodiscard]] const Account* find(std::string_view name) const;
  // The same, removed or not.
  [[nodiscard]] const Account* find_ever(std::string_view name) const;
  [[nodiscard]] const Account* find(UserId id) const;  // removed ones too
  [[nodiscard]] Account* edit(UserId id);
  // The name of a known id, removed or not; "?" for an id that never was.
  [[nodiscard]] std::string_view name_of(UserId id) const;
  // True for a name that must not be registered or imported: it exists, existed, or differs only in case.
  [[nodiscard]] bool is_taken(const UserName& name) const;
  // Exists or existed, exactly so spelled.
  [[nodiscard]] bool knows(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }

 private:
  std::unordered_map<UserId, Account> by_id_;
  std::map<std::string, UserId, std::less<>> by_name_;
  std::set<std::string> folded_;
};

}  // namespace sockchat::domain
