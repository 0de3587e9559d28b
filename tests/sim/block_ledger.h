// Who refuses whom, as far as the clients can know it: certain after an answer, unknown while a change is
// under way or when its answer never came.
#pragma once

#include <array>
#include <cstdint>

#include "sim/request.h"

namespace sockchat::sim {

class BlockLedger final {
 public:
  enum class State : std::uint8_t { off, on, unknown };
  struct Change {  // one request, under way
    State before = State::off;
    std::uint64_t before_since = 0;
    std::uint64_t step = 0;
  };

  Change begin(int owner, int target, std::uint64_t step) {
    Pair& pair = at(owner, target);
    const Change change{pair.state, pair.since, step};
    pair = {State::unknown, step, step, pair.under_way + 1};
    return change;
  }
  // `ok`: it is done. Otherwise nothing was done, or, with `unknown`, perhaps.
  void end(int owner, int target, const Change& change, bool blocks, bool ok, bool unknown,
           std::uint64_t step) {
    Pair& pair = at(owner, target);
    if (pair.under_way > 0) --pair.under_way;
    if (pair.last_change != change.step) return;  // a later one decides
    if (ok) {
      pair = {blocks ? State::on : State::off, step, step, 0};
    } else if (!unknown && pair.under_way == 0) {
      pair.state = change.before;
      pair.since = change.before_since;
    }
  }
  // The answers to what is under way will never come, and it is done or not.
  void restart() {
    for (auto& row : pairs_) {
      for (Pair& pair : row) pair.under_way = 0;
    }
  }

  // Whether it has certainly been so since before `step`.
  [[nodiscard]] bool is_on_since(int owner, int target, std::uint64_t step) const {
    return is_since(State::on, owner, target, step);
  }
  [[nodiscard]] bool is_off_since(int owner, int target, std::uint64_t step) const {
    return is_since(State::off, owner, target, step);
  }

 private:
  struct Pair {
    State state = State::off;
    std::uint64_t since = 0;
    std::uint64_t last_change = 0;
    int under_way = 0;
  };
  [[nodiscard]] bool is_since(State state, int owner, int target, std::uint64_t step) const {
    const Pair& pair = pairs_[static_cast<std::size_t>(owner)][static_cast<std::size_t>(target)];
    return pair.state == state && pair.since <= step;
  }
  Pair& at(int owner, int target) {
    return pairs_[static_cast<std::size_t>(owner)][static_cast<std::size_t>(target)];
  }

  std::array<std::array<Pair, kUsersMax>, kUsersMax> pairs_{};
};

}  // namespace sockchat::sim
