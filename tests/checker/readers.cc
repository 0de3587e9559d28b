#include "checker/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sockchat::checker {

void Readers::add(const Event& event, Calls& calls, Verdict& verdict) {
  Reader& reader = readers_[event.user];
  switch (event.kind) {
    case Kind::login:
    case Kind::resume:
      sessions_[event.session] = {.user = event.user,
                                  .invoked = event.at,
                                  .is_resume = event.kind == Kind::resume,
                                  .floor = event.mid};
      return;
    case Kind::enter_ok:
      return entered(event, verdict);
    case Kind::enter_fail:
      if (event.word == "bad_token") {
        verdict.add("K6", event.at, fmt::format("a good token of u{} was refused", event.user));
      } else if (event.word != "already_online" && event.word != "busy" && event.word != "storage") {
        verdict.add("history", event.at, fmt::format("u{} was refused: {}", event.user, event.word));
      }
      return;
    case Kind::logout_ok:
    case Kind::lost:
      if (const auto found = sessions_.find(event.session); found != sessions_.end()) {
        found->second.ended = std::min(found->second.ended, event.at);
      }
      return;
    case Kind::deliver:
      return delivered(event, calls, verdict);
    case Kind::shown:
      return shown(event, calls, verdict);
    case Kind::ack:
      reader.acknowledged = std::max(reader.acknowledged, event.mid);
      return;
    default:
      return;
  }
}

void Readers::entered(const Event& event, Verdict& verdict) {
  Reader& reader = readers_[event.user];
  Session& session = sessions_[event.session];
  session.opened = event.at;
  session.stay_invoked = session.invoked;
  session.stay_opened = event.at;
  if (session.is_resume) {
    // What was given back is confirmed by it.
    reader.acknowledged = std::max(reader.acknowledged, session.floor);
  } else {
    session.floor = reader.acknowledged;
  }
  if (session.is_resume && reader.last_session != 0) {
    const Session& before = sessions_[reader.last_session];
    if (event.word == "resumed") {
      session.stay_invoked = before.stay_invoked;
      session.stay_opened = before.stay_opened;
    } else if (terms_.dead > 0 && before.ended != kNever &&
               event.at - before.ended + terms_.margin < terms_.dead) {
      verdict.add("K6", event.at,
                  fmt::format("u{} came back after {} ms, and was not resumed", event.user,
                              (event.at - before.ended) / 1'000'000));
    }
  }
  reader.last_session = event.session;
  reader.sessions.push_back(event.session);
}

void Readers::delivered(const Event& event, Calls& calls, Verdict& verdict) {
  if (!calls.meet(event, fmt::format("u{} got", event.user), verdict)) return;
  Reader& reader = readers_[event.user];
  Session& session = sessions_[event.session];
  delivered_.insert(event.call);
  if (!session.deliveries.empty() && event.mid <= session.deliveries.back().mid) {
    verdict.add(
        "K5", event.at,
        fmt::format("u{} got mid {} behind mid {}", event.user, event.mid, session.deliveries.back().mid));
  } else if (event.mid <= reader.newest_delivered) {
    ++wire_repeats_;
  }
  reader.newest_delivered = std::max(reader.newest_delivered, event.mid);
  session.deliveries.push_back({event.at, event.mid, event.call});
}

void Readers::shown(const Event& event, const Calls& calls, Verdict& verdict) {
  Reader& reader = readers_[event.user];
  if (!reader.shown.insert(event.call).second) {
    verdict.add("K3", event.at, fmt::format("u{} was shown call {} twice", event.user, event.call));
  }
  if (event.mid <= reader.newest_shown) {
    verdict.add(
        "K5", event.at,
        fmt::format("u{} was shown mid {} behind mid {}", event.user, event.mid, reader.newest_shown));
  }
  reader.newest_shown = std::max(reader.newest_shown, event.mid);
  // Who was there before the call was made has not been waited for.
  const Send* send = calls.find(event.call);
  const auto session = sessions_.find(reader.last_session);
  if (send && send->ended != kNever && session != sessions_.end() && session->second.opened < send->invoked) {
    slowest_delivery_ = std::max(slowest_delivery_, event.at - send->ended);
  }
}

std::uint64_t Readers::acknowledged(int user) const {
  const auto found = readers_.find(user);
  return found == readers_.end() ? 0 : found->second.acknowledged;
}

