// C1 and C2: ten thousand guesses at one account, over a kill; and its owner, who has a token.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/guessers.h"
#include "abuse/rows.h"
#include "abuse/shared.h"

namespace sockchat::abuse {
namespace {

constexpr std::string_view kHello = R"({"command":"hello","data":["ack","resume"]})";
constexpr int kReturns = 5;

std::string target(std::size_t) { return "target"; }

// The value of a member that is a number or a text, as it stands.
std::string member(std::string_view frame, std::string_view name) {
  const std::string before = fmt::format(R"("{}":)", name);
  std::size_t at = frame.find(before);
  if (at == std::string_view::npos) give_up(fmt::format("no {} in {}", name, frame));
  at += before.size();
  if (frame[at] == '"') ++at;
  return std::string(frame.substr(at, frame.find_first_of("\",}", at) - at));
}

struct Entrance {
  std::chrono::duration<double> took{};
  std::string answer;
};

// Connects and asks, and leaves without a word.
Entrance enter(std::uint16_t port, const std::string& request) {
  const auto began = Clock::now();
  Crowd crowd(port);
  crowd.connect("target", {.host = 2});
  crowd.send(0, kHello);
  crowd.send(0, request);
  Entrance entrance;
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (frame.starts_with(R"({"status":)") && !frame.contains(R"("command":"hello")"))
      entrance.answer = frame;
  };
  crowd.run_for(seconds(10), on_frame, [&] { return !entrance.answer.empty() || crowd.open() == 0; });
  entrance.took = Clock::now() - began;
  return entrance;
}

}  // namespace

void attack_guesses(const Stage& stage, Figures& figures) {
  Arena arena(stage, {});
  const Shared<Answers> before;
  const Shared<Answers> after;
  const Guessing half{.each = 10, .name = target};
  {
    const Actor guessers(Manners::attacker, [&] { guess(arena.port(), half, *before); });
    // The kill comes while the first answers do: what was checked may not have been answered.
    wait_until(seconds(10), [&] { return before->sum() > 0; });
    figures.told("C1", "answers before the kill", static_cast<double>(before->sum()));
    figures.told("C1", "restart to serving", arena.kill_and_restart().count(), " s");
  }
  Actor guessers(Manners::attacker, [&] { guess(arena.port(), half, *after); });
  wait_until(seconds(30), [&] { return guessers.ended().has_value(); });
  // Each check is also a line of the log, whether its answer arrived or not.
  const std::size_t checks = std::max<std::size_t>(
      before->checked + after->checked,
      arena.log_lines("login_refused") == 0 ? 0 : arena.log_lines("code=bad_credentials"));
  figures.at_least("C1", "guesses asked", static_cast<double>(before->asked + after->asked), 5'000);
  figures.told("C1", "answered: locked", static_cast<double>(before->locked + after->locked));
  figures.told("C1", "answered: busy", static_cast<double>(before->busy + after->busy));
  figures.at_most("C1", "passwords checked of one account", static_cast<double>(checks), 3);
  figures.at_least("C1", "passwords checked of one account", static_cast<double>(checks), 1);
}

void attack_owner(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {});
  const Entrance first =
      enter(arena.port(), fmt::format(R"({{"command":"login","data":["target","{}"]}})", kPassword));
  std::string token = member(first.answer, "token");
  const Shared<Answers> answers;
  const Guessing endless{.each = 1'000'000, .name = target};
  const Actor guessers(Manners::attacker, [&] { guess(arena.port(), endless, *answers); });
  if (!wait_until(seconds(10), [&] { return answers->locked > 0; })) {
    return figures.failed("C2", "the account is shut by the guesses");
  }
  double slowest = 0;
  std::string failures;
  for (int number = 0; number < kReturns; ++number) {
    const Entrance back =
        enter(arena.port(), fmt::format(R"({{"command":"resume","data":["{}","0"]}})", token));
    if (!back.answer.starts_with(R"({"status":"ok")")) return figures.failed("C2", back.answer.substr(0, 80));
    if (number == 0) failures = member(back.answer, "failed");
    token = member(back.answer, "token");
    slowest = std::max(slowest, back.took.count());
  }
  figures.at_most("C2", "the owner is back by token, slowest of five", slowest, 2, " s");
  figures.at_least("C2", "failures that the owner is told of", std::stod(failures), 3);
  figures.told("C2", "guesses answered meanwhile", static_cast<double>(answers->sum()));
}

void attack_spray(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", "address_limits_loopback=1"});
  const Shared<Answers> answers;
  // One after the other on each: what a queue refuses is no check.
  const Guessing spray{
      .connections = 4, .first_host = 70, .hosts = 1, .each = 1250, .name = [](std::size_t number) {
        return number < 2000 ? fmt::format("a{}", number) : fmt::format("nobody{}", number);
      }};
  Actor guessers(Manners::attacker, [&] { guess(arena.port(), spray, *answers); });
  wait_until(seconds(30), [&] { return guessers.ended().has_value(); });
  figures.told("C3", "names tried from one address", static_cast<double>(answers->asked));
  figures.at_most("C3", "passwords checked for that address", static_cast<double>(answers->checked), 20);
  figures.at_least("C3", "passwords checked for that address", static_cast<double>(answers->checked), 1);
  figures.at_least("C3", "answers that say: rate limited", static_cast<double>(answers->rate_limited), 1);
}

}  // namespace sockchat::abuse
