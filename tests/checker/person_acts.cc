#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "checker/person.h"

namespace sockchat::checker {
namespace {

// u0 is never blocked and blocks nobody, so that it can say the last word to everybody; u1 says it to u0.
constexpr int kHerald = 0;
constexpr std::size_t kLongTextPercent = 3;

}  // namespace

void Person::act() {
  if (must_resend_ && town_.now >= next_resend_) resend();
  if (to_acknowledge_ > acknowledged_ && town_.now >= next_ack_) {
    acknowledge();
    next_ack_ = town_.in(40);
  }
  while (!town_.winding_down && link_ && state_ == State::inside && town_.operations_left > 0 &&
         town_.now >= next_act_ && pending_.size() < window_) {
    const auto pause = static_cast<std::size_t>(town_.think.count()) * 2;
    next_act_ = std::max(next_act_ + std::chrono::microseconds(town_.random.below(pause * 1000 + 1)),
                         town_.now - town_.think);
    choose();
  }
}

void Person::choose() {
  const std::size_t dice = town_.random.below(1000);
  if (dice < 50) {
    change_blocks();
  } else if (dice < 110) {
    send_new(kEverybody, true);
  } else if (dice < 130) {
    echo();
  } else if (dice < 140) {
    reuse();
  } else if (dice < 145) {
    log_out();
  } else if (dice < 155) {
    cut(static_cast<Cut>(town_.random.below(4)));
  } else {
    send_new(somebody(), !town_.random.chance(10));
  }
}

// Half of the time a neighbour, so that pairs have much to say to each other, and about each other.
int Person::somebody() {
  const auto users = static_cast<std::size_t>(town_.users);
  const std::size_t ahead = town_.random.chance(50)
                                ? town_.random.between(1, std::min<std::size_t>(3, users - 1))
                                : town_.random.between(1, users - 1);
  return static_cast<int>((static_cast<std::size_t>(number_) + ahead) % users);
}

std::string Person::new_text(std::uint64_t call) {
  const std::size_t length =
      town_.random.chance(kLongTextPercent) ? town_.random.between(1000, 12'000) : town_.random.below(120);
  std::string text = fmt::format("{} ", call);
  while (text.size() < length) text += fmt::format("{:x} \"\n", town_.random.next());
  return text;
}

void Person::send_new(int to, bool with_cid) {
  const std::uint64_t call = ++town_.last_call;
  if (town_.operations_left > 0) --town_.operations_left;
  Draft draft{.call = call, .to = to, .text = new_text(call), .cid = {}};
  if (with_cid) draft.cid = fmt::format("c{}", call);
  last_call_ = call;
  note(Kind::send, {.peer = to, .call = call, .hash = hash_of(draft.text)});
  outbox_.push_back(draft);
  post(draft);
}

void Person::post(const Draft& draft, What what) {
  if (draft.to == kEverybody) return ask(what, draft.call, "broadcast", {draft.text}, draft.cid);
  ask(what, draft.call, "message", {name_of(draft.to), draft.text}, draft.cid);
}

// What was accepted is sent again: the answer might have been lost.
void Person::echo() {
  if (accepted_.empty()) return;
  post(accepted_[town_.random.below(accepted_.size())], What::echo);
}

// A client that gives a cid away twice.
void Person::reuse() {
  if (accepted_.empty()) return;
  Draft draft = accepted_[town_.random.below(accepted_.size())];
  draft.call = ++town_.last_call;
  draft.text = new_text(draft.call);
  if (town_.operations_left > 0) --town_.operations_left;
  note(Kind::send, {.peer = draft.to, .call = draft.call, .hash = hash_of(draft.text), .word = "reuse"});
  post(draft, What::reuse);
}

void Person::change_blocks() {
  if (change_ || number_ == kHerald) return;
  const std::uint64_t call = ++town_.last_call;
  if (town_.operations_left > 0) --town_.operations_left;
  if (!blocked_.empty() && town_.random.chance(60)) {
    const auto chosen =
        std::next(blocked_.begin(), static_cast<std::ptrdiff_t>(town_.random.below(blocked_.size())));
    change_ = {.call = call, .target = *chosen, .to_blocked = false};
  } else {
    int target = somebody();
    while (target == kHerald) target = somebody();
    change_ = {.call = call, .target = target, .to_blocked = true};
  }
  note(change_->to_blocked ? Kind::block : Kind::unblock, {.peer = change_->target, .call = call});
  ask_change();
}

void Person::ask_change() {
  ask(What::change, change_->call, change_->to_blocked ? "block" : "unblock", {name_of(change_->target)});
}

// Everything that has no answer, in its order.
void Person::resend() {
  must_resend_ = false;
  const auto is_under_way = [this](What what, std::uint64_t call) {
    return std::ranges::any_of(
        pending_, [&](const auto& entry) { return entry.second.what == what && entry.second.call == call; });
  };
  if (change_ && !is_under_way(What::change, change_->call)) ask_change();
  for (const Draft& draft : outbox_) {
    if (!is_under_way(What::send, draft.call)) post(draft);
  }
}

void Person::acknowledge() {
  if (to_acknowledge_ > acknowledged_) {
    acknowledged_ = to_acknowledge_;
    note(Kind::ack, {.session = session_, .mid = acknowledged_});
  } else if (farewell_ == Farewell::none) {
    return;
  }
  ask(What::ack, 0, "ack", {fmt::to_string(acknowledged_)});
}

void Person::log_out() {
  note(Kind::logout, {.session = session_});
  token_.clear();
  state_ = State::leaving;
  ask(What::logout, 0, "logout", {});
}

// --- the end of a run

void Person::calm_down() {
  if (link_) link_->calm_down();
  next_try_ = std::min(next_try_, town_.in(200));
}

bool Person::is_settled() const {
  return link_ && state_ == State::inside && outbox_.empty() && !change_ && pending_.empty();
}

void Person::send_last(int to) { send_new(to, true); }

void Person::say_farewell() {
  farewell_ = Farewell::acknowledging;
  if (state_ == State::inside) acknowledge();
}

}  // namespace sockchat::checker
