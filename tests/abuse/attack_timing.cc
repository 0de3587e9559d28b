// C5: does the time of an answer tell a name that exists from one that does not? Names take turns, each is
// asked once, and the ranks of all times are compared.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "abuse/arena.h"
#include "abuse/rows.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kEach = 2000;
constexpr double kAucOff = 0.03;

struct Timed {
  double ms;
  bool is_known;
};

double median_of(const std::vector<Timed>& times, bool is_known) {
  std::vector<double> some;
  for (const Timed& one : times) {
    if (one.is_known == is_known) some.push_back(one.ms);
  }
  return some[some.size() / 2];
}

// The chance that a known name takes longer than an unknown one: 0.5 tells nothing. Sorts.
double auc_of(std::vector<Timed>& times) {
  std::ranges::sort(times, {}, &Timed::ms);
  double ranks = 0;
  for (std::size_t at = 0; at < times.size(); ++at)
    ranks += times[at].is_known ? static_cast<double>(at + 1) : 0;
  const auto known = static_cast<double>(std::ranges::count(times, true, &Timed::is_known));
  const double unknown = static_cast<double>(times.size()) - known;
  return (ranks - known * (known + 1) / 2) / (known * unknown);
}

}  // namespace

void attack_timing(const Stage& stage, Figures& figures) {
  // A hash of about 3 ms: the cheaper it is, the more everything beside it would show.
  const Arena arena(stage, {"--hash-memory", "4096", "--hash-iterations", "2"}, kEach);
  if (!wait_until(seconds(60), [&] { return arena.log_lines("imported") > 0; })) {
    return figures.failed("C5", "the accounts have to be there");
  }
  Crowd crowd(arena.port());
  crowd.connect("", {});
  std::vector<Timed> times;
  Clock::time_point asked;
  std::size_t wrong = 0;
  // A turn of two: which of them comes first changes, lest it tells.
  const auto is_known = [](std::size_t number) { return number % 2 == number / 2 % 2; };
  const auto ask = [&] {
    const std::size_t number = times.size();
    const std::string name = fmt::format("{}{}", is_known(number) ? 'a' : 'b', number / 2);
    asked = Clock::now();
    crowd.send(0, fmt::format(R"({{"command":"login","data":["{}","wrong-password"]}})", name));
  };
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (!frame.contains(R"("code":"bad_credentials")")) ++wrong;
    times.push_back(
        {std::chrono::duration<double, std::milli>(Clock::now() - asked).count(), is_known(times.size())});
    if (times.size() < 2 * kEach) ask();
  };
  ask();
  if (!crowd.run_for(seconds(60), on_frame, [&] { return times.size() == 2 * kEach || crowd.open() == 0; })) {
    return figures.failed("C5", "4,000 answers have to come in time");
  }
  const double auc = auc_of(times);
  figures.at_most("C5", "AUC of known against unknown names, off 0.5", std::abs(auc - 0.5), kAucOff);
  figures.at_most("C5", "difference of the medians",
                  std::abs(median_of(times, true) - median_of(times, false)), 0.5, " ms");
  figures.told("C5", "median of an answer", median_of(times, true), " ms");
  figures.at_most("C5", "answers of another kind", static_cast<double>(wrong), 0);
}

}  // namespace sockchat::abuse