void Readers::finish(const Calls& calls, const BlockSpans& blocks, bool drained, Verdict& verdict) {
  index_mids(calls);
  for (const auto& [user, reader] : readers_) {
    for (const std::uint64_t session : reader.sessions) {
      check_session(sessions_.at(session), calls, blocks, verdict);
    }
  }
  if (drained) check_losses(calls, verdict);
}

void Readers::index_mids(const Calls& calls) {
  for (const auto& [call, send] : calls.all()) {
    if (send.mid != 0 && send.outcome != Outcome::fail) known_[send.to].push_back({send.mid, call});
  }
  for (auto& [to, known] : known_) std::ranges::sort(known, {}, &Known::mid);
}

void Readers::check_session(const Session& session, const Calls& calls, const BlockSpans& blocks,
                            Verdict& verdict) const {
  std::uint64_t behind = session.floor;
  for (const Delivery& delivery : session.deliveries) {
    if (session.is_resume && delivery.mid <= session.floor) {
      verdict.add("K6", delivery.at,
                  fmt::format("u{} resumed behind mid {}, and got mid {}", session.user, session.floor,
                              delivery.mid));
    }
    check_delivery(session, delivery, calls, blocks, verdict);
    check_gap(session, behind, delivery, calls, blocks, verdict);
    behind = std::max(behind, delivery.mid);
  }
}

void Readers::check_delivery(const Session& session, const Delivery& delivery, const Calls& calls,
                             const BlockSpans& blocks, Verdict& verdict) const {
  const Send& send = *calls.find(delivery.call);
  const auto complain = [&](std::string_view rule, std::string_view what) {
    verdict.add(rule, delivery.at,
                fmt::format("u{} got call {} (mid {}): {}", session.user, delivery.call, delivery.mid, what));
  };
  if (send.outcome == Outcome::fail) complain("K2", "it was refused");
  if (send.to != session.user && send.to != kEverybody) complain("K4", "it is for somebody else");
  if (send.to == kEverybody && send.from == session.user) complain("K4", "a broadcast of one's own");
  // It was accepted at some time in between.
  const std::int64_t accepted = std::min(send.ended, delivery.at);
  if (blocks.surely_blocked(session.user, send.from, send.invoked, accepted)) {
    complain("K8", "its sender was blocked all the time");
  }
  if (send.to == kEverybody && send.outcome == Outcome::ok && send.ended < session.stay_invoked) {
    complain("K1", "a broadcast from before the login");
  }
}

void Readers::check_gap(const Session& session, std::uint64_t behind, const Delivery& next,
                        const Calls& calls, const BlockSpans& blocks, Verdict& verdict) const {
  const auto each_between = [&](int to, const auto& visit) {
    const auto found = known_.find(to);
    if (found == known_.end()) return;
    const std::vector<Known>& known = found->second;
    for (auto one = std::ranges::upper_bound(known, behind, {}, &Known::mid);
         one != known.end() && one->mid < next.mid; ++one) {
      visit(*one, *calls.find(one->call));
    }
  };
  const auto complain = [&](const Known& missing, std::string_view what) {
    // What a resume owes comes first; the rest is for everybody who is there.
    const bool of_resume = session.is_resume && behind == session.floor;
    verdict.add(of_resume ? "K6" : "K1", next.at,
                fmt::format("u{} got mid {}, and before it mid {} of call {} was left out: {}", session.user,
                            next.mid, missing.mid, missing.call, what));
  };
  each_between(session.user, [&](const Known& known, const Send&) { complain(known, "a message"); });
  each_between(kEverybody, [&](const Known& known, const Send& send) {
    if (send.from == session.user || send.invoked <= session.stay_opened) return;
    if (blocks.surely_open(session.user, send.from, send.invoked, std::min(send.ended, next.at))) {
      complain(known, "a broadcast");
    }
  });
}

void Readers::check_losses(const Calls& calls, Verdict& verdict) {
  for (const auto& [call, send] : calls.all()) {
    if (send.outcome != Outcome::ok || send.to < 0 || send.reuses) continue;
    if (readers_[send.to].shown.contains(call)) continue;
    verdict.add("K1", send.ended,
                fmt::format("call {} (mid {}) was accepted and never shown to u{}", call, send.mid, send.to));
  }
}

}  // namespace sockchat::checker
