#include "abuse/entrance_queue.h"

#include <fmt/format.h>

#include <algorithm>

namespace sockchat::abuse {
namespace {

constexpr std::size_t kLoginsAtOnce = 32;
// Their accounts are still being made, perhaps at the full cost of a hash.
constexpr std::chrono::seconds kPatience{90};

}  // namespace

void log_in(Crowd& crowd, std::size_t count, const std::function<Entry(std::size_t)>& entry,
            const Crowd::OnFrame& on_other) {
  const std::size_t first = crowd.size();
  std::size_t asked = 0;
  std::size_t online = 0;
  const auto ask = [&] {
    const Entry next = entry(asked++);
    const std::size_t peer = crowd.connect(next.name, next.way);
    crowd.send(peer, next.hello);
    crowd.send(peer, fmt::format(R"({{"command":"login","data":["{}","{}"]}})", next.name, kPassword));
  };
  const std::size_t closed = crowd.size() - crowd.open();
  while (asked < std::min(count, kLoginsAtOnce)) ask();
  const auto on_frame = [&](std::size_t peer, std::string_view frame) {
    if (frame.starts_with(R"({"status":"ok","command":"hello")")) return;
    if (frame.starts_with(R"({"status":"ok","command":"login")")) {
      ++online;
      if (asked < count) ask();
      return;
    }
    if (peer >= first && frame.starts_with(R"({"status":"error","command":"login")")) {
      give_up(fmt::format("{}: {}", crowd.name(peer), frame));
    }
    if (on_other) on_other(peer, frame);
  };
  crowd.run_for(kPatience, on_frame, [&] { return online == count || crowd.size() - crowd.open() > closed; });
  if (online < count) give_up(fmt::format("{} of {} are online", online, count));
}

}  // namespace sockchat::abuse
