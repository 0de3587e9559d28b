#include "checker/nemesis.h"

namespace sockchat::checker {
namespace {

constexpr std::size_t kCalmMax = 700;  // milliseconds between two strokes
constexpr std::size_t kDownMax = 300;  // before it is started again
constexpr std::size_t kStopMax = 2000;
constexpr std::size_t kStallMax = 1500;

}  // namespace

Nemesis::Nemesis(Town& town, ServerProcess& server, std::vector<std::unique_ptr<Person>>& people)
    : town_(town), server_(server), people_(people), next_(town.in(kCalmMax)) {}

void Nemesis::begin(const std::string& what) {
  town_.recording.add({.kind = Kind::nemesis_begin, .word = what});
}
void Nemesis::end(const std::string& what) { town_.recording.add({.kind = Kind::nemesis_end, .word = what}); }

void Nemesis::turn() {
  std::erase_if(town_.ghosts, [this](const Town::Ghost& ghost) { return town_.now >= ghost.until; });
  if (healed_ || town_.now < next_) return;
  next_ = town_.in(kCalmMax);
  switch (state_) {
    case Server::down:
      server_.start();
      end("kill");
      state_ = Server::up;
      return;
    case Server::stopped:
      server_.go_on();
      end("stop");
      state_ = Server::up;
      return;
    case Server::up:
      // One that does not answer yet may be killed too, now and then.
      if (server_.answers() || town_.random.chance(10)) strike();
      return;
  }
}

void Nemesis::strike() {
  const std::size_t dice = town_.random.below(100);
  if (dice < 35) return kill();
  if (dice < 45) {
    begin("stop");
    server_.stop();
    state_ = Server::stopped;
    // A long one is rare.
    next_ = town_.in(town_.random.chance(20) ? kStopMax : kStopMax / 5);
    return;
  }
  const std::size_t share = town_.random.chance(20) ? 100 : town_.random.between(5, 40);
  const std::string what = dice < 75 ? "cut" : "stall";
  begin(what);
  for (const auto& person : people_) {
    if (!town_.random.chance(share)) continue;
    if (dice < 75) {
      person->cut(static_cast<Cut>(town_.random.below(4)));
    } else {
      person->stall(town_.random.chance(50), town_.in(kStallMax));
    }
  }
  end(what);
}

void Nemesis::kill() {
  begin("kill");
  server_.kill();
  ++kills_;
  state_ = Server::down;
  next_ = town_.in(kDownMax);
}

void Nemesis::heal() {
  if (healed_) return;
  healed_ = true;
  if (state_ == Server::down) {
    server_.start();
    end("kill");
  }
  if (state_ == Server::stopped) {
    server_.go_on();
    end("stop");
  }
  state_ = Server::up;
  town_.ghosts.clear();
  for (const auto& person : people_) person->calm_down();
}

}  // namespace sockchat::checker
