#include "server_core/deadlines.h"

#include <algorithm>

namespace sockchat::server_core {
namespace {
constexpr auto kLater = [](const Deadline& left, const Deadline& right) { return left.when > right.when; };
}

void Deadlines::arm(TimePoint when, ConnectionId connection, Due due) {
  heap_.push_back({when, connection, due});
  std::ranges::push_heap(heap_, kLater);
}

std::optional<Deadline> Deadlines::take_due(TimePoint now) {
  if (heap_.empty() || heap_.front().when > now) return std::nullopt;
  std::ranges::pop_heap(heap_, kLater);
  const Deadline due = heap_.back();
  heap_.pop_back();
  return due;
}

void Deadlines::sweep(const std::function<bool(ConnectionId)>& is_alive) {
  std::erase_if(heap_, [&](const Deadline& deadline) { return !is_alive(deadline.connection); });
  std::ranges::make_heap(heap_, kLater);
}

}  // namespace sockchat::server_core
