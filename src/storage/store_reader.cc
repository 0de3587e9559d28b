#include "storage/store_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace sockchat::storage {
namespace {

using namespace std::chrono_literals;
using domain::HistoryPage;

// One transaction of the index takes in so much, and whoever asks meanwhile waits for it.
constexpr std::size_t kRunRows = 512;
constexpr std::size_t kRunBytes = std::size_t{256} << 10;
// How long the index waits for more when something came.
constexpr auto kMoment = 100ms;
// While messages keep coming, a transaction is followed by a rest of so many times its length.
constexpr int kRest = 4;
constexpr auto kRestMax = 500ms;
// How long the writer may keep the reader out of the log.
constexpr auto kWay = 250ms;
// After a failure: of the disk, and of an index that was made anew already.
constexpr auto kRetry = 10s;
constexpr auto kRebuildInterval = 60s;
constexpr Duration kLongest = std::chrono::hours(1);  // between two looks at what retention has to do

}  // namespace

SqliteStore::Reader::Reader(std::unique_ptr<HistoryQueries> queries, std::string index_path,
                            Executor& executor, Notes& notes, SqliteStoreLimits limits)
    : executor_(executor),
      notes_(notes),
      limits_(std::move(limits)),
      index_path_(std::move(index_path)),
      queries_(std::move(queries)) {
  open_index();
}

SqliteStore::Reader::~Reader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SqliteStore::Reader::start(Retention::Remove remove) {
  retention_ = std::make_unique<Retention>(limits_.retention, *queries_, std::move(remove));
  thread_ = std::thread([this] { work(); });
}

// --- the others' side

void SqliteStore::Reader::push(AnyQuestion question) {
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back(std::move(question));
  }
  woken_.notify_one();
}

void SqliteStore::Reader::messages_came() {
  if (has_news_.exchange(true)) return;
  // Between the reader's look and its sleep nothing may be missed.
  { const std::lock_guard lock(mutex_); }
  woken_.notify_one();
}

void SqliteStore::Reader::make_way(bool makes_way) {
  if (makes_way_.exchange(makes_way) == makes_way || makes_way) return;
  { const std::lock_guard lock(mutex_); }
  woken_.notify_one();
}

// --- the reader's side

void SqliteStore::Reader::work() {
  while (!is_stopping()) {
    if (makes_way_.load()) give_way();
    if (auto question = next_question()) {
      answer(*std::move(question));
    } else {
      tend();
    }
    note_damages();
  }
}

bool SqliteStore::Reader::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void SqliteStore::Reader::give_way() {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, kWay, [this] { return stopping_ || !makes_way_.load(); });
  makes_way_.store(false);
}

// None: something else is due.
std::optional<AnyQuestion> SqliteStore::Reader::next_question() {
  Clock::time_point due = next_retention_;
  if (!index_) due = std::min(due, next_opening_);
  if (index_ && is_behind_) due = std::min(due, next_fill_);
  std::unique_lock lock(mutex_);
  woken_.wait_until(lock, due,
                    [this] { return stopping_ || !questions_.empty() || (!is_behind_ && has_news_.load()); });
  if (stopping_ || questions_.empty()) return std::nullopt;
  std::optional<AnyQuestion> first(std::move(questions_.front()));
  questions_.pop_front();
  return first;
}

void SqliteStore::Reader::answer(AnyQuestion question) {
  std::visit(
      [this](auto& operation) {
        // A thread without turns has no Moment: it reads the clock.
        const auto now = Clock::now();
        if (operation.asked + limits_.wait_max < now) {
          notes_.met(&Limits::store_wait_seconds);
          operation.answer = fail(Errc::busy, "it waited too long");
        } else {
          set_deadline(now + limits_.history_time_max);
          operation.answer = run(operation.request);
          set_deadline(std::nullopt);
        }
        executor_.post(
            [operation = std::move(operation)]() mutable { operation.done(std::move(operation.answer)); });
      },
      question);
  in_flight_.fetch_sub(1, std::memory_order_release);
}

void SqliteStore::Reader::set_deadline(std::optional<Clock::time_point> deadline) {
  queries_->set_deadline(deadline);
  if (index_) index_->set_deadline(deadline);
}

Result<HistoryPage> SqliteStore::Reader::run(const domain::SearchQuery& query) {
  const auto words = parse_search(query.words);
  if (!words) return tl::unexpected(words.error());
  if (!index_) return fail(Errc::storage, "there is no search index");
  auto main = queries_->state();
  if (!main) return tl::unexpected(main.error());
  // The last words before a search are often what is looked for.
  const std::uint64_t behind = main->newest.value() - std::min(main->newest, index_->position()).value();
  if (behind > 0 && behind <= kRunRows) fill_index();
  PageFiller filler{.count_max = query.count_max, .bytes_max = query.bytes_max, .page = {}};
  if (index_) {
    if (auto found = look_up(query, *words, filler); !found) return tl::unexpected(found.error());
  }
  if (!index_) return fail(Errc::storage, "the search index is made anew");
  main = queries_->state();
  if (!main) return tl::unexpected(main.error());
  filler.page.unindexed = main->newest.value() - std::min(main->newest, index_->position()).value();
  if (!filler.page.more) filler.page.cut = main->cut;
  return std::move(filler.page);
}

