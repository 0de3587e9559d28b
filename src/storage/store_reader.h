// The thread that reads beside the writer: it answers history, searches and sessions, one after the other,
// and when nobody asks, brings the search index up to date and lets retention take a step.
//
// It lags behind the messages on purpose: a moment after a commit, so that one transaction of the index takes
// in many messages, and under load for most of the time, because the machine is for the messages then.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "sockchat/storage/sqlite_store.h"
#include "storage/history_queries.h"
#include "storage/operations.h"
#include "storage/retention.h"
#include "storage/search_index.h"
#include "storage/store_notes.h"

namespace sockchat::storage {

struct LoginsQuery {
  UserId user;
  std::size_t count_max;
};

using AnyQuestion = std::variant<Operation<domain::HistoryQuery, domain::HistoryPage>,
                                 Operation<domain::SearchQuery, domain::HistoryPage>,
                                 Operation<LoginsQuery, std::vector<domain::LoginRecord>>>;

class SqliteStore::Reader final {
 public:
  // Blocks for as long as the index takes to open. Without an index there is no search, and a notice.
  Reader(std::unique_ptr<HistoryQueries> queries, std::string index_path, Executor& executor, Notes& notes,
         SqliteStoreLimits limits);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  // Ends with the question that is being answered.
  ~Reader();

  // Once, before anything is asked. `remove` runs on the reader's thread until this dies.
  void start(Retention::Remove remove);

  // Loop thread.
  template <class Request, class Answer>
  void ask(Request request, Completion<Result<Answer>> done) {
    if (in_flight() >= limits_.history_queue_max) {
      executor_.post([done = std::move(done)]() mutable { done(fail(Errc::busy)); });
      return;
    }
    push(Operation<Request, Answer>{std::move(request), std::move(done)});
  }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.load(std::memory_order_acquire); }

  // Writer thread: there are new messages. Costs nothing when the reader knows already.
  void messages_came();
  // Writer thread: the log cannot be begun anew while somebody always reads. A moment of rest is taken before
  // the next question, until it was, or a little while.
  void rest_for_log(bool is_long);

 private:
  using Clock = std::chrono::steady_clock;

  void push(AnyQuestion question);

  // Reader thread.
  void work();
  bool is_stopping();
  void rest();
  std::optional<AnyQuestion> next_question();
  void answer(AnyQuestion question);
  Result<domain::HistoryPage> run(const domain::HistoryQuery& query) { return queries_->history(query); }
  Result<domain::HistoryPage> run(const domain::SearchQuery& query);
  Result<std::vector<domain::LoginRecord>> run(const LoginsQuery& query) {
    return queries_->logins(query.user, query.count_max);
  }
  Result<void> look_up(const domain::SearchQuery& query, const std::vector<SearchWord>& words,
                       PageFiller& filler);
  void set_deadline(std::optional<Clock::time_point> deadline);

  void tend();
  void fill_index();
  void open_index();
  void index_failed(sqlite::DbFault fault, const Error& error);
  void tend_retention();
  void note_damages();

  Executor& executor_;
  Notes& notes_;
  const SqliteStoreLimits limits_;
  const std::string index_path_;
  std::atomic<std::size_t> in_flight_ = 0;
  std::atomic<bool> has_news_ = true;  // messages that the index has not seen
  std::atomic<bool> must_rest_ = false;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<AnyQuestion> questions_;
  bool stopping_ = false;

  // Reader thread.
  std::unique_ptr<HistoryQueries> queries_;
  std::unique_ptr<SearchIndex> index_;  // none: it cannot be opened, or not now
  std::unique_ptr<Retention> retention_;
  bool is_behind_ = false;
  bool must_rebuild_ = false;
  bool index_is_stuck_ = false;  // as the operator was told
  Clock::time_point next_fill_;
  Clock::time_point next_opening_;
  Clock::time_point next_rebuild_;
  Clock::time_point next_retention_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sockchat::storage
