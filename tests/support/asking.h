// A store as a test likes it: ask, wait for the answer, look at it. A question that is never answered fails
// the test.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>

#include "sockchat/domain/ports.h"
#include "support/manual_executor.h"

namespace sockchat::test {

inline WallTime at(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

inline domain::UserName name(std::string_view text) { return *domain::UserName::parse(text, 64); }

inline domain::NewMessage draft(UserId from, UserId to, std::string text, std::string cid = {},
                                std::int64_t time = 1'000) {
  return {.from = from, .to = to, .text = std::move(text), .cid = std::move(cid), .time = at(time)};
}

// Everything that there is for a reader, unless the test says less.
inline domain::FetchRange everything_for(UserId reader) {
  return {.reader = reader,
          .after = {},
          .broadcasts_after = {},
          .not_before = at(0),
          .count_max = 1'000'000,
          .bytes_max = std::size_t{1} << 40};
}

class Asking final {
 public:
  Asking(domain::Store& store, ManualExecutor& executor) : store_(store), executor_(executor) {}

  Result<domain::Accepted> append(domain::NewMessage message) {
    return ask<domain::Accepted>([&](auto done) { store_.append(std::move(message), std::move(done)); });
  }
  Result<std::optional<domain::Accepted>> find_accepted(domain::NewMessage message) {
    return ask<std::optional<domain::Accepted>>(
        [&](auto done) { store_.find_accepted(std::move(message), std::move(done)); });
  }
  Result<domain::FetchedPage> fetch(const domain::FetchRange& range) {
    return ask<domain::FetchedPage>([&](auto done) { store_.fetch(range, std::move(done)); });
  }
  Result<void> confirm(UserId reader, MessageId up_to) {
    return ask<void>([&](auto done) { store_.confirm(reader, up_to, std::move(done)); });
  }
  Result<domain::Snapshot> load(WallTime now = at(1'000'000), WallTime not_before = at(0)) {
    return ask<domain::Snapshot>([&](auto done) { store_.load(now, not_before, std::move(done)); });
  }
  Result<domain::Account> add_account(std::string_view text, std::string hash = "hash") {
    return ask<domain::Account>(
        [&](auto done) { store_.add_account(name(text), std::move(hash), at(500), std::move(done)); });
  }
  Result<void> set_password(UserId user, std::string hash) {
    return ask<void>([&](auto done) { store_.set_password(user, std::move(hash), std::move(done)); });
  }
  Result<void> set_blocked(domain::BlockRecord block, bool blocked) {
    return ask<void>([&](auto done) { store_.set_blocked(block, blocked, std::move(done)); });
  }
  Result<void> save_lockout(const domain::LockoutRecord& record) {
    return ask<void>([&](auto done) { store_.save_lockout(record, std::move(done)); });
  }
  Result<void> count_failure(UserId user) {
    return ask<void>([&](auto done) { store_.count_failure(user, std::move(done)); });
  }
  Result<LoginId> record_login(UserId user, WallTime now) {
    return ask<LoginId>([&](auto done) { store_.record_login(user, "127.0.0.1", now, std::move(done)); });
  }
  Result<void> record_logout(LoginId login, WallTime now) {
    return ask<void>([&](auto done) { store_.record_logout(login, "logout", now, std::move(done)); });
  }
  // Nothing is under way any more.
  void settle() {
    REQUIRE(executor_.run_until([this] { return store_.in_flight() == 0 && executor_.waiting() == 0; }));
  }

 private:
  template <class Answer, class Question>
  Result<Answer> ask(const Question& question) {
    std::optional<Result<Answer>> answer;
    question(Completion<Result<Answer>>([&answer](Result<Answer> given) { answer = std::move(given); }));
    REQUIRE_FALSE(answer);  // never inside the call
    REQUIRE(executor_.run_until([&answer] { return answer.has_value(); }));
    return *std::move(answer);
  }

  domain::Store& store_;
  ManualExecutor& executor_;
};

}  // namespace sockchat::test
