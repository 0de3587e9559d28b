#include "sockchat/domain/mailbox.h"

#include "sockchat/base/check.h"

namespace sockchat::domain {

bool Mailboxes::has_room(UserId user, std::size_t bytes) const {
  if (!has_place(user)) return false;
  const auto found = boxes_.find(user);
  if (found == boxes_.end()) return bytes <= bytes_max_;
  return found->second.bytes + found->second.reserved_bytes + bytes <= bytes_max_;
}

bool Mailboxes::has_place(UserId user) const {
  const auto found = boxes_.find(user);
  const Box* box = found == boxes_.end() ? nullptr : &found->second;
  return (box ? box->waiting.size() + box->reserved_messages : 0) < messages_max_;
}

void Mailboxes::reserve(UserId user, std::size_t bytes) {
  Box& box = boxes_[user];
  ++box.reserved_messages;
  box.reserved_bytes += bytes;
}

void Mailboxes::unreserve(UserId user, std::size_t bytes) {
  Box& box = boxes_[user];
  SOCKCHAT_CHECK(box.reserved_messages > 0 && box.reserved_bytes >= bytes);
  --box.reserved_messages;
  box.reserved_bytes -= bytes;
  drop_if_empty(user);
}

void Mailboxes::add(const WaitingRecord& waiting) {
  Box& box = boxes_[waiting.user];
  SOCKCHAT_CHECK(box.waiting.empty() || box.waiting.back().message < waiting.message);
  box.waiting.push_back({waiting.message, waiting.bytes, waiting.time});
  box.bytes += waiting.bytes;
}

bool Mailboxes::confirm(UserId user, MessageId up_to) {
  const auto found = boxes_.find(user);
  if (found == boxes_.end()) return false;
  Box& box = found->second;
  bool any = false;
  for (; !box.waiting.empty() && box.waiting.front().message <= up_to; box.waiting.pop_front()) {
    box.bytes -= box.waiting.front().bytes;
    any = true;
  }
  drop_if_empty(user);
  return any;
}

void Mailboxes::expire(UserId user, WallTime not_before) {
  const auto found = boxes_.find(user);
  if (found == boxes_.end()) return;
  Box& box = found->second;
  // By the order of acceptance, so that a clock that jumped cannot open a gap in the middle.
  for (; !box.waiting.empty() && box.waiting.front().time < not_before; box.waiting.pop_front()) {
    box.bytes -= box.waiting.front().bytes;
  }
  drop_if_empty(user);
}

std::size_t Mailboxes::count(UserId user) const {
  const auto found = boxes_.find(user);
  return found == boxes_.end() ? 0 : found->second.waiting.size();
}

std::size_t Mailboxes::bytes(UserId user) const {
  const auto found = boxes_.find(user);
  return found == boxes_.end() ? 0 : found->second.bytes;
}

MessageId Mailboxes::newest(UserId user) const {
  const auto found = boxes_.find(user);
  return found == boxes_.end() || found->second.waiting.empty() ? MessageId()
                                                                : found->second.waiting.back().message;
}

void Mailboxes::drop_if_empty(UserId user) {
  const auto found = boxes_.find(user);
  if (found != boxes_.end() && found->second.waiting.empty() && found->second.reserved_messages == 0) {
    boxes_.erase(found);
  }
}

}  // namespace sockchat::domain
