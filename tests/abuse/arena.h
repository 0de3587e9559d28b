// Where a row is played: a server of its own on one core, everybody else on another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "abuse/actor.h"
#include "abuse/figures.h"
#include "abuse/honest_crowd.h"
#include "checker/server_process.h"

namespace sockchat::abuse {

struct ServerCost {
  double resident_kib = 0;
  double cpu_seconds = 0;
};

// What a row is given.
struct Stage {
  std::string server;     // the program
  std::string directory;  // for its files; somebody else removes it
};

class Arena final {
 public:
  // The accounts are h0 and on, of the honest; v0 to v49, of visitors; `target`; and a0 and on, of attackers.
  // Options come behind the usual ones. Gives up when the server does not serve.
  Arena(const Stage& stage, const std::vector<std::string>& options, std::size_t attackers = 2000);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] checker::ServerProcess& server() { return *server_; }
  // Gives up when the server is gone.
  [[nodiscard]] ServerCost cost() const;
  [[nodiscard]] std::size_t descriptors() const;
  // Kills it, starts it again on its data, and says how long it took to answer.
  std::chrono::duration<double> kill_and_restart();
  // The lines of its log that have it.
  [[nodiscard]] std::size_t log_lines(std::string_view text) const;

 private:
  void start();

  std::string directory_;
  std::optional<checker::ServerProcess> server_;
};

// Quiet, attack, quiet, attack, ...: so that what else the machine does meets both alike.
struct Plan {
  int rounds = 3;
  milliseconds warming{4000};  // before the first: the caches of the store fill with whatever is said first
  milliseconds quiet{4000};
  milliseconds attack{4000};
  milliseconds ramp{500};  // of each phase, not judged
};

struct Window {
  Clock::time_point from;
  Clock::time_point to;
};

struct Outcome {
  double quiet_p99_ms = 0;  // medians of the rounds
  double attack_p99_ms = 0;
  double ratio = 0;       // of the two, in each round; their median
  double growth_kib = 0;  // of the server, over what it had before each attack; the most
  double attack_cpu = 0;  // of one core, 1 is all of it; what the attack adds to a quiet phase; the median
  std::vector<Window> quiets;  // what was judged
  std::vector<Window> attacks;
  std::size_t missing = 0;  // honest messages that were never delivered
};

// The common figures of the honest: their delay, their connections, their messages.
void judge_others(Figures& figures, std::string_view row, const Outcome& outcome, const HonestCrowd& honest,
                  double ratio_max);

// `begin` and `end` make the attack start and stop; both return at once or soon. What happened before the
// first quiet phase is not judged.
Outcome alternate(const Arena& arena, const HonestCrowd& honest, const Plan& plan,
                  const std::function<void()>& begin, const std::function<void()>& end);

}  // namespace sockchat::abuse
