// A1: ten thousand connections that say nothing, or a byte now and then.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string_view>
#include <vector>

#include "abuse/arena.h"
#include "abuse/rows.h"
#include "abuse/shared.h"
#include "abuse/visitors.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kConnections = 10'000;
constexpr unsigned kFirstHost = 42;  // not those of the honest, who have their own share
constexpr unsigned kHosts = 158;
constexpr std::size_t kOpensAtOnce = 200;
constexpr milliseconds kBetweenBytes{2000};
constexpr seconds kLoginPatience{8};
constexpr double kGrowthKib = 96.0 * 1024;

struct Loris {
  std::atomic<std::size_t> opened;
  std::atomic<std::size_t> open;
  std::atomic<double> longest;  // seconds from connect to the server's close
};

// A third says nothing, a third begins a TLS record, a third a length in clear text; then a byte at a time.
std::string_view byte_of(std::size_t peer, std::size_t number) {
  constexpr std::string_view kRecord("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11);
  constexpr std::string_view kLength("\0\0\x01\0{      ", 11);
  if (peer % 3 == 0) return {};
  return (peer % 3 == 1 ? kRecord : kLength).substr(number % kLength.size(), 1);
}

class Dripping final {
 public:
  Dripping(std::uint16_t port, Loris& loris) : crowd_(port), loris_(loris) {}

  void run() {
    crowd_.run_until(
        Clock::time_point::max(), [](std::size_t, std::string_view) {}, [this] { on_tick(); });
  }

 private:
  void on_tick() {
    for (std::size_t n = 0; n < kOpensAtOnce && crowd_.size() < kConnections; ++n) {
      const auto host = kFirstHost + static_cast<unsigned>(crowd_.size()) % kHosts;
      crowd_.connect("", {.host = host});
      opened_at_.push_back(Clock::now());
      ++loris_.opened;
    }
    if (Clock::now() >= next_look_) look();
    if (Clock::now() >= next_byte_) drip();
    loris_.open = crowd_.open();
  }

  void look() {
    next_look_ = Clock::now() + milliseconds(20);
    seen_closed_.resize(crowd_.size());
    for (std::size_t peer = 0; peer < crowd_.size(); ++peer) {
      if (crowd_.is_open(peer) || seen_closed_[peer]) continue;
      seen_closed_[peer] = true;
      const std::chrono::duration<double> life = Clock::now() - opened_at_[peer];
      loris_.longest = std::max(loris_.longest.load(), life.count());
    }
  }

  void drip() {
    next_byte_ = Clock::now() + kBetweenBytes;
    for (std::size_t peer = 0; peer < crowd_.size(); ++peer) crowd_.send_bytes(peer, byte_of(peer, drips_));
    ++drips_;
  }

  Crowd crowd_;
  Loris& loris_;
  std::vector<Clock::time_point> opened_at_;
  std::vector<bool> seen_closed_;
  std::size_t drips_ = 0;
  Clock::time_point next_look_;
  Clock::time_point next_byte_;
};

}  // namespace

void attack_slow_loris(const Stage& stage, Figures& figures) {
  // The burst lets all of the ten thousand knock in every round.
  const Arena arena(stage, {"--limit", "address_limits_loopback=1", "--limit", "address_new_burst=500",
                            "--limit", fmt::format("login_seconds={}", kLoginPatience.count())});
  const HonestCrowd honest(arena.port());
  const Visitors visitors(arena.port(), milliseconds(500));
  const Shared<Loris> loris;
  std::optional<Actor> attacker;
  const auto begin = [&] {
    attacker.emplace(Manners::attacker, [&] { Dripping(arena.port(), *loris).run(); });
  };
  const Outcome outcome =
      alternate(arena, honest, {.ramp = milliseconds(1500)}, begin, [&] { attacker.reset(); });

  // Once more, to the end of the last of them.
  loris->opened = 0;
  begin();
  wait_until(seconds(20), [&] { return loris->opened == kConnections; });
  const bool all_gone = wait_until(kLoginPatience * 2, [&] { return loris->open == 0; });

  Waiting entrance;
  for (const Window& window : outcome.attacks) {
    const Waiting one = visitors.waiting_between(window.from, window.to);
    if (one.most_ms >= entrance.most_ms) entrance = one;
  }
  judge_others(figures, "A1", outcome, honest, 2);
  figures.at_most("A1", "the server grew by", outcome.growth_kib, kGrowthKib, " KiB");
  figures.at_most("A1", "slowest honest login during the attack", entrance.most_ms, 2000, " ms");
  figures.told("A1", "tries to log in that were turned away", static_cast<double>(visitors.turned_away()));
  figures.at_most(
      "A1", fmt::format("longest life of an idle connection (login_seconds {})", kLoginPatience.count()),
      all_gone ? loris->longest.load() : kNever, static_cast<double>(kLoginPatience.count()) + 1, " s");
  figures.at_least("A1", "connections opened in the last attack", static_cast<double>(loris->opened),
                   kConnections);
}

}  // namespace sockchat::abuse
