// A store that is slow and fails, around any store. What is asked waits until commit_one() does it, and the
// answer waits until tell_one() gives it, always in the order of the calls: between the two the process can
// die, and then a prefix of what waited was done and nobody was told. One thread.
//
// After a sync that failed (break_sync) nothing is done any more, as with the real store: the process has to
// end.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sockchat/domain/ports.h"
#include "support/core_world.h"

namespace sockchat::test {

enum class StoreOperation : std::uint8_t { append, fetch, confirm, other };

// `unknown`: done, but answered `storage`.
enum class StoreFault : std::uint8_t { none, busy, storage, unknown };

class FaultyStore : public domain::Store {
 public:
  using Decide = std::move_only_function<StoreFault(StoreOperation)>;

  // `executor` is the one that `inner` answers through; nobody else may run it. Both must outlive the store.
  FaultyStore(domain::Store& inner, StepExecutor& executor, Decide decide)
      : inner_(inner), executor_(executor), decide_(std::move(decide)) {}

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] bool is_broken() const { return broken_; }

  bool commit_one() {
    if (waiting_.empty()) return false;
    take_front()(broken_ ? Fate::refused : Fate::normal);
    return true;
  }
  bool tell_one() { return executor_.run_one(); }
  // The sync of the running transaction fails: of what waits, `done` operations are on the disk all the same.
  void break_sync(std::size_t done) {
    broken_ = true;
    for (; done > 0 && !waiting_.empty(); --done) take_front()(Fate::unknown);
  }
  // The process dies, and the next one finds `done` operations of what waited.
  virtual void crash(std::size_t done) {
    for (; done > 0 && !waiting_.empty(); --done) take_front()(broken_ ? Fate::refused : Fate::normal);
    waiting_.clear();
    ++life_;
    while (executor_.run_one()) {
    }
    in_flight_ = 0;
    broken_ = false;
  }
  // Operations remember what was noted when they were asked for; while an answer is given, that of its
  // operation can be read.
  void note_time(WallTime now) { now_ = now; }
  [[nodiscard]] WallTime asked_at() const { return asked_at_; }
  // Told before the asker is.
  void on_confirm_failed(std::move_only_function<void(UserId)> observer) {
    confirm_failed_ = std::move(observer);
  }

