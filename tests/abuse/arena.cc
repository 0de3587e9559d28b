#include "abuse/arena.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "abuse/entrance_queue.h"
#include "abuse/visitors.h"
#include "bench/process_stat.h"

namespace sockchat::abuse {
namespace {

constexpr milliseconds kStartPatience{10'000};
// Honest messages of the last moment are still under way when their phase ends.
constexpr milliseconds kDeliveryPatience{5'000};

void write_accounts(const std::string& path, std::size_t attackers) {
  ::umask(077);
  std::ofstream file(path);
  for (std::size_t client = 0; client < kHonestClients; ++client) {
    file << honest_name(client) << ' ' << kPassword << '\n';
  }
  for (std::size_t visitor = 0; visitor < kVisitors; ++visitor) {
    file << visitor_name(visitor) << ' ' << kPassword << '\n';
  }
  file << "target " << kPassword << '\n';
  for (std::size_t client = 0; client < attackers; ++client) {
    file << 'a' << client << ' ' << kPassword << '\n';
  }
}

// The first and the last of the cores that we may use are the server's and everybody else's.
void use_core(bool servers) {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  int first = -1;
  int second = -1;
  for (int core = 0; core < CPU_SETSIZE && second < 0; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    (first < 0 ? first : second) = core;
  }
  cpu_set_t mine;
  CPU_ZERO(&mine);
  CPU_SET(static_cast<std::size_t>(servers || second < 0 ? first : second), &mine);
  ::sched_setaffinity(0, sizeof mine, &mine);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Phase {
  Window window;
  Delay delay;
  double cpu = 0;  // of one core
};

Phase measure(const Arena& arena, const HonestCrowd& honest, milliseconds length, double& resident_most) {
  const auto from = Clock::now();
  const ServerCost before = arena.cost();
  pass(length, [&] { resident_most = std::max(resident_most, arena.cost().resident_kib); });
  const auto to = Clock::now();
  const ServerCost after = arena.cost();
  Phase phase{.window = {from, to}, .delay = {}};
  wait_until(kDeliveryPatience, [&] {
    phase.delay = honest.delay_between(from, to);
    return phase.delay.missing == 0;
  });
  phase.cpu = (after.cpu_seconds - before.cpu_seconds) / std::chrono::duration<double>(to - from).count();
  return phase;
}

}  // namespace

Arena::Arena(const Stage& stage, const std::vector<std::string>& options, std::size_t attackers)
    : directory_(stage.directory + "/server") {
  // One server after the other in the same row starts from nothing.
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directory(directory_);
  const std::string accounts = directory_ + "/credentials.txt";
  write_accounts(accounts, attackers);
  std::vector<std::string> words{"--credentials", accounts};
  // What is measured is seldom the strength of a hash; who wants it whole says so.
  if (std::ranges::find(options, "--hash-memory") == options.end()) {
    words.insert(words.end(), {"--hash-memory", "8", "--hash-iterations", "1"});
  }
  words.insert(words.end(), options.begin(), options.end());
  server_.emplace(checker::ServerSetup{
      .program = stage.server, .directory = directory_, .plant = {}, .options = std::move(words)});
  start();
}

void Arena::start() {
  use_core(true);
  server_->start();
  use_core(false);
  if (!wait_until(kStartPatience, [this] { return server_->answers(); }))
    give_up("the server does not start");
}

std::chrono::duration<double> Arena::kill_and_restart() {
  server_->kill();
  const auto began = Clock::now();
  start();
  return Clock::now() - began;
}

ServerCost Arena::cost() const {
  const auto stat = bench::read_process_stat(server_->pid());
  if (!stat) give_up("the server is gone");
  return {static_cast<double>(stat->resident_bytes) / 1024, std::chrono::duration<double>(stat->cpu).count()};
}

std::size_t Arena::descriptors() const {
  std::error_code gone;
  const std::filesystem::directory_iterator list(fmt::format("/proc/{}/fd", server_->pid()), gone);
  return gone ? 0 : static_cast<std::size_t>(std::distance(list, {}));
}

std::size_t Arena::log_lines(std::string_view text) const {
  std::ifstream log(directory_ + "/server.log");
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);) count += line.contains(text) ? 1 : 0;
  return count;
}

void judge_others(Figures& figures, std::string_view row, const Outcome& outcome, const HonestCrowd& honest,
                  double ratio_max) {
  figures.at_most(row, "others' p99, attack over quiet", outcome.ratio, ratio_max, "x");
  figures.told(row, "others' p99 while quiet", outcome.quiet_p99_ms, " ms");
  figures.told(row, "others' p99 during the attack", outcome.attack_p99_ms, " ms");
  figures.at_most(row, "honest connections lost", static_cast<double>(honest.lost()), 0);
  figures.at_most(row, "honest messages not delivered", static_cast<double>(outcome.missing), 0);
}

Outcome alternate(const Arena& arena, const HonestCrowd& honest, const Plan& plan,
                  const std::function<void()>& begin, const std::function<void()>& end) {
  Outcome outcome;
  std::vector<double> quiets;
  std::vector<double> attacks;
  std::vector<double> ratios;
  std::vector<double> cpus;
  double ignored = 0;
  pass(plan.warming, [] {});
  for (int round = 0; round < plan.rounds; ++round) {
    pass(plan.ramp, [] {});
    const Phase quiet = measure(arena, honest, plan.quiet, ignored);
    const double resident_before = arena.cost().resident_kib;
    double resident_most = resident_before;
    begin();
    pass(plan.ramp, [&] { resident_most = std::max(resident_most, arena.cost().resident_kib); });
    const Phase attack = measure(arena, honest, plan.attack, resident_most);
    end();
    quiets.push_back(quiet.delay.p99_ms);
    attacks.push_back(attack.delay.p99_ms);
    ratios.push_back(attack.delay.p99_ms / quiet.delay.p99_ms);
    cpus.push_back(attack.cpu - quiet.cpu);
    outcome.growth_kib = std::max(outcome.growth_kib, resident_most - resident_before);
    outcome.quiets.push_back(quiet.window);
    outcome.attacks.push_back(attack.window);
    outcome.missing += quiet.delay.missing + attack.delay.missing;
  }
  outcome.quiet_p99_ms = median(quiets);
  outcome.attack_p99_ms = median(attacks);
  outcome.ratio = median(ratios);
  outcome.attack_cpu = median(cpus);
  return outcome;
}

}  // namespace sockchat::abuse
