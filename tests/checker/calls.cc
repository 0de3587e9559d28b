#include "checker/calls.h"

#include <fmt/format.h>

#include <algorithm>

namespace sockchat::checker {

void Calls::send(const Event& event) {
  const bool is_new = sends_
                          .try_emplace(event.call, Send{.from = event.user,
                                                        .to = event.peer,
                                                        .hash = event.hash,
                                                        .invoked = event.at,
                                                        .floor = newest_,
                                                        .reuses = event.word == "reuse"})
                          .second;
  if (is_new) in_order_.push_back(event.call);
}

const Send* Calls::find(std::uint64_t call) const {
  const auto found = sends_.find(call);
  return found == sends_.end() ? nullptr : &found->second;
}

void Calls::answer(const Event& event, Verdict& verdict) {
  const auto found = sends_.find(event.call);
  if (found == sends_.end())
    return verdict.add("history", event.at, "an answer to no call: " + to_line(event));
  Send& send = found->second;
  if (event.kind == Kind::send_info) {
    ++infos_;
    // Nothing is known of a call that was cut off; one that was answered so lost its place in the order.
    send.was_refused = send.was_refused || event.word != "cut";
    return;
  }
  send.ended = std::min(send.ended, event.at);
  const Outcome outcome = event.kind == Kind::send_ok ? Outcome::ok : Outcome::fail;
  if (send.outcome != Outcome::unknown && send.outcome != outcome) {
    verdict.add("K7", event.at, fmt::format("call {} was answered ok and {}", event.call, event.word));
  }
  if (outcome == Outcome::ok && send.reuses) {
    verdict.add("K7", event.at, fmt::format("call {}: another content was taken for a repeat", event.call));
  }
  if (event.word == "cid_reused" && !send.reuses) {
    verdict.add("K7", event.at, fmt::format("call {}: a repeat was taken for another content", event.call));
  }
  send.blocked = send.blocked || event.word == "blocked";
  // An ok holds, whatever is said later.
  if (send.outcome != Outcome::ok) send.outcome = outcome;
  if (outcome == Outcome::ok) learn(event.call, send, event, verdict);
}

void Calls::learn(std::uint64_t call, Send& send, const Event& event, Verdict& verdict) {
  newest_ = std::max(newest_, event.mid);
  if (send.mid != 0 && send.mid != event.mid) {
    verdict.add("K7", event.at, fmt::format("call {} has the mids {} and {}", call, send.mid, event.mid));
    return;
  }
  send.mid = event.mid;
  const auto [owner, is_new] = by_mid_.try_emplace(event.mid, call);
  if (!is_new && owner->second != call) {
    verdict.add("K7", event.at,
                fmt::format("mid {} is of call {} and of call {}", event.mid, owner->second, call));
  }
}

const Send* Calls::meet(const Event& event, std::string_view where, Verdict& verdict) {
  const auto found = sends_.find(event.call);
  if (found == sends_.end()) {
    verdict.add("K2", event.at, fmt::format("{}: nobody sent this: {}", where, to_line(event)));
    return nullptr;
  }
  Send& send = found->second;
  const int from = event.kind == Kind::deliver ? event.peer : event.user;
  if (send.invoked > event.at) {
    verdict.add("K2", event.at, fmt::format("{}: call {} was not made yet", where, event.call));
  }
  if (send.hash != event.hash) {
    verdict.add("K4", event.at, fmt::format("{}: the text of call {} is another", where, event.call));
  }
  if (send.from != from) {
    verdict.add("K4", event.at,
                fmt::format("{}: call {} of u{} comes from {}", where, event.call, send.from, from));
  }
  learn(event.call, send, event, verdict);
  return &send;
}

namespace {

// Asked once in vain, and once more behind the end of the block: then it stands where it was asked last.
bool may_have_been_blocked(const Send& send, const BlockSpans& blocks) {
  return send.to >= 0 && !blocks.surely_open(send.to, send.from, send.invoked, send.ended);
}

}  // namespace

void Calls::finish(const BlockSpans& blocks, Verdict& verdict) const {
  check_order(blocks, verdict);
  for (const std::uint64_t call : in_order_) check_blocks(call, sends_.at(call), blocks, verdict);
}

void Calls::check_order(const BlockSpans& blocks, Verdict& verdict) const {
  struct Last {
    std::uint64_t call = 0;
    std::uint64_t mid = 0;
  };
  std::unordered_map<int, Last> last;  // of each sender
  for (const std::uint64_t call : in_order_) {
    const Send& send = sends_.at(call);
    if (send.mid == 0 || send.reuses) continue;
    if (send.mid <= send.floor) {
      verdict.add("K5", send.invoked,
                  fmt::format("call {} got mid {}, and {} was known before", call, send.mid, send.floor));
    }
    if (send.was_refused || may_have_been_blocked(send, blocks)) continue;
    Last& before = last[send.from];
    if (send.mid < before.mid) {
      verdict.add("K5", send.invoked,
                  fmt::format("u{} sent call {} before call {}, and they have the mids {} and {}", send.from,
                              before.call, call, before.mid, send.mid));
    } else {
      before = {call, send.mid};
    }
  }
}

void Calls::check_blocks(std::uint64_t call, const Send& send, const BlockSpans& blocks,
                         Verdict& verdict) const {
  if (send.to < 0 || send.outcome == Outcome::unknown) return;
  if (send.outcome == Outcome::ok && blocks.surely_blocked(send.to, send.from, send.invoked, send.ended)) {
    verdict.add("K8", send.ended,
                fmt::format("call {} was accepted although u{} had u{} blocked", call, send.to, send.from));
  }
  if (send.blocked && blocks.surely_open(send.to, send.from, send.invoked, send.ended)) {
    verdict.add(
        "K8", send.ended,
        fmt::format("call {} was refused although u{} had u{} not blocked", call, send.to, send.from));
  }
}

}  // namespace sockchat::checker
