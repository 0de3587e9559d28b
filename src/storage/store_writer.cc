#include "storage/store_writer.h"
#include "sockchat/base/planted.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <type_traits>

namespace sockchat::storage {
namespace {

// An operator's command is noticed within a second, and a hundred of them cost one look.
constexpr auto kLookInterval = std::chrono::milliseconds(400);
// The log is copied back when it has so many pages (8 MiB): often enough to stay small, and with every page
// that was written many times copied once.
constexpr std::size_t kLogPages = 2048;

template <class AnOperation>
constexpr bool is_append = std::is_same_v<AnOperation, AppendOperation>;

std::size_t bytes_of(const AnyOperation& operation) {
  const auto* append = std::get_if<AppendOperation>(&operation);
  return append ? append->request.text.size() : 0;
}

// What has a transaction of its own, so that its failure is nobody else's.
bool is_apart(const AnyOperation& operation) {
  return std::holds_alternative<Operation<RemoveMessages, void>>(operation);
}

bool only_reads(const AnyOperation& operation) {
  return std::visit([]<class AnOperation>(const AnOperation&) { return kOnlyReads<AnOperation>; }, operation);
}

bool is_refused(const AnyOperation& operation) {
  const auto* append = std::get_if<AppendOperation>(&operation);
  return append != nullptr && !append->answer && append->answer.error().code == Errc::busy;
}

}  // namespace

SqliteStore::Writer::Writer(OpenDatabase open, Executor& executor, SqliteStoreLimits limits, Notes& notes,
                            Reader& reader)
    : executor_(executor),
      limits_(std::move(limits)),
      notes_(notes),
      reader_(reader),
      open_(std::move(open)) {
  data_version_ = open_.queries->data_version().value_or(0);
  thread_ = std::thread([this] { work(); });
}

SqliteStore::Writer::~Writer() { stop(); }

void SqliteStore::Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// --- the loop's side

void SqliteStore::Writer::push(AnyOperation operation) {
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  bytes_in_flight_ += bytes_of(operation);
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back(std::move(operation));
  }
  if (was_empty) filled_.notify_one();
}

void SqliteStore::Writer::watch(Completion<domain::AccountChanges> changed) {
  watcher_ = std::move(changed);
  {
    const std::lock_guard lock(mutex_);
    watching_ = static_cast<bool>(watcher_);
  }
  filled_.notify_one();
}

// --- the writer's side

void SqliteStore::Writer::work() {
  while (take()) {
    while (next_ < taken_.size()) {
      refuse_stale();
      Batch batch = next_batch();
      execute(batch);
      tell(std::move(batch));
      tidy_log();
    }
    // A thread without turns has no Moment: it reads the clock, for this alone.
    if (looks_at_accounts_ && Clock::now() >= next_look_) {
      if (!failed_) look_at_accounts();
      next_look_ = Clock::now() + kLookInterval;
    }
  }
}

// Everything that waits. Nothing at all when it is time to look at the accounts; false when it is time to
// end.
bool SqliteStore::Writer::take() {
  taken_.clear();
  next_ = 0;
  std::unique_lock lock(mutex_);
  const auto awaited = [this] { return stopping_ || !queue_.empty() || watching_ != looks_at_accounts_; };
  if (looks_at_accounts_) {
    filled_.wait_until(lock, next_look_, awaited);
  } else {
    filled_.wait(lock, awaited);
  }
  looks_at_accounts_ = watching_;
  taken_.swap(queue_);
  return !stopping_ || !taken_.empty();
}

