#include "sockchat/domain/private_chats.h"

#include <algorithm>

namespace sockchat::domain {

PrivateChat& PrivateChats::invite(std::string session, UserId asker, UserId asked, TimePoint expires) {
  PrivateChat chat{.session = std::move(session), .asker = asker, .asked = asked, .expires = expires};
  chats_.insert_or_assign({asked, asker}, chat);
  return chats_.insert_or_assign({asker, asked}, std::move(chat)).first->second;
}

const PrivateChat* PrivateChats::between(UserId one, UserId other) const {
  const auto found = chats_.find({one, other});
  return found == chats_.end() ? nullptr : &found->second;
}

const PrivateChat* PrivateChats::invitation(UserId asker, UserId asked) const {
  const PrivateChat* const chat = between(asker, asked);
  return chat && !chat->accepted && chat->asker == asker ? chat : nullptr;
}

const PrivateChat* PrivateChats::accepted(UserId one, UserId other) const {
  const PrivateChat* const chat = between(one, other);
  return chat && chat->accepted ? chat : nullptr;
}

void PrivateChats::accept(UserId asker, UserId asked) {
  for (const auto& key : {std::pair(asker, asked), std::pair(asked, asker)}) {
    if (const auto found = chats_.find(key); found != chats_.end()) found->second.accepted = true;
  }
}

void PrivateChats::end(UserId one, UserId other) {
  chats_.erase({one, other});
  chats_.erase({other, one});
}

std::vector<PrivateChat> PrivateChats::leave(UserId user) {
  return end_all(user, [](const PrivateChat&) { return true; });
}

std::vector<PrivateChat> PrivateChats::expire(UserId asker, TimePoint now) {
  return end_all(asker, [&](const PrivateChat& chat) {
    return chat.asker == asker && !chat.accepted && chat.expires <= now;
  });
}

std::size_t PrivateChats::open(UserId user) const {
  std::size_t count = 0;
  for (auto at = chats_.lower_bound({user, UserId()}); at != chats_.end() && at->first.first == user; ++at)
    count += at->second.accepted || at->second.asker == user ? 1 : 0;
  return count;
}

template <class Which>
std::vector<PrivateChat> PrivateChats::end_all(UserId user, Which which) {
  std::vector<PrivateChat> ended;
  for (auto at = chats_.lower_bound({user, UserId()}); at != chats_.end() && at->first.first == user; ++at)
    if (which(at->second)) ended.push_back(at->second);
  for (const PrivateChat& chat : ended) end(chat.asker, chat.asked);
  return ended;
}

}  // namespace sockchat::domain
