#include "server_core/rates.h"

#include <algorithm>

namespace sockchat::server_core {
namespace {

struct Bucket {
  domain::RateLimiter* limiter = nullptr;
  domain::RateLimit limit;
  LimitField limit_met;
};

// A broadcast is as dear as it has receivers: so many of them cost as much as one request. A thousand people
// hear each other five times less often than two hundred do, and the rest of the server hears nothing of it.
constexpr double kReceiversPerToken = 200;

double cost_of(const Core& core, Cost cost) {
  if (cost != Cost::broadcast) return 1;
  return std::max(1.0, static_cast<double>(core.sessions.size()) / kReceiversPerToken);
}

Bucket bucket_of(Line& line, const Limits& limits, Cost cost) {
  switch (cost) {
    case Cost::message:
      return {&line.message_rate, {limits.message_rate, limits.message_burst}, &Limits::message_rate};
    case Cost::broadcast:
      return {&line.broadcast_rate, {limits.broadcast_rate, limits.broadcast_burst}, &Limits::broadcast_rate};
    case Cost::query:
      return {&line.query_rate, {limits.query_rate, limits.query_burst}, &Limits::query_rate};
    case Cost::none:
      break;
  }
  return {};
}

}  // namespace

void charge(Context& context) {
  const Bucket bucket = bucket_of(context.line, context.core.config.limits, context.spec.cost);
  if (!bucket.limiter || bucket.limit.per_second <= 0) return;
  const TimePoint now = context.core.now().mono;
  const Duration delay = bucket.limiter->take(bucket.limit, now, cost_of(context.core, context.spec.cost));
  if (delay <= Duration::zero()) return;
  context.core.counters.count(bucket.limit_met);
  context.core.journal.note({.notice = Notice::delayed,
                             .connection = context.line.id,
                             .user = context.core.directory.name_of(context.user()),
                             .detail = spec_of(bucket.limit_met).name});
  context.core.lines.wait(context.line, Wait::throttle);
  context.core.deadlines.arm(now + delay, context.line.id, Due::throttle);
}

}  // namespace sockchat::server_core
