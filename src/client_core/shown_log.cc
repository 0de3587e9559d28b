#include "sockchat/client_core/shown_log.h"

#include <algorithm>
#include <utility>

namespace sockchat::client_core {

void ShownLog::restore(ShownMark mark) {
  *this = ShownLog();
  floor_ = mark.mid;
  recorded_ = mark.mid;
  newest_ = std::move(mark);
  flushed_ = newest_;
}

void ShownLog::begin(std::uint64_t from) {
  came_ = from;
  came_flushed_ = 0;
  confirmed_ = 0;
}

bool ShownLog::take(std::uint64_t mid, std::string_view time) {
  time = time.substr(0, kTimeBytesMax);
  const bool known = mid <= floor_ || ids_.contains(mid);
  if (known && time <= newest_.time) {
    came_ = std::max(came_, mid);
    return false;
  }
  if (known) start_anew();
  ids_.insert(mid);
  if (ids_.size() > kIdsMax) {
    floor_ = *ids_.begin();
    ids_.erase(ids_.begin());
  }
  newest_.mid = std::max(newest_.mid, mid);
  if (time > newest_.time) newest_.time = time;
  came_ = std::max(came_, mid);
  return true;
}

void ShownLog::start_anew() {
  ids_.clear();
  floor_ = 0;
  newest_.mid = 0;
  flushed_.mid = 0;
  recorded_ = 0;
  recording_counts_ = false;
  begin(0);
}

void ShownLog::flushed() {
  flushed_ = newest_;
  came_flushed_ = came_;
}

std::optional<ShownMark> ShownLog::to_record() {
  if (recording_ || flushed_.mid <= recorded_) return std::nullopt;
  recording_ = flushed_;
  recording_counts_ = true;
  return recording_;
}

void ShownLog::recorded() {
  if (!recording_) return;
  if (recording_counts_) recorded_ = recording_->mid;
  recording_.reset();
}

std::optional<std::uint64_t> ShownLog::to_confirm() {
  const std::uint64_t mid = std::min(came_flushed_, recorded_);
  if (mid <= confirmed_) return std::nullopt;
  confirmed_ = mid;
  return mid;
}

}  // namespace sockchat::client_core
