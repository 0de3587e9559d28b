#include "storage/retention.h"

#include <algorithm>
#include <utility>

namespace sockchat::storage {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLookRows = 200;
constexpr std::size_t kStepMessages = 100;
constexpr Duration kStepPause = 50ms;
// When they are not gone by then, the writer is asked again, and then less and less often: it may have
// refused.
constexpr Duration kPatience = 5s;
constexpr Duration kPatienceMax = 10min;
// A repeat is answered for so long, whatever became of the message.
constexpr Duration kCidMemory = std::chrono::days(30);

WallTime earlier(WallTime time, Duration by) {
  return time - std::chrono::floor<std::chrono::milliseconds>(by);
}

}  // namespace

WallTime Retention::now() const {
  if (settings_.wall_clock) return settings_.wall_clock();
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Result<Duration> Retention::step(SearchIndex* index) {
  const auto main = queries_.state();
  if (!main) return tl::unexpected(main.error());
  if (under_way_.empty() && index) {
    // What an earlier process, or an earlier index of this one, left half done.
    auto dropped = index->dropped();
    if (!dropped) return tl::unexpected(dropped.error());
    under_way_ = *std::move(dropped);
    waited_ = patience_ = {};
  }
  if (!under_way_.empty()) {
    const auto gone = are_gone();
    if (!gone) return tl::unexpected(gone.error());
    if (!*gone) {
      if (waited_ >= patience_) {
        if (auto submitted = submit(); !submitted) return tl::unexpected(submitted.error());
      }
      waited_ += kStepPause;
      return kStepPause;
    }
    if (index) {
      if (auto forgotten = index->forget(under_way_, *main); !forgotten)
        return tl::unexpected(forgotten.error());
    }
    under_way_.clear();
  }
  if (!settings_.keep) return Duration::max();
  const auto goes_on = look(index ? index->position() : main->newest);
  if (!goes_on) return tl::unexpected(goes_on.error());
  if (!under_way_.empty()) {
    if (auto taken = take_out(index, *main); !taken) return tl::unexpected(taken.error());
    return kStepPause;
  }
  if (*goes_on) return kStepPause;
  looked_up_to_ = MessageId();
  confirmed_.clear();
  return settings_.interval;
}

Result<bool> Retention::are_gone() {
  for (const MessageId id : under_way_) {
    // Nearest first: they go all at once.
    const auto aged = queries_.aged_behind(MessageId(id.value() - 1), 1);
    if (!aged) return tl::unexpected(aged.error());
    if (!aged->empty() && aged->front().id == id) return false;
  }
  return true;
}

Result<bool> Retention::look(MessageId end) {
  const WallTime time = now();
  const WallTime horizon = earlier(time, *settings_.keep);
  const auto messages = queries_.aged_behind(looked_up_to_, kLookRows);
  if (!messages) return tl::unexpected(messages.error());
  bool has_old = false;
  for (const AgedMessage& message : *messages) {
    if (message.id > end) return false;
    looked_up_to_ = message.id;
    if (message.time >= horizon) continue;
    has_old = true;
    const auto waits = still_waits(message, time);
    if (!waits) return tl::unexpected(waits.error());
    if (!*waits) under_way_.push_back(message.id);
    if (under_way_.size() == kStepMessages) break;
  }
  return has_old;
}

Result<bool> Retention::still_waits(const AgedMessage& message, WallTime time) {
  if (!message.recipient || message.time < earlier(time, settings_.mailbox)) return false;
  auto known = confirmed_.find(message.recipient);
  if (known == confirmed_.end()) {
    const auto confirmed = queries_.confirmed_of(message.recipient);
    if (!confirmed) return tl::unexpected(confirmed.error());
    known = confirmed_.emplace(message.recipient, *confirmed).first;
  }
  return message.id > known->second;
}

Result<void> Retention::take_out(SearchIndex* index, const MainState& main) {
  waited_ = patience_ = {};
  if (index) {
    std::vector<domain::Message> whole;
    for (const MessageId id : under_way_) {
      auto message = queries_.message(id);
      if (!message) return tl::unexpected(message.error());
      if (*message) whole.push_back(std::move(**message));
    }
    if (auto dropped = index->drop(under_way_, whole, main); !dropped) {
      under_way_.clear();
      looked_up_to_ = MessageId();
      return dropped;
    }
  }
  return submit();
}

Result<void> Retention::submit() {
  const auto before_all = WallTime::min();
  WallTime newest = before_all;
  for (const MessageId id : under_way_) {
    const auto aged = queries_.aged_behind(MessageId(id.value() - 1), 1);
    if (!aged) return tl::unexpected(aged.error());
    if (!aged->empty() && aged->front().id == id) newest = std::max(newest, aged->front().time);
  }
  waited_ = {};
  patience_ = std::clamp(2 * patience_, kPatience, kPatienceMax);
  remove_({.messages = under_way_,
           .older_than = newest + std::chrono::milliseconds(1),
           .cids_forgotten_from = earlier(now(), kCidMemory)});
  return {};
}

}  // namespace sockchat::storage
