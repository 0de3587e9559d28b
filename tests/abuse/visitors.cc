#include "abuse/visitors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "abuse/entrance_queue.h"
#include "support/crowd_peers.h"

namespace sockchat::abuse {
namespace {

constexpr milliseconds kBeforeNextTry{100};
constexpr milliseconds kAnswerPatience{10'000};

// One try: connects, logs in, and goes again. False: turned away.
bool try_to_enter(std::uint16_t port, std::size_t visitor, const std::function<void()>& on_inside) {
  Crowd crowd(port);
  const std::size_t peer =
      crowd.connect(visitor_name(visitor), {.host = kVisitorHosts + static_cast<unsigned>(visitor)});
  crowd.send(peer, R"({"command":"hello"})");
  crowd.send(peer, fmt::format(R"({{"command":"login","data":["{}","{}"]}})", crowd.name(peer), kPassword));
  bool is_inside = false;
  bool is_over = false;
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"status":"error")")) is_over = true;
    if (!frame.starts_with(R"({"status":"ok","command":"login")")) return;
    on_inside();
    is_inside = true;
    crowd.send(peer, R"({"command":"logout"})");
  };
  crowd.run_for(kAnswerPatience, on_frame, [&] { return is_over || crowd.open() == 0; });
  return is_inside;
}

void visit(std::uint16_t port, milliseconds every, GuestBook& book) {
  auto next = Clock::now();
  while (book.count < book.visits.size()) {
    wait_until(every, [&] { return Clock::now() >= next; });
    next = Clock::now() + every;
    Visit& one = book.visits[book.count];
    one.began = nanoseconds(Clock::now());
    const std::size_t visitor = book.count++ % kVisitors;
    while (!try_to_enter(port, visitor, [&] { one.inside = nanoseconds(Clock::now()); })) {
      ++book.turned_away;
      pass(kBeforeNextTry, [] {});
    }
  }
}

}  // namespace

std::string visitor_name(std::size_t visitor) { return fmt::format("v{}", visitor); }

Visitors::Visitors(std::uint16_t port, milliseconds every)
    : actor_(Manners::honest, [this, port, every] { visit(port, every, *book_); }) {
  if (!wait_until(seconds(60), [this] { return book_->visits[0].inside > 0; })) give_up("no visitor gets in");
}

Waiting Visitors::waiting_between(Clock::time_point from, Clock::time_point to) const {
  const std::uint64_t now = nanoseconds(Clock::now());
  std::vector<double> times;
  for (std::size_t number = 0; number < book_->count; ++number) {
    const Visit& one = book_->visits[number];
    if (one.began < nanoseconds(from) || one.began >= nanoseconds(to)) continue;
    times.push_back(static_cast<double>((one.inside == 0 ? now : one.inside.load()) - one.began) / 1e6);
  }
  Waiting waiting{.visits = times.size()};
  if (times.empty()) return waiting;
  std::ranges::sort(times);
  waiting.median_ms = times[times.size() / 2];
  waiting.p99_ms = times[times.size() * 99 / 100];
  waiting.most_ms = times.back();
  return waiting;
}

}  // namespace sockchat::abuse
