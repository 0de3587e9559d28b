// A store as a test likes it: ask, wait for the answer, look at it. A question that is never answered fails
// the test.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/domain/ports.h"
#include "support/manual_executor.h"

namespace sockchat::test {

inline WallTime at(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

inline domain::UserName name(std::string_view text) { return *domain::UserName::parse(text, 64); }

inline domain::NewMessage draft(UserId from, UserId to, std::string text, std::string cid = {},
                                std::int64_t time = 1'000) {
  return {.from = from, .to = to, .text = std::move(text), .cid = std::move(cid), .time = at(time)};
}

inline domain::NewLogin login_of(UserId user, std::int64_t time, std::string address = "127.0.0.1") {
  return {.user = user,
          .address = std::move(address),
          .time = at(time),
          .begin = std::nullopt,
          .token = std::nullopt,
          .family = {},
          .drops = {},
          .count_after = std::nullopt,
          .count_not_before = at(0)};
}

inline domain::TokenDigest token(std::uint8_t number) {
  domain::TokenDigest digest{};
  digest.front() = std::byte{number};
  return digest;
}

// Everything that was said to a user, or between two.
inline domain::HistoryQuery history_of(UserId asker, UserId with) {
  return {
      .asker = asker, .with = with, .before = {}, .count_max = 1'000'000, .bytes_max = std::size_t{1} << 40};
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
  Result<domain::HistoryPage> history(const domain::HistoryQuery& query) {
    return ask<domain::HistoryPage>([&](auto done) { store_.history(query, std::move(done)); });
  }
  Result<domain::HistoryPage> search(UserId asker, std::string words, std::size_t count_max = 1'000'000) {
    return ask<domain::HistoryPage>([&](auto done) {
      store_.search({asker, std::move(words), count_max, std::size_t{1} << 40}, std::move(done));
    });
  }
  Result<std::vector<domain::LoginRecord>> logins(UserId user, std::size_t count_max = 1'000) {
    return ask<std::vector<domain::LoginRecord>>(
        [&](auto done) { store_.logins(user, count_max, std::move(done)); });
  }
  Result<domain::Snapshot> load(WallTime now = at(1'000'000), WallTime not_before = at(0)) {
    return load(
        {.now = now, .waiting_not_before = not_before, .tokens_not_before = at(0), .absent_since = at(0)});
  }
  Result<domain::Snapshot> load(const domain::LoadQuery& query) {
    return ask<domain::Snapshot>([&](auto done) { store_.load(query, std::move(done)); });
  }
  Result<domain::Account> add_account(std::string_view text, std::string hash = "hash") {
    return ask<domain::Account>(
        [&](auto done) { store_.add_account(name(text), std::move(hash), at(500), std::move(done)); });
  }
  Result<void> set_password(UserId user, std::string hash, std::vector<domain::TokenDigest> drops = {}) {
    return ask<void>(
        [&](auto done) { store_.set_password(user, std::move(hash), std::move(drops), std::move(done)); });
  }
  Result<void> drop_tokens(std::vector<domain::TokenDigest> drops) {
    return ask<void>([&](auto done) { store_.drop_tokens(std::move(drops), std::move(done)); });
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
  Result<domain::StoredLogin> record_login(domain::NewLogin login) {
    return ask<domain::StoredLogin>(
        [&](auto done) { store_.record_login(std::move(login), std::move(done)); });
  }
  Result<LoginId> record_login(UserId user, WallTime now) {
    return record_login(login_of(user, now.time_since_epoch().count()))
        .map([](const domain::StoredLogin& stored) { return stored.id; });
  }
  Result<void> record_logout(LoginId login, WallTime now, std::string_view reason = "logout") {
    return ask<void>([&](auto done) { store_.record_logout(login, reason, now, std::move(done)); });
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
