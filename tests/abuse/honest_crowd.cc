#include "abuse/honest_crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "abuse/entrance_queue.h"
#include "support/crowd_peers.h"

namespace sockchat::abuse {
namespace {

constexpr std::chrono::microseconds kBetweenMessages{1000};
constexpr milliseconds kLoginPatience{100'000};
constexpr unsigned kHonestHosts = 40;  // 127.0.0.2 and on: few enough for every limit of an address

// The sample's number in `"data":["h7","n123"]`.
std::size_t number_in(std::string_view frame) {
  constexpr std::string_view kBefore = R"(","n)";
  const std::size_t at = frame.find(kBefore);
  std::size_t number = 0;
  if (at == std::string_view::npos) give_up("a message of nobody honest");
  std::from_chars(frame.data() + at + kBefore.size(), frame.data() + frame.size(), number);
  return number;
}

class Talk final {
 public:
  Talk(std::uint16_t port, Board& board) : crowd_(port), board_(board) {}

  void run() {
    log_in(crowd_, kHonestClients, [](std::size_t client) {
      return Entry{honest_name(client), way(client)};
    });
    next_ = Clock::now();
    board_.online = kHonestClients;
    crowd_.run_until(
        Clock::time_point::max(), [this](std::size_t peer, std::string_view frame) { on_frame(peer, frame); },
        [this] { on_tick(); });
  }

 private:
  static Way way(std::size_t client) { return {.host = 2 + static_cast<unsigned>(client) % kHonestHosts}; }

  void on_tick() {
    board_.lost = crowd_.size() - crowd_.open();
    for (const auto now = Clock::now(); next_ <= now; next_ += kBetweenMessages) {
      const std::size_t number = board_.count;
      if (number == board_.samples.size()) return;
      const std::size_t from = number % kHonestClients;
      board_.samples[number].sent = nanoseconds(now);
      board_.count = number + 1;
      crowd_.send(from, fmt::format(R"({{"command":"message","data":["{}","n{}"]}})", honest_name(from ^ 1U),
                                    number));
    }
  }

  void on_frame(std::size_t peer, std::string_view frame) {
    if (frame.starts_with(R"({"command":"message")")) {
      board_.samples[number_in(frame)].delivered = nanoseconds(Clock::now());
    } else if (frame.starts_with(R"({"command":"ping")")) {
      crowd_.send(peer, R"({"command":"pong"})");
    } else if (frame.starts_with(R"({"status":"error")")) {
      ++board_.refused;
    }
  }

  Crowd crowd_;
  Board& board_;
  Clock::time_point next_;
};

}  // namespace

std::string honest_name(std::size_t client) { return fmt::format("h{}", client); }

HonestCrowd::HonestCrowd(std::uint16_t port)
    : actor_(Manners::honest, [this, port] { Talk(port, *board_).run(); }) {
  if (!wait_until(kLoginPatience, [this] { return board_->online > 0 || actor_.ended(); }) ||
      actor_.ended()) {
    give_up("the honest crowd could not log in");
  }
}

Delay HonestCrowd::delay_between(Clock::time_point from, Clock::time_point to) const {
  const std::uint64_t begin = nanoseconds(from);
  const std::uint64_t end = nanoseconds(to);
  const std::uint64_t now = nanoseconds(Clock::now());
  std::vector<double> times;
  Delay delay;
  for (std::size_t number = 0; number < board_->count; ++number) {
    const Sample& sample = board_->samples[number];
    if (sample.sent < begin || sample.sent >= end) continue;
    const bool missing = sample.delivered == 0;
    if (missing) ++delay.missing;
    times.push_back(static_cast<double>((missing ? now : sample.delivered.load()) - sample.sent) / 1e6);
  }
  delay.messages = times.size();
  if (times.empty()) return delay;
  std::ranges::sort(times);
  delay.median_ms = times[times.size() / 2];
  delay.p99_ms = times[times.size() * 99 / 100];
  return delay;
}

}  // namespace sockchat::abuse
