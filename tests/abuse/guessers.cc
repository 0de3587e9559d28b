#include "abuse/guessers.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "abuse/actor.h"
#include "abuse/pace.h"
#include "support/crowd_peers.h"

namespace sockchat::abuse {
namespace {

void count(std::string_view frame, Answers& answers) {
  const auto says = [frame](std::string_view word) { return frame.contains(word); };
  if (says(R"("attempts_left")")) {
    ++answers.checked;
  } else if (says(R"("code":"locked")")) {
    ++answers.locked;
  } else if (says(R"("code":"busy")")) {
    ++answers.busy;
  } else if (says(R"("code":"rate_limited")")) {
    ++answers.rate_limited;
  } else {
    ++answers.other;
  }
}

class Guessers final {
 public:
  Guessers(std::uint16_t port, const Guessing& guessing, Answers& answers)
      : crowd_(port), guessing_(guessing), answers_(answers), left_(guessing.connections * guessing.each) {}

  void run() {
    for (std::size_t n = 0; n < guessing_.connections; ++n) open(n);
    while (left_ > 0 && crowd_.open() > 0) {
      crowd_.run_until(
          Clock::now() + milliseconds(20),
          [this](std::size_t peer, std::string_view frame) { on_frame(peer, frame); }, [this] { on_tick(); });
    }
  }

 private:
  void open(std::size_t number) {
    const auto host = guessing_.first_host + static_cast<unsigned>(number) % guessing_.hosts;
    const std::size_t peer = crowd_.connect("", {.host = host});
    if (guessing_.each_second == 0) ask(peer);
  }

  void ask(std::size_t peer) {
    if (answers_.asked >= guessing_.connections * guessing_.each) return;
    crowd_.send(peer, fmt::format(R"({{"command":"login","data":["{}","no-{}"]}})",
                                  guessing_.name(answers_.asked), answers_.asked.load()));
    ++answers_.asked;
  }

  void on_frame(std::size_t peer, std::string_view frame) {
    if (!frame.contains(R"("command":"login")")) return;
    count(frame, answers_);
    --left_;
    if (guessing_.each_second == 0) ask(peer);
  }

  // Guesses at a given rate go to whoever is open, in turn.
  void on_tick() {
    if (guessing_.each_second == 0) return;
    for (std::size_t left = pace_.due(); left > 0; --left) {
      const std::size_t peer = turn_++ % crowd_.size();
      if (crowd_.is_open(peer))
        ask(peer);
      else if (crowd_.size() < kPeersMax)
        open(peer);
    }
  }

  static constexpr std::size_t kPeersMax = 15'000;

  Crowd crowd_;
  const Guessing& guessing_;
  Answers& answers_;
  std::size_t left_;
  std::size_t turn_ = 0;
  Pace pace_{std::chrono::nanoseconds(1'000'000'000 / std::max<std::size_t>(guessing_.each_second, 1))};
};

}  // namespace

void guess(std::uint16_t port, const Guessing& guessing, Answers& answers) {
  Guessers(port, guessing, answers).run();
}

}  // namespace sockchat::abuse
