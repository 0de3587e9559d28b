// A11: one client that asks as fast as it can, and reads the answers.
#include <fmt/format.h>

#include <algorithm>
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

constexpr std::size_t kPingsAtOnce = 1000;
constexpr std::size_t kMessagesAtOnce = 256;

struct Flood {
  std::atomic<std::size_t> pongs;
  std::atomic<std::size_t> messages;
};

// Messages have a rate, which must hold; pings have none.
void ask_without_end(std::uint16_t port, Flood& flood) {
  Crowd crowd(port);
  log_in(crowd, 1, [](std::size_t) { return Entry{"a0", {}}; });
  const std::string ping = frame_of(R"({"command":"ping"})");
  const std::string message = frame_of(R"({"command":"message","data":["a1","x"]})");
  std::size_t pings_left = 0;
  std::size_t messages_left = 0;
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"status":"ok","command":"ping")")) ++flood.pongs, --pings_left;
    if (frame.starts_with(R"({"status":"ok","command":"message")")) ++flood.messages, --messages_left;
  };
  const auto on_tick = [&] {
    std::string requests;
    for (; pings_left < kPingsAtOnce; ++pings_left) requests += ping;
    for (; messages_left < kMessagesAtOnce; ++messages_left) requests += message;
    if (!requests.empty()) crowd.send_bytes(0, requests);
  };
  crowd.run_until(Clock::time_point::max(), on_frame, on_tick);
}

}  // namespace

void attack_one_flooder(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {});
  const HonestCrowd honest(arena.port());
  const Shared<Flood> flood;
  std::optional<Actor> attacker;
  const Plan plan;
  Clock::time_point began;
  const auto begin = [&] {
    began = Clock::now();
    flood->messages = 0;
    attacker.emplace(Manners::attacker, [&] { ask_without_end(arena.port(), *flood); });
  };
  double most_over_rate = 0;
  const auto end = [&] {
    const std::chrono::duration<double> took = Clock::now() - began;
    // message_burst and message_rate
    const double allowed = 200 + 50 * (took.count() + 1);
    most_over_rate = std::max(most_over_rate, static_cast<double>(flood->messages) / allowed);
    attacker.reset();
  };
  const Outcome outcome = alternate(arena, honest, plan, begin, end);

  judge_others(figures, "A11", outcome, honest, 1.5);
  figures.at_most("A11", "its messages over what its rate allows", most_over_rate, 1, "x");
  figures.told("A11", "answers to pings in three attacks", static_cast<double>(flood->pongs));
}

}  // namespace sockchat::abuse
