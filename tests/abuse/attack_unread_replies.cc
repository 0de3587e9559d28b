// A6: requests without an end whose answers nobody reads, before login and after.
#include <fmt/format.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/rows.h"
#include "abuse/shared.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kEach = 10;  // connections before login, and as many after
constexpr std::size_t kRequestsEach = 100'000;
constexpr std::size_t kAtOnce = 1000;
constexpr double kQueueKib = 1024;  // send_queue_hard
constexpr int kReceiveBuffer = 2048;
constexpr seconds kUntilCalm{5};

struct Flood {
  std::atomic<std::size_t> asked;
};

// Goes on asking while the kernel takes it, until everybody's share is asked.
void ask_without_reading(std::uint16_t port, Flood& flood) {
  Crowd crowd(port);
  log_in(crowd, kEach, [](std::size_t peer) {
    return Entry{fmt::format("a{}", peer), {.receive_buffer = kReceiveBuffer}};
  });
  crowd.stall(kEach);
  for (std::size_t peer = 0; peer < kEach; ++peer) {
    crowd.connect("stranger", {.receive_buffer = kReceiveBuffer, .reads = false});
  }
  std::string requests;
  const std::string ping = frame_of(R"({"command":"ping","id":"0123456789012345678901234567890123456789"})");
  for (std::size_t number = 0; number < kAtOnce; ++number) requests += ping;
  std::vector<std::size_t> asked(crowd.size());
  const auto on_tick = [&] {
    for (std::size_t peer = 0; peer < crowd.size(); ++peer) {
      while (crowd.is_open(peer) && asked[peer] < kRequestsEach && crowd.unsent(peer) == 0) {
        crowd.send_bytes(peer, requests);
        asked[peer] += kAtOnce;
        flood.asked += kAtOnce;
      }
    }
  };
  crowd.run_until(
      Clock::time_point::max(), [](std::size_t, std::string_view) {}, on_tick);
}

}  // namespace

void attack_unread_replies(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {});
  const HonestCrowd honest(arena.port());
  const Shared<Flood> flood;
  std::optional<Actor> attacker;
  const auto begin = [&] {
    attacker.emplace(Manners::attacker, [&] { ask_without_reading(arena.port(), *flood); });
  };
  const Outcome outcome = alternate(arena, honest, {.ramp = kUntilCalm}, begin, [&] { attacker.reset(); });

  figures.at_most("A6", "the server's core that it takes, 5 s after it began", outcome.attack_cpu * 100, 10,
                  " %");
  figures.at_most("A6", "the server grew by, for 20 connections", outcome.growth_kib, kEach * 2 * kQueueKib,
                  " KiB");
  figures.told("A6", "requests asked, in three attacks", static_cast<double>(flood->asked));
  judge_others(figures, "A6", outcome, honest, 1.2);
}

}  // namespace sockchat::abuse
