#include "sockchat/client_core/private_texts.h"

#include <algorithm>

namespace sockchat::client_core {

bool PrivateTexts::add(std::string_view cid, std::string_view text) {
  if (unconfirmed_.size() >= kUnconfirmedMax) return false;
  if (unconfirmed_bytes_ + text.size() > kUnconfirmedBytesMax) return false;
  unconfirmed_.emplace_back(std::string(cid), std::string(text));
  unconfirmed_bytes_ += text.size();
  return true;
}

void PrivateTexts::confirm(std::string_view cid) {
  const auto found = std::ranges::find(unconfirmed_, cid, &PrivateText::cid);
  if (found == unconfirmed_.end()) return;
  unconfirmed_bytes_ -= found->text.size();
  unconfirmed_.erase(found);
}

bool PrivateTexts::take(std::string_view cid) {
  if (seen_.contains(cid)) return false;
  seen_.emplace(cid);
  seen_order_.emplace_back(cid);
  if (seen_order_.size() > kSeenMax) {
    seen_.erase(seen_order_.front());
    seen_order_.pop_front();
  }
  return true;
}

}  // namespace sockchat::client_core
