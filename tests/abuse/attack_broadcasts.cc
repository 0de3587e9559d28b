// A18: fifty people broadcast to a thousand as fast as they can. Quiet is the same thousand, and nobody
// broadcasts.
#include <fmt/format.h>

#include <atomic>
#include <optional>
#include <string_view>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/rows.h"
#include "abuse/shared.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kReaders = 1000;
constexpr std::size_t kBroadcasters = 50;
constexpr std::size_t kAtOnce = 4;

struct Hall {
  std::atomic<bool> readers_online;
  std::atomic<std::size_t> heard;
  std::atomic<std::size_t> said;
  std::atomic<std::size_t> accepted;
  std::atomic<std::size_t> refused;
  std::atomic<std::size_t> told_to_slow_down;
};

void listen(std::uint16_t port, Hall& hall) {
  Crowd crowd(port);
  log_in(crowd, kReaders, [](std::size_t reader) { return Entry{fmt::format("a{}", 100 + reader), {}}; });
  hall.readers_online = true;
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"command":"broadcast")")) ++hall.heard;
  };
  crowd.run_until(Clock::time_point::max(), on_frame, [] {});
}

void shout(std::uint16_t port, Hall& hall) {
  Crowd crowd(port);
  log_in(crowd, kBroadcasters, [](std::size_t speaker) { return Entry{fmt::format("a{}", speaker), {}}; });
  const auto say = [&](std::size_t peer) {
    ++hall.said;
    crowd.send(peer, R"({"command":"broadcast","data":["listen to me, and not to anybody else"]})");
  };
  for (std::size_t peer = 0; peer < kBroadcasters; ++peer) {
    for (std::size_t n = 0; n < kAtOnce; ++n) say(peer);
  }
  const auto on_frame = [&](std::size_t peer, std::string_view frame) {
    if (!frame.starts_with(R"({"status":)")) return;
    if (frame.starts_with(R"({"status":"ok")"))
      ++hall.accepted;
    else if (frame.contains("rate_limited"))
      ++hall.told_to_slow_down;
    else
      ++hall.refused;
    say(peer);
  };
  crowd.run_until(Clock::time_point::max(), on_frame, [] {});
}

}  // namespace

void attack_broadcasts(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {});
  const HonestCrowd honest(arena.port());
  const Shared<Hall> hall;
  const Actor readers(Manners::attacker, [&] { listen(arena.port(), *hall); });
  if (!wait_until(seconds(30), [&] { return hall->readers_online.load(); })) give_up("A18: no readers");
  std::optional<Actor> attacker;
  const Outcome outcome = alternate(
      arena, honest, {.ramp = milliseconds(2000)},
      [&] { attacker.emplace(Manners::attacker, [&] { shout(arena.port(), *hall); }); },
      [&] { attacker.reset(); });

  judge_others(figures, "A18", outcome, honest, 2);
  figures.told("A18", "the server's core that it takes", outcome.attack_cpu * 100, " %");
  figures.told("A18", "broadcasts accepted in three attacks", static_cast<double>(hall->accepted));
  figures.told("A18", "answers that say: slow down", static_cast<double>(hall->told_to_slow_down));
  figures.at_most("A18", "broadcasts refused for another reason", static_cast<double>(hall->refused), 0);
  // Asked and not answered when the attack was cut off: what was under way, no more.
  figures.at_most("A18", "broadcasts without an answer",
                  static_cast<double>(hall->said - hall->accepted - hall->refused - hall->told_to_slow_down),
                  3 * kBroadcasters * kAtOnce);
  figures.told("A18", "deliveries to the thousand", static_cast<double>(hall->heard));
}

}  // namespace sockchat::abuse
