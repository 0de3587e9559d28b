// E2: a hundred thousand signals while people talk.
#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "abuse/arena.h"
#include "abuse/rows.h"

namespace sockchat::abuse {
namespace {

// What the server handles, ignores, or leaves to the system to ignore.
constexpr std::array kSignals{SIGHUP, SIGPIPE, SIGCHLD, SIGWINCH, SIGURG};
constexpr int kSignalsEach = 34'000;  // three times
constexpr int kAtOnce = 100;

void send_signals(pid_t server) {
  int sent = 0;
  wait_until(seconds(60), [&] {
    for (int n = 0; n < kAtOnce && sent < kSignalsEach; ++n, ++sent) {
      ::kill(server, kSignals[static_cast<std::size_t>(sent) % kSignals.size()]);
    }
    return sent == kSignalsEach;
  });
}

}  // namespace

void attack_signals(const Stage& stage, Figures& figures) {
  Arena arena(stage, {});
  const HonestCrowd honest(arena.port());
  std::optional<Actor> attacker;
  int rounds_ended = 0;
  const auto end = [&] {
    wait_until(seconds(10), [&] { return attacker->ended().has_value(); });
    rounds_ended += attacker->ended() == 0 ? 1 : 0;
    attacker.reset();
  };
  const pid_t process = arena.server().pid();
  const Outcome outcome = alternate(
      arena, honest, {}, [&] { attacker.emplace(Manners::attacker, [&] { send_signals(process); }); }, end);

  figures.at_least("E2", "signals sent", static_cast<double>(rounds_ended) * kSignalsEach, 100'000);
  figures.at_most("E2", "ends of the server", arena.server().ended() ? 1 : 0, 0);
  judge_others(figures, "E2", outcome, honest, 2);
}

}  // namespace sockchat::abuse
