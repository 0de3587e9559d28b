// C6: a thousand passwords a second to check, from fifty addresses, at the real cost of a hash.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "abuse/arena.h"
#include "abuse/guessers.h"
#include "abuse/rows.h"
#include "abuse/shared.h"
#include "abuse/visitors.h"

namespace sockchat::abuse {

void attack_hash_flood(const Stage& stage, Figures& figures) {
  // Few accounts: making them costs as much.
  const Arena arena(
      stage,
      {"--hash-memory", "19456", "--hash-iterations", "2", "--limit", "address_limits_loopback=1", "--limit",
       "address_login_failures_hour=0", "--limit", "address_new_burst=500"},
      10);
  // A login would wait for its account, and not longer than any login may take.
  if (!wait_until(seconds(90), [&] { return arena.log_lines("imported") > 0; })) {
    return figures.failed("C6", "the accounts have to be there");
  }
  const HonestCrowd honest(arena.port());
  const Visitors visitors(arena.port(), milliseconds(250));
  const Shared<Answers> answers;
  std::optional<Actor> attacker;
  const Guessing flood{.each = 1'000'000, .each_second = 1000, .name = [](std::size_t number) {
                         return fmt::format("nobody{}", number);
                       }};
  const auto begin = [&] {
    attacker.emplace(Manners::attacker, [&] { guess(arena.port(), flood, *answers); });
  };
  const Outcome outcome =
      alternate(arena, honest, {.ramp = milliseconds(1500)}, begin, [&] { attacker.reset(); });

  Waiting entrance;
  for (const Window& window : outcome.attacks) {
    const Waiting one = visitors.waiting_between(window.from, window.to);
    if (one.p99_ms >= entrance.p99_ms) entrance = one;
  }
  judge_others(figures, "C6", outcome, honest, 1.5);
  figures.at_most("C6", "p99 of an honest login during the attack", entrance.p99_ms, 2000, " ms");
  figures.told("C6", "honest logins that were turned away and tried again",
               static_cast<double>(visitors.turned_away()));
  figures.told("C6", "passwords asked", static_cast<double>(answers->asked));
  figures.told("C6", "passwords checked", static_cast<double>(answers->checked));
  figures.told("C6", "answers that say: busy", static_cast<double>(answers->busy));
}

}  // namespace sockchat::abuse
