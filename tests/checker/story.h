// Small histories, written by hand: each word is one event, a millisecond behind the one before.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "checker/check.h"

namespace sockchat::checker::test {

class Story final {
 public:
  // --- calls; the call's number is its text
  Story& send(std::uint64_t call, int from, int to) {
    return add({.kind = Kind::send, .user = from, .peer = to, .call = call, .hash = call});
  }
  Story& ok(std::uint64_t call, std::uint64_t mid) {
    return add({.kind = Kind::send_ok, .call = call, .mid = mid});
  }
  Story& fail(std::uint64_t call, std::string code) {
    return add({.kind = Kind::send_fail, .call = call, .word = std::move(code)});
  }
  Story& info(std::uint64_t call, std::string why = "cut") {
    return add({.kind = Kind::send_info, .call = call, .word = std::move(why)});
  }

  // --- block lists
  Story& block(std::uint64_t call, int owner, int target) {
    return add({.kind = Kind::block, .user = owner, .peer = target, .call = call});
  }
  Story& unblock(std::uint64_t call, int owner, int target) {
    return add({.kind = Kind::unblock, .user = owner, .peer = target, .call = call});
  }
  Story& changed(std::uint64_t call) { return add({.kind = Kind::change_ok, .call = call}); }
  Story& unchanged(std::uint64_t call, std::string code) {
    return add({.kind = Kind::change_fail, .call = call, .word = std::move(code)});
  }
  Story& perhaps_changed(std::uint64_t call) {
    return add({.kind = Kind::change_info, .call = call, .word = "cut"});
  }

  // --- sessions
  Story& login(std::uint64_t session, int user) {
    add({.kind = Kind::login, .user = user, .session = session});
    return add({.kind = Kind::enter_ok, .user = user, .session = session, .word = "new"});
  }
  Story& resume(std::uint64_t session, int user, std::uint64_t last, std::string how = "resumed") {
    add({.kind = Kind::resume, .user = user, .session = session, .mid = last});
    return add({.kind = Kind::enter_ok, .user = user, .session = session, .word = std::move(how)});
  }
  Story& lost(std::uint64_t session, int user) {
    return add({.kind = Kind::lost, .user = user, .session = session, .word = "cut"});
  }
  // It came and was shown.
  Story& read(std::uint64_t session, int user, int from, std::uint64_t call, std::uint64_t mid) {
    came(session, user, from, call, mid);
    return add({.kind = Kind::shown, .user = user, .call = call, .mid = mid});
  }
  Story& came(std::uint64_t session, int user, int from, std::uint64_t call, std::uint64_t mid) {
    return add({.kind = Kind::deliver,
                .user = user,
                .peer = from,
                .call = call,
                .session = session,
                .mid = mid,
                .hash = call,
                .word = "direct"});
  }
  Story& ack(std::uint64_t session, int user, std::uint64_t mid) {
    return add({.kind = Kind::ack, .user = user, .session = session, .mid = mid});
  }

  // --- the end
  Story& drained(std::string word = "yes") { return add({.kind = Kind::drained, .word = std::move(word)}); }
  Story& looked_at_store(std::string word = "ok") {
    return add({.kind = Kind::integrity, .word = std::move(word)});
  }
  Story& stored(std::uint64_t mid, int from, int to, std::uint64_t call) {
    return add({.kind = Kind::stored, .user = from, .peer = to, .call = call, .mid = mid, .hash = call});
  }
  Story& stored_block(int owner, int target) {
    return add({.kind = Kind::stored_block, .user = owner, .peer = target});
  }
  Story& cursor(int user, std::uint64_t mid) {
    return add({.kind = Kind::stored_cursor, .user = user, .mid = mid});
  }

  // --- anything else
  Story& later(std::int64_t milliseconds) {
    now_ += milliseconds * 1'000'000;
    return *this;
  }
  Story& add(Event event) {
    event.at = now_ += 1'000'000;
    history_.push_back(std::move(event));
    return *this;
  }
  // The last event tells of another text.
  Story& altered() {
    history_.back().hash += 1000;
    return *this;
  }
  [[nodiscard]] const History& history() const { return history_; }

 private:
  History history_;
  std::int64_t now_ = 0;
};

// "K1 K5": the rules that it breaks, in order; "" for none.
inline std::string broken(const Story& story) {
  std::string rules;
  const Verdict verdict = check(story.history()).verdict;
  for (const auto& [rule, count] : verdict.counts()) {
    rules += (rules.empty() ? "" : " ") + std::string(rule);
  }
  return rules;
}

}  // namespace sockchat::checker::test
