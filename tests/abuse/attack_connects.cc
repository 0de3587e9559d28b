// A7: connections without end from one address, 1,667 a second.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string_view>
#include <vector>

#include "abuse/arena.h"
#include "abuse/pace.h"
#include "abuse/rows.h"
#include "abuse/shared.h"
#include "abuse/visitors.h"

namespace sockchat::abuse {
namespace {

constexpr unsigned kHost = 60;
constexpr std::chrono::microseconds kBetween{600};
constexpr int kRounds = 3;

struct Knocks {
  std::atomic<std::size_t> opened;
  std::atomic<std::size_t> closed;
};

void knock(std::uint16_t port, Knocks& knocks) {
  Crowd crowd(port);
  Pace pace(kBetween);
  std::size_t closed_before = 0;
  const auto on_tick = [&] {
    for (std::size_t left = pace.due(); left > 0; --left) {
      crowd.connect("", {.host = kHost});
      ++knocks.opened;
    }
    knocks.closed += crowd.size() - crowd.open() - closed_before;
    closed_before = crowd.size() - crowd.open();
  };
  crowd.run_until(
      Clock::time_point::max(), [](std::size_t, std::string_view) {}, on_tick);
}

// The median of what the windows' visitors waited at the 99th of a hundred.
double entrance_p99(const Visitors& visitors, const std::vector<Window>& windows) {
  std::vector<double> p99;
  for (const Window& window : windows) p99.push_back(visitors.waiting_between(window.from, window.to).p99_ms);
  std::ranges::sort(p99);
  return p99[p99.size() / 2];
}

}  // namespace

void attack_connects(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", "address_limits_loopback=1"});
  const HonestCrowd honest(arena.port());
  const Visitors visitors(arena.port(), milliseconds(50));
  const Shared<Knocks> knocks;
  std::optional<Actor> attacker;
  const auto begin = [&] { attacker.emplace(Manners::attacker, [&] { knock(arena.port(), *knocks); }); };
  const Outcome outcome = alternate(arena, honest, {.rounds = kRounds}, begin, [&] { attacker.reset(); });

  const double quiet = entrance_p99(visitors, outcome.quiets);
  const double attack = entrance_p99(visitors, outcome.attacks);
  figures.at_most("A7", "the server's core that it takes", outcome.attack_cpu * 100, 25, " %");
  figures.at_most("A7", "others' p99 of a login, attack over quiet", attack / quiet, 2, "x");
  figures.told("A7", "others' p99 of a login while quiet", quiet, " ms");
  // Half of what it wants to: else there was no attack.
  figures.at_least("A7", "connections opened", static_cast<double>(knocks->opened), 11'000);
  figures.told("A7", "of them seen closed by the server", static_cast<double>(knocks->closed));
  judge_others(figures, "A7", outcome, honest, 2);
}

}  // namespace sockchat::abuse
