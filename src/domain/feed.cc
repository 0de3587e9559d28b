#include "sockchat/domain/feed.h"

#include <algorithm>

#include "sockchat/base/check.h"

namespace sockchat::domain {

Feed::Feed(MessageId position, MessageId begin, bool acknowledges, std::uint64_t queued)
    : position_(position), begin_(begin), queued_(queued), acknowledges_(acknowledges) {}

MessageId Feed::count_written(std::uint64_t total) {
  SOCKCHAT_CHECK(total <= queued_);
  written_ = total;
  if (acknowledges_) return {};
  MessageId newest;
  while (first_ < pushed_.size() && pushed_[first_].stream_end <= total) newest = pushed_[first_++].message;
  drop_confirmed();
  return newest;
}

void Feed::pushed(MessageId message, std::size_t bytes, bool awaits_confirmation) {
  SOCKCHAT_CHECK(message > position_);
  queued_ += bytes;
  position_ = message;
  if (acknowledges_ || awaits_confirmation) pushed_.push_back({message, queued_});
}

void Feed::missed(MessageId message) {
  live_ = false;
  owed_up_to_ = message;
}

void Feed::confirmed(MessageId up_to) {
  while (first_ < pushed_.size() && pushed_[first_].message <= up_to) ++first_;
  drop_confirmed();
}

void Feed::drop_confirmed() {
  if (first_ == pushed_.size()) {
    first_ = 0;
    // A burst must not keep its memory for the rest of an idle session.
    pushed_.clear();
    if (pushed_.capacity() > 64) pushed_.shrink_to_fit();
  } else if (first_ >= 1024) {
    pushed_.erase(pushed_.begin(), pushed_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Feed::start_behind(MessageId newest) {
  live_ = false;
  owed_up_to_ = std::max(owed_up_to_, newest);
}

void Feed::end_fetch(MessageId position, bool page_done, bool more) {
  fetching_ = false;
  position_ = std::max(position_, position);
  if (page_done && !more) position_ = std::max(position_, fetch_goal_);
  if (page_done && !more && owed_up_to_ <= position_) live_ = true;
}

}  // namespace sockchat::domain