SqliteStore::Writer::Batch SqliteStore::Writer::next_batch() {
  std::size_t end = next_ + 1;
  std::size_t bytes = bytes_of(taken_[next_]);
  if (!is_apart(taken_[next_])) {
    while (end < taken_.size() && !is_apart(taken_[end]) && end - next_ < limits_.batch_operations &&
           bytes < limits_.batch_bytes) {
      bytes += bytes_of(taken_[end++]);
    }
  }
  if (next_ == 0 && end == taken_.size()) return std::exchange(taken_, {});
  const auto begin = taken_.begin() + static_cast<std::ptrdiff_t>(next_);
  Batch batch(std::make_move_iterator(begin),
              std::make_move_iterator(taken_.begin() + static_cast<std::ptrdiff_t>(end)));
  next_ = end;
  return batch;
}

// Of what may be in the next batch. A slow disk must make senders wait, and not the answers: who is told
// `busy` at least knows.
void SqliteStore::Writer::refuse_stale() {
  const auto asked_before = Clock::now() - limits_.wait_max;
  const std::size_t end = std::min(taken_.size(), next_ + limits_.batch_operations);
  for (std::size_t at = next_; at < end; ++at) {
    auto* append = std::get_if<AppendOperation>(&taken_[at]);
    if (append == nullptr || append->asked >= asked_before || is_refused(taken_[at])) continue;
    append->answer = fail(Errc::busy);
    notes_.met(&Limits::store_wait_seconds);
  }
}

// Whatever is not done here has the answer that it was born with: `storage`.
void SqliteStore::Writer::execute(Batch& batch) {
  if (failed_) return;
  if (planted(Plant::reversed_batch)) std::ranges::reverse(batch);
  if (std::ranges::all_of(batch, [](const auto& any) { return only_reads(any) || is_refused(any); })) {
    read_only(batch);
  } else {
    look_at_disk();
    // What was read in a transaction that is taken back may never have been.
    if (!write(batch) && !failed_) read_only(batch);
  }
  note_damages();
}

void SqliteStore::Writer::read_only(Batch& batch) {
  for (AnyOperation& any : batch) {
    std::visit(
        [this]<class AnOperation>(AnOperation& operation) {
          if constexpr (kOnlyReads<AnOperation>) perform(operation);
        },
        any);
  }
}

// False when nothing of it was done.
bool SqliteStore::Writer::write(Batch& batch) {
  Database& database = *open_.database;
  static_cast<void>(database.take_fault());
  if (write_all(batch)) {
    const std::uint64_t commits = open_.queries->commits();
    if (planted(Plant::early_ok) && commits % 8 != 0) return true;
    if (planted(Plant::lost_batch) && commits % 32 == 0) {
      static_cast<void>(database.execute("ROLLBACK; BEGIN IMMEDIATE"));
      static_cast<void>(open_.queries->write_counters());
    }
    const auto committed = database.commit();
    if (committed) {
      if (std::exchange(newest_, open_.queries->newest()) != newest_) reader_.messages_came();
      open_.directory.write_progress(open_.queries->commits());
      if (!refusing_) set_disk(Disk::enough, {});
      return true;
    }
    const DbFault fault = database.take_fault();
    if (fault != DbFault::full && fault != DbFault::busy) {
      // A sync may have failed: the outcome is not known, and asking again would not tell.
      give_up(committed.error());
    } else {
      set_disk(Disk::low, committed.error().text);
    }
  }
  for (AnyOperation& any : batch) {
    if (!is_refused(any)) std::visit([](auto& operation) { operation.answer = fail(Errc::storage); }, any);
  }
  if (failed_) return false;
  if (const auto undone = database.rollback(); !undone) give_up(undone.error());
  return false;
}

// Up to the commit. False: a failure of the database, and the transaction has to be taken back.
bool SqliteStore::Writer::write_all(Batch& batch) {
  Database& database = *open_.database;
  const auto fits = [this, &database](const Result<void>& done) {
    if (done) return true;
    const bool is_full = database.take_fault() == DbFault::full;
    is_full ? set_disk(Disk::low, done.error().text) : notes_.note(done.error().text);
    return false;
  };
  if (!fits(database.begin()) && !planted(Plant::early_ok)) return false;
  if (!fits(open_.queries->read_counters())) return false;
  for (AnyOperation& any : batch) {
    const bool whole =
        is_refused(any) || std::visit([this](auto& operation) { return perform(operation); }, any);
    if (!whole) return false;
  }
  return fits(open_.queries->write_counters());
}

