#include "sockchat/domain/directory.h"

#include <utility>

namespace sockchat::domain {

void Directory::put(Account account) {
  by_name_.insert_or_assign(account.name.text(), account.id);
  folded_.insert(account.name.folded());
  const UserId id = account.id;
  by_id_.insert_or_assign(id, std::move(account));
}

const Account* Directory::find(std::string_view name) const {
  const Account* account = find_ever(name);
  return account && !account->removed ? account : nullptr;
}

const Account* Directory::find_ever(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : find(found->second);
}

const Account* Directory::find(UserId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

Account* Directory::edit(UserId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::string_view Directory::name_of(UserId id) const {
  const Account* account = find(id);
  return account ? std::string_view(account->name.text()) : std::string_view("?");
}

bool Directory::is_taken(const UserName& name) const { return folded_.contains(name.folded()); }

bool Directory::knows(std::string_view name) const { return by_name_.contains(name); }

}  // namespace sockchat::domain
