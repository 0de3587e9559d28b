#include "checker/block_spans.h"

#include <fmt/format.h>

#include <algorithm>

namespace sockchat::checker {

BlockSpans::Spans& BlockSpans::spans_of(std::pair<int, int> pair) {
  Spans& spans = spans_[pair];
  if (spans.empty()) spans.push_back({kBeginning, kNever, false});
  return spans;
}

void BlockSpans::add(const Event& event, Verdict& verdict) {
  if (event.kind == Kind::block || event.kind == Kind::unblock) return begin(event);
  const auto found = changes_.find(event.call);
  if (found == changes_.end())
    return verdict.add("history", event.at, "an answer to no change: " + to_line(event));
  Change& change = found->second;
  if (event.kind == Kind::change_info) {
    change.asked_again = true;
    return;
  }
  bool blocked = change.to_blocked;
  bool was_blocked = !blocked;
  if (event.kind == Kind::change_fail) {
    blocked = was_blocked = event.word == "already_blocked";
    if (!blocked && event.word != "not_blocked") return;
  }
  // Not said of a repeat: what was asked before may have been carried out.
  if (!change.asked_again && !change.over && change.before && *change.before != was_blocked) {
    verdict.add("K8", event.at,
                fmt::format("change {}: u{} had u{} {} for certain, and was answered {}", event.call,
                            change.pair.first, change.pair.second, *change.before ? "blocked" : "not blocked",
                            event.kind == Kind::change_ok ? "ok" : event.word));
  }
  settle(event, change, blocked);
}

void BlockSpans::begin(const Event& event) {
  const std::pair pair(event.user, event.peer);
  Span& last = spans_of(pair).back();
  Change change;
  change.pair = pair;
  change.to_blocked = event.kind == Kind::block;
  if (last.until == kNever) change.before = last.blocked;
  changes_[event.call] = change;
  last.until = std::min(last.until, event.at - 1);
}

void BlockSpans::settle(const Event& event, Change& change, bool blocked) {
  if (std::exchange(change.over, true)) return;
  spans_of(change.pair).push_back({event.at, kNever, blocked});
}

bool BlockSpans::holds(int owner, int target, std::int64_t from, std::int64_t to, bool blocked) const {
  const auto found = spans_.find({owner, target});
  if (found == spans_.end()) return !blocked;
  const Spans& spans = found->second;
  const auto behind = std::ranges::upper_bound(spans, from, {}, &Span::from);
  if (behind == spans.begin()) return false;
  const Span& span = *std::prev(behind);
  return span.blocked == blocked && to <= span.until;
}

std::vector<std::pair<int, int>> BlockSpans::blocked_at_end() const {
  std::vector<std::pair<int, int>> blocked;
  for (const auto& [pair, spans] : spans_) {
    if (spans.back().blocked && spans.back().until == kNever) blocked.push_back(pair);
  }
  return blocked;
}

}  // namespace sockchat::checker
