// The thread that owns the database while a server runs, and the queue that feeds it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "sockchat/storage/sqlite_store.h"
#include "storage/open_database.h"
#include "storage/operations.h"
#include "storage/store_notes.h"
#include "storage/store_reader.h"

namespace sockchat::storage {

class SqliteStore::Writer final {
 public:
  // `reader` is told of new messages, until stop().
  Writer(OpenDatabase open, Executor& executor, SqliteStoreLimits limits, Notes& notes, Reader& reader);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();
  // Does what is queued first. Nothing is done afterwards; the database is closed by the destructor.
  void stop();

  // Loop thread, and the reader's. Answers `busy` when the queue is full; that answer may come before those
  // of the operations in it.
  template <class Request, class Answer>
  void submit(Request request, Completion<Result<Answer>> done) {
    const bool has_room =
        !std::is_same_v<Request, domain::NewMessage> || bytes_in_flight_ < limits_.queue_bytes_max;
    if (in_flight() >= limits_.queue_max || !has_room) {
      notes_.met(has_room ? &Limits::store_queue : &Limits::store_queue_bytes);
      executor_.post([done = std::move(done)]() mutable { done(fail(Errc::busy)); });
      return;
    }
    push(Operation<Request, Answer>{std::move(request), std::move(done)});
  }
  void watch(Completion<domain::AccountChanges> changed);
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.load(std::memory_order_acquire); }

 private:
  using Batch = std::vector<AnyOperation>;
  using Clock = std::chrono::steady_clock;
  enum class Disk : std::uint8_t { enough, low };

  void push(AnyOperation operation);

  // Writer thread.
  void work();
  bool take();
  void refuse_stale();
  Batch next_batch();
  void execute(Batch& batch);
  bool write(Batch& batch);
  bool write_all(Batch& batch);
  void read_only(Batch& batch);
  template <class AnOperation>
  bool perform(AnOperation& operation);
  void tell(Batch batch);
  void tidy_log();
  void look_at_disk();
  void look_at_accounts();
  void set_disk(Disk disk, const std::string& why);
  void note_damages();
  void give_up(Error error);

  Executor& executor_;
  const SqliteStoreLimits limits_;
  Notes& notes_;
  Reader& reader_;
  std::atomic<std::size_t> in_flight_ = 0;
  std::atomic<std::size_t> bytes_in_flight_ = 0;

  // Loop thread.
  Completion<domain::AccountChanges> watcher_;

  std::mutex mutex_;
  std::condition_variable filled_;
  Batch queue_;
  bool stopping_ = false;
  bool watching_ = false;

  // Writer thread.
  OpenDatabase open_;
  Batch taken_;
  std::size_t next_ = 0;  // of `taken_`
  bool looks_at_accounts_ = false;
  Clock::time_point next_look_;
  std::int64_t data_version_ = 0;
  MessageId newest_;          // as of the last commit
  bool refusing_ = false;     // new messages, while less than the reserve is free
  Disk disk_ = Disk::enough;  // as the operator was told
  bool failed_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sockchat::storage
