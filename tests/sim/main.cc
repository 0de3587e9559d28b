// Runs seeds, and says of a failing one what happened and how to run it again.
//
//   sim --seeds FIRST COUNT    that many seeds from FIRST on
//   sim --seed N               one seed
//   sim --trace N              the same, with all that happened
//   sim --quick COUNT          seeds from 1, the same seed twice, and every planted fault
#include <fmt/format.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>

#include "sim/sim_world.h"

namespace {

using namespace sockchat::sim;

// A planted fault must show within so many seeds.
constexpr std::uint64_t kPlantSeedsMax = 200;

struct Tally {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  void count(bool good) { ++(good ? passed : failed); }
};

void report(std::uint64_t seed, const Trace& trace) {
  if (const auto& violation = trace.violation()) {
    fmt::print("seed {}: rule {}: {}\n", seed, violation->rule, violation->what);
  } else {
    fmt::print("seed {}: a check failed\n", seed);
  }
  for (const std::string& line : trace.lines()) fmt::print("  {}\n", line);
  fmt::print("rerun: make sim SEED={}\n", seed);
}

// What the handler of SIGABRT may look at: a check that fails says where, and this says when.
struct Running {
  std::uint64_t seed = 0;
  const SimWorld* world = nullptr;
};
Running running;

void on_abort(int) {
  if (running.world) report(running.seed, running.world->trace());
  std::fflush(stdout);
}

// A failing one is described when it is not meant to fail.
bool run(SimWorld& world, std::uint64_t seed, Plant plant) {
  running = {seed, &world};
  world.run();
  running = {};
  const bool good = !world.trace().violation();
  if (!good && plant == Plant::none) report(seed, world.trace());
  return good;
}

void run_seeds(std::uint64_t first, std::uint64_t count, Tally& tally) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SimWorld world(seed, Plant::none);
    tally.count(run(world, seed, Plant::none));
  }
}

void run_one(std::uint64_t seed, bool whole_trace, Tally& tally) {
  SimWorld world(seed, Plant::none);
  if (whole_trace) world.keep_whole_trace();
  const bool good = run(world, seed, Plant::none);
  if (whole_trace && good) fmt::print("{}\n", fmt::join(world.trace().lines(), "\n"));
  fmt::print("seed {}: {} events, trace {:016x}\n", seed, world.trace().step(), world.trace().hash());
  tally.count(good);
}

void run_twice(std::uint64_t seed, Tally& tally) {
  SimWorld first(seed, Plant::none);
  SimWorld second(seed, Plant::none);
  run(first, seed, Plant::none);
  run(second, seed, Plant::none);
  const bool good = first.trace().hash() == second.trace().hash();
  fmt::print("seed {} twice: trace {:016x}, {}\n", seed, first.trace().hash(),
             good ? "the same" : "NOT the same");
  tally.count(good);
}

void run_plants(Tally& tally) {
  for (const auto& [plant, words] : kPlants) {
    std::string found = "NOT found";
    for (std::uint64_t seed = 1; seed <= kPlantSeedsMax; ++seed) {
      SimWorld world(seed, plant);
      if (run(world, seed, plant)) continue;
      found = fmt::format("found by {} with seed {}", world.trace().violation()->rule, seed);
      break;
    }
    fmt::print("planted: {}: {}\n", words, found);
    tally.count(!found.starts_with("NOT"));
  }
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != text.npos)
    return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return number;
}

int usage() {
  fmt::print(stderr, "usage: sim --seeds FIRST COUNT | --seed N | --trace N | --quick COUNT\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  if (arguments.size() < 2) return usage();
  const std::string_view mode = arguments[0];
  const auto first = number_of(arguments[1]);
  const auto count = arguments.size() == 3 ? number_of(arguments[2]) : std::nullopt;
  if (!first || (mode == "--seeds") != count.has_value()) return usage();

  std::signal(SIGABRT, on_abort);
  Tally tally;
  if (mode == "--seeds") {
    run_seeds(*first, *count, tally);
  } else if (mode == "--seed" || mode == "--trace") {
    run_one(*first, mode == "--trace", tally);
  } else if (mode == "--quick") {
    run_seeds(1, *first, tally);
    run_twice(1, tally);
    run_plants(tally);
  } else {
    return usage();
  }
  fmt::print("{} passed, {} failed\n", tally.passed, tally.failed);
  return tally.failed == 0 ? 0 : 1;
}