  void append(domain::NewMessage message, Completion<Result<domain::Accepted>> done) override {
    ask<domain::Accepted>(StoreOperation::append, std::move(done),
                          [message = std::move(message)](domain::Store& store, auto told) mutable {
                            store.append(std::move(message), std::move(told));
                          });
  }
  void find_accepted(domain::NewMessage message,
                     Completion<Result<std::optional<domain::Accepted>>> done) override {
    ask<std::optional<domain::Accepted>>(
        StoreOperation::other, std::move(done),
        [message = std::move(message)](domain::Store& store, auto told) mutable {
          store.find_accepted(std::move(message), std::move(told));
        });
  }
  void fetch(domain::FetchRange range, Completion<Result<domain::FetchedPage>> done) override {
    ask<domain::FetchedPage>(
        StoreOperation::fetch, std::move(done),
        [range](domain::Store& store, auto told) { store.fetch(range, std::move(told)); });
  }
  void confirm(UserId reader, MessageId up_to, Completion<Result<void>> done) override {
    auto observed = [this, reader, done = std::move(done)](Result<void> result) mutable {
      if (!result && confirm_failed_) confirm_failed_(reader);
      done(std::move(result));
    };
    ask<void>(StoreOperation::confirm, std::move(observed), [reader, up_to](domain::Store& store, auto told) {
      store.confirm(reader, up_to, std::move(told));
    });
  }
  void history(domain::HistoryQuery query, Completion<Result<domain::HistoryPage>> done) override {
    ask<domain::HistoryPage>(
        StoreOperation::other, std::move(done),
        [query](domain::Store& store, auto told) { store.history(query, std::move(told)); });
  }
  void search(domain::SearchQuery query, Completion<Result<domain::HistoryPage>> done) override {
    ask<domain::HistoryPage>(StoreOperation::other, std::move(done),
                             [query = std::move(query)](domain::Store& store, auto told) mutable {
                               store.search(std::move(query), std::move(told));
                             });
  }
  void logins(UserId user, std::size_t count_max,
              Completion<Result<std::vector<domain::LoginRecord>>> done) override {
    ask<std::vector<domain::LoginRecord>>(StoreOperation::other, std::move(done),
                                          [user, count_max](domain::Store& store, auto told) {
                                            store.logins(user, count_max, std::move(told));
                                          });
  }
  void load(domain::LoadQuery query, Completion<Result<domain::Snapshot>> done) override {
    inner_.load(query, std::move(done));
  }
  void add_account(domain::UserName name, std::string hash, WallTime now,
                   Completion<Result<domain::Account>> done) override {
    inner_.add_account(std::move(name), std::move(hash), now, std::move(done));
  }
  void set_password(UserId user, std::string hash, std::vector<domain::TokenDigest> drops,
                    Completion<Result<void>> done) override {
    ask<void>(
        StoreOperation::other, std::move(done),
        [user, hash = std::move(hash), drops = std::move(drops)](domain::Store& store, auto told) mutable {
          store.set_password(user, std::move(hash), std::move(drops), std::move(told));
        });
  }
  void drop_tokens(std::vector<domain::TokenDigest> drops, Completion<Result<void>> done) override {
    ask<void>(StoreOperation::other, std::move(done),
              [drops = std::move(drops)](domain::Store& store, auto told) mutable {
                store.drop_tokens(std::move(drops), std::move(told));
              });
  }
  void set_blocked(domain::BlockRecord block, bool blocked, Completion<Result<void>> done) override {
    ask<void>(StoreOperation::other, std::move(done), [block, blocked](domain::Store& store, auto told) {
      store.set_blocked(block, blocked, std::move(told));
    });
  }
  void save_lockout(domain::LockoutRecord record, Completion<Result<void>> done) override {
    ask<void>(StoreOperation::other, std::move(done),
              [record](domain::Store& store, auto told) { store.save_lockout(record, std::move(told)); });
  }
  void count_failure(UserId user, Completion<Result<void>> done) override {
    ask<void>(StoreOperation::other, std::move(done),
              [user](domain::Store& store, auto told) { store.count_failure(user, std::move(told)); });
  }
  void record_login(domain::NewLogin login, Completion<Result<domain::StoredLogin>> done) override {
    ask<domain::StoredLogin>(StoreOperation::other, std::move(done),
                             [login = std::move(login)](domain::Store& store, auto told) mutable {
                               store.record_login(std::move(login), std::move(told));
                             });
  }
  void record_logout(LoginId login, std::string_view reason, WallTime now,
                     Completion<Result<void>> done) override {
    ask<void>(StoreOperation::other, std::move(done),
              [login, why = std::string(reason), now](domain::Store& store, auto told) {
                store.record_logout(login, why, now, std::move(told));
              });
  }
  void watch_accounts(Completion<domain::AccountChanges> changed) override {
    inner_.watch_accounts(std::move(changed));
  }
  [[nodiscard]] std::size_t in_flight() const override { return in_flight_; }

 protected:
  // What happens to an operation that waited.
  enum class Fate : std::uint8_t { normal, refused, unknown };

  template <class T, class Call>
  void ask(StoreOperation operation, Completion<Result<T>> done, Call call) {
    const StoreFault fault = decide_(operation);
    ++in_flight_;
    auto told = [this, life = life_, asked = now_, done = std::move(done)](Result<T> result) mutable {
      if (life != life_) return;
      --in_flight_;
      asked_at_ = asked;
      done(std::move(result));
    };
    waiting_.push_back([this, fault, told = std::move(told), call = std::move(call)](Fate fate) mutable {
      const bool is_refused =
          fate == Fate::refused || fault == StoreFault::busy || fault == StoreFault::storage;
      if (is_refused) {
        const Errc code = fault == StoreFault::busy ? Errc::busy : Errc::storage;
        return executor_.post([told = std::move(told), code]() mutable { told(fail(code)); });
      }
      const bool is_hidden = fate == Fate::unknown || fault == StoreFault::unknown;
      call(inner_, [told = std::move(told), is_hidden](Result<T> result) mutable {
        told(is_hidden ? fail(Errc::storage) : std::move(result));
      });
    });
  }
  [[nodiscard]] StepExecutor& executor() { return executor_; }

 private:
  using Waiting = std::move_only_function<void(Fate)>;
  Waiting take_front() {
    Waiting front = std::move(waiting_.front());
    waiting_.pop_front();
    return front;
  }

  domain::Store& inner_;
  StepExecutor& executor_;
  Decide decide_;
  std::move_only_function<void(UserId)> confirm_failed_;
  std::deque<Waiting> waiting_;
  std::size_t in_flight_ = 0;
  std::uint64_t life_ = 1;  // answers to an earlier process are for nobody
  bool broken_ = false;
  WallTime now_{};
  WallTime asked_at_{};
};

}  // namespace sockchat::test
