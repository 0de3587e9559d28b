// Runs histories of a real server with a nemesis, and checks them.
//
//   checker run --server PROGRAM [--runs N] [--users N] [--operations N] [--seed N] [--plant NAME]
//   checker check FILE                      a history that was kept
//   checker proof --server PROGRAM [--seconds N] [NAME...]   a server that has faults planted: each must be
//   found checker plants                          their names
//
// `run` and `proof` end with `N passed, N failed`. A run that fails keeps its directory.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checker/arguments.h"
#include "checker/run.h"
#include "sockchat/base/planted.h"

namespace sockchat::checker {
namespace {

constexpr std::size_t kViolationsShown = 12;
// Small and quick, again and again: a fault shows in one of many starts sooner than in one long history.
constexpr int kProofUsers = 12;
constexpr std::size_t kProofOperations = 2500;

struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;
  void count(bool good) { ++(good ? passed : failed); }
  [[nodiscard]] int finish() const {
    fmt::print("checker: {} passed, {} failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
  }
};

double milliseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

void print(const Report& report) {
  const Figures& figures = report.figures;
  const Verdict& verdict = report.verdict;
  fmt::print("  {} operations: {} ok, {} fail, {} info; {} deliveries, {} of them again\n",
             figures.operations, figures.ok, figures.fail, figures.info, figures.deliveries,
             figures.wire_repeats);
  fmt::print(
      "  lost {}, duplicated {}, reordered {}, to a blocker {}; slowest delivery {:.0f} ms, recovery {:.0f} "
      "ms\n",
      verdict.count("K1") + verdict.count("K6"), verdict.count("K3"), verdict.count("K5"),
      verdict.count("K8"), milliseconds(figures.slowest_delivery), milliseconds(figures.slowest_recovery));
  std::size_t shown = 0;
  for (const Violation& violation : verdict.violations()) {
    if (++shown > kViolationsShown) break;
    fmt::print("  {} at {}: {}\n", violation.rule, violation.at, violation.what);
  }
  for (const auto& [rule, count] : verdict.counts()) fmt::print("  {}: {} times\n", rule, count);
}

std::string make_directory() {
  std::string path = std::filesystem::temp_directory_path() / "sockchat-checker-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return {};
  return path;
}

int check_file(const std::string& path) {
  std::ifstream file(path);
  std::size_t bad_line = 0;
  auto history = read_history(file, bad_line);
  if (!file.eof() || !history) {
    fmt::print(stderr, "checker: {} line {} is no event\n", path, bad_line);
    return 1;
  }
  const Report report = check(std::move(*history));
  print(report);
  return report.verdict.good() ? 0 : 1;
}

// A run that is not good leaves its directory behind, and says where.
Report run_once(const Arguments& arguments, const RunSetup& shape, bool keeps) {
  RunSetup setup = shape;
  setup.server = arguments.server;
  setup.directory = make_directory();
  const auto start = Clock::now();
  Report report;
  std::size_t kills = 0;
  {
    Run run(setup);
    report = run.go();
    kills = run.kills();
  }
  const bool good = report.verdict.good();
  if (keeps) {
    fmt::print("seed {}: {} users, {} kills, {:.1f} s\n", setup.seed, setup.users, kills,
               std::chrono::duration<double>(Clock::now() - start).count());
    print(report);
    if (!good) {
      fmt::print("  kept: {0}\n  check again: {1} check {0}/history\n", setup.directory, arguments.self);
    }
  }
  std::error_code ignored;
  if (good || !keeps) std::filesystem::remove_all(setup.directory, ignored);
  std::fflush(stdout);
  return report;
}

int run(const Arguments& arguments) {
  const std::uint64_t first = arguments.seed.value_or(std::random_device()());
  Tally tally;
  for (std::uint64_t seed = first; seed < first + arguments.runs; ++seed) {
    const RunSetup shape{.server = {},
                         .directory = {},
                         .plant = arguments.plant,
                         .seed = seed,
                         .users = static_cast<int>(arguments.users),
                         .operations = arguments.operations};
    tally.count(run_once(arguments, shape, true).verdict.good());
  }
  return tally.finish();
}

// The rules K1 to K11 that the report says are broken; a server that only dies proves nothing.
std::string rules_of(const Report& report) {
  std::string rules;
  for (const auto& [rule, count] : report.verdict.counts()) {
    if (rule.starts_with('K')) rules += fmt::format("{}{}", rules.empty() ? "" : " ", rule);
  }
  return rules;
}

bool prove(const Arguments& arguments, std::string_view plant) {
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::uint64_t seed = arguments.seed.value_or(1);
  std::string rules;
  for (; rules.empty() && elapsed() < static_cast<double>(arguments.seconds); ++seed) {
    const RunSetup shape{.server = {},
                         .directory = {},
                         .plant = std::string(plant),
                         .seed = seed,
                         .users = kProofUsers,
                         .operations = kProofOperations};
    rules = rules_of(run_once(arguments, shape, false));
  }
  fmt::print("{:<26} {:<18} {:>6.1f} s\n", plant, rules.empty() ? "NOT FOUND" : rules, elapsed());
  std::fflush(stdout);
  return !rules.empty();
}

int prove_all(const Arguments& arguments) {
  Tally tally;
  fmt::print("{:<26} {:<18} {:>8}\n", "planted", "found by", "after");
  // Without a plant the same program is good: what finds the others is not the build.
  const RunSetup shape{.server = {},
                       .directory = {},
                       .plant = {},
                       .seed = arguments.seed.value_or(1),
                       .users = kProofUsers,
                       .operations = kProofOperations};
  const bool control = run_once(arguments, shape, true).verdict.good();
  fmt::print("{:<26} {:<18}\n", "nothing", control ? "nothing" : "SOMETHING");
  tally.count(control);
  for (const auto& [plant, name, words] : kPlants) {
    const auto& names = arguments.names;
    if (!names.empty() && std::ranges::find(names, name) == names.end()) continue;
    tally.count(prove(arguments, name));
  }
  return tally.finish();
}

int list_plants() {
  for (const auto& [plant, name, words] : kPlants) fmt::print("{:<26} {}\n", name, words);
  return 0;
}

int run_command(std::span<char*> words) {
  const auto arguments = parse(std::vector<std::string>(words.begin(), words.end()));
  if (arguments && arguments->command == "run") return run(*arguments);
  if (arguments && arguments->command == "proof") return prove_all(*arguments);
  if (arguments && arguments->command == "plants") return list_plants();
  if (arguments && arguments->command == "check") return check_file(arguments->names[0]);
  fmt::print(stderr,
             "usage: checker run|proof --server PROGRAM [options] | checker check FILE | checker plants\n");
  return 2;
}

}  // namespace
}  // namespace sockchat::checker

int main(int argc, char** argv) {
  return sockchat::checker::run_command(std::span(argv, static_cast<std::size_t>(argc)));
}