// The index proposes; who may see a message is decided by the message.
Result<void> SqliteStore::Reader::look_up(const domain::SearchQuery& query,
                                          const std::vector<SearchWord>& words, PageFiller& filler) {
  const auto refused = queries_->refused_by(query.asker);
  if (!refused) return tl::unexpected(refused.error());
  static_cast<void>(index_->take_fault());
  const auto found = index_->find(query.asker, words, [&](MessageId id) -> Result<bool> {
    auto message = queries_->message(id);
    if (!message) return tl::unexpected(message.error());
    if (!*message) return true;
    const domain::Message& there = **message;
    const bool is_own = there.from == query.asker || there.to == query.asker;
    if (!is_own && (there.to || std::ranges::binary_search(*refused, there.from))) return true;
    return filler.take(std::move(**message));
  });
  if (found) return {};
  const sqlite::DbFault fault = index_->take_fault();
  if (fault == sqlite::DbFault::none) return found;
  if (fault == sqlite::DbFault::late) return fail(Errc::busy, "it took too long");
  index_failed(fault, found.error());
  return fail(Errc::storage, "the search index is made anew");
}

// --- what is done when nobody asks

void SqliteStore::Reader::tend() {
  const auto now = Clock::now();
  if (has_news_.exchange(false) && !is_behind_) {
    is_behind_ = true;
    next_fill_ = now + kMoment;
  }
  if (!index_ && now >= next_opening_) open_index();
  if (index_ && is_behind_ && now >= next_fill_) fill_index();
  if (now >= next_retention_) tend_retention();
}

void SqliteStore::Reader::fill_index() {
  const auto begun = Clock::now();
  const auto run = queries_->run_of(index_->position(), kRunRows, kRunBytes);
  if (!run) {
    // In the time of a search it may be cut short.
    const bool is_late = run.error().code == Errc::busy;
    if (!is_late) notes_.note(run.error().text);
    next_fill_ = begun + (is_late ? Clock::duration(kMoment) : Clock::duration(kRetry));
    return;
  }
  static_cast<void>(index_->take_fault());
  if (run->up_to > index_->position()) {
    if (const auto added = index_->add(*run); !added)
      return index_failed(index_->take_fault(), added.error());
  }
  index_is_stuck_ = false;
  is_behind_ = run->up_to < run->state.newest;
  const auto ended = Clock::now();
  next_fill_ =
      has_news_.load() ? ended + std::min<Clock::duration>(kRest * (ended - begun), kRestMax) : ended;
}

void SqliteStore::Reader::open_index() {
  next_opening_ = Clock::now() + kRetry;
  const auto main = queries_->state();
  if (!main) return notes_.note(main.error().text);
  std::vector<std::string> lines;
  auto index =
      must_rebuild_ ? SearchIndex::rebuild(index_path_, *main) : SearchIndex::open(index_path_, *main, lines);
  for (std::string& line : lines) notes_.note(std::move(line));
  if (index) {
    index_ = *std::move(index);
    must_rebuild_ = false;
    is_behind_ = true;
    next_fill_ = Clock::now();
    index_is_stuck_ = false;
  } else if (!std::exchange(index_is_stuck_, true)) {
    notes_.note(fmt::format("there is no search index: {}", index.error().text));
  }
}

// A disk that is full, or a moment in which something is locked, passes. All else is mended by a new one, but
// not again and again.
void SqliteStore::Reader::index_failed(sqlite::DbFault fault, const Error& error) {
  const auto now = Clock::now();
  if (fault == sqlite::DbFault::late) {
    next_fill_ = now + kMoment;
    return;
  }
  if (fault == sqlite::DbFault::full || fault == sqlite::DbFault::busy) {
    next_fill_ = now + kRetry;
    if (fault == sqlite::DbFault::full && !std::exchange(index_is_stuck_, true))
      notes_.note(fmt::format("the search index cannot grow: {}", error.text));
    return;
  }
  notes_.note(fmt::format("the search index is made anew: {}", error.text));
  index_.reset();
  must_rebuild_ = true;
  next_opening_ = std::max(now, next_rebuild_);
  next_rebuild_ = now + kRebuildInterval;
}

void SqliteStore::Reader::tend_retention() {
  if (index_) static_cast<void>(index_->take_fault());
  const auto pause = retention_->step(index_.get());
  const auto now = Clock::now();
  next_retention_ = now + kRetry;
  if (pause) {
    next_retention_ = *pause > kLongest ? now + kLongest : now + *pause;
    return;
  }
  const auto fault = index_ ? index_->take_fault() : sqlite::DbFault::none;
  if (fault != sqlite::DbFault::none) return index_failed(fault, pause.error());
  notes_.note(pause.error().text);
}

void SqliteStore::Reader::note_damages() {
  for (std::string& line : queries_->take_damages()) notes_.note(std::move(line));
}

}  // namespace sockchat::storage
