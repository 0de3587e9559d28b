#include "abuse/actor.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "support/crowd_peers.h"

namespace sockchat::abuse {
namespace {

constexpr int kAttackerNice = 10;
constexpr int kLookMs = 10;

}  // namespace

Actor::Actor(Manners manners, const std::function<void()>& part) {
  std::fflush(stdout);
  process_ = ::fork();
  if (process_ < 0) give_up("fork");
  if (process_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (manners == Manners::attacker) ::setpriority(PRIO_PROCESS, 0, kAttackerNice);
  part();
  std::fflush(stdout);
  ::_exit(0);
}

Actor::~Actor() {
  if (ended()) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void Actor::freeze() const { ::kill(process_, SIGSTOP); }
void Actor::thaw() const { ::kill(process_, SIGCONT); }

std::optional<int> Actor::ended() {
  int status = 0;
  if (!status_ && ::waitpid(process_, &status, WNOHANG) == process_) {
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_;
}

std::uint64_t nanoseconds(Clock::time_point moment) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count());
}

bool wait_until(milliseconds patience, const std::function<bool()>& is_so) {
  const auto deadline = Clock::now() + patience;
  while (!is_so()) {
    if (Clock::now() >= deadline) return false;
    ::poll(nullptr, 0, kLookMs);
  }
  return true;
}

void pass(milliseconds length, const std::function<void()>& look) {
  const auto end = Clock::now() + length;
  wait_until(length, [&] {
    look();
    return Clock::now() >= end;
  });
}

}  // namespace sockchat::abuse