// False: a failure of the database in something that writes.
template <class AnOperation>
bool SqliteStore::Writer::perform(AnOperation& operation) {
  if constexpr (is_append<AnOperation>) {
    if (refusing_) {
      notes_.met(&Limits::disk_free_min);
      operation.answer = fail(Errc::storage, "the disk is nearly full");
      return true;
    }
  }
  operation.answer = open_.queries->run(operation.request);
  if (operation.answer) return true;
  const DbFault fault = open_.database->take_fault();
  if (fault == DbFault::none) return true;
  if (fault == DbFault::full) {
    set_disk(Disk::low, operation.answer.error().text);
  } else {
    notes_.note(operation.answer.error().text);
  }
  return kOnlyReads<AnOperation>;
}

void SqliteStore::Writer::tell(Batch batch) {
  const std::size_t count = batch.size();
  for (const AnyOperation& any : batch) bytes_in_flight_ -= bytes_of(any);
  executor_.post([batch = std::move(batch)]() mutable {
    for (AnyOperation& any : batch) {
      std::visit([](auto& operation) { operation.done(std::move(operation.answer)); }, any);
    }
  });
  in_flight_.fetch_sub(count, std::memory_order_release);
}

// Behind the answers, so that nobody waits for it but the next batch.
void SqliteStore::Writer::tidy_log() {
  const std::size_t pages = open_.database->log_pages();
  // None: nothing was committed since the last time.
  if (failed_ || pages == 0) return;
  if (pages < kLogPages) return reader_.make_way(false);
  const auto done = open_.database->checkpoint();
  // What is copied back is written over as soon as nobody reads in it.
  reader_.make_way(true);
  const DbFault fault = open_.database->take_fault();
  if (fault == DbFault::full) set_disk(Disk::low, done.error().text);
  if (!done && fault != DbFault::full && fault != DbFault::busy) give_up(done.error());
}

// Asked once a batch, which costs nothing next to its sync: relief is noticed with the next message.
void SqliteStore::Writer::look_at_disk() {
  if (limits_.disk_free_min == 0) return;
  const auto free = open_.directory.free_bytes();
  refusing_ = free && *free < limits_.disk_free_min;
  if (refusing_) {
    set_disk(Disk::low,
             fmt::format("{} MiB of disk are free, {} are wanted", *free >> 20, limits_.disk_free_min >> 20));
  }
}

void SqliteStore::Writer::look_at_accounts() {
  const auto version = open_.queries->data_version();
  if (!version || *version == data_version_) return;
  data_version_ = *version;
  auto accounts = open_.queries->accounts();
  auto lockouts = open_.queries->lockouts();
  note_damages();
  if (!accounts || !lockouts) return notes_.note((accounts ? lockouts.error() : accounts.error()).text);
  domain::AccountChanges changes{std::move(*accounts), std::move(*lockouts)};
  executor_.post([this, changes = std::move(changes)]() mutable {
    if (watcher_) watcher_(std::move(changes));
  });
}

void SqliteStore::Writer::set_disk(Disk disk, const std::string& why) {
  if (disk_ == disk) return;
  disk_ = disk;
  notes_.note(disk == Disk::low ? fmt::format("new messages are refused: {}", why)
                                : "the disk has room again, messages are accepted");
}

void SqliteStore::Writer::note_damages() {
  for (std::string& line : open_.queries->take_damages()) notes_.note(std::move(line));
}

void SqliteStore::Writer::give_up(Error error) {
  failed_ = true;
  open_.database->abandon();
  notes_.end(std::move(error));
}

}  // namespace sockchat::storage
