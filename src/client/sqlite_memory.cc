#include "client/sqlite_memory.h"

#include <fmt/format.h>

#include <utility>

#include "client/memory_path.h"
#include "sockchat/base/check.h"

namespace sockchat::client {

using client_core::Opened;

SqliteMemory::SqliteMemory(Executor& loop, std::optional<std::string> state, std::string_view server)
    : loop_(loop), state_(std::move(state)), server_(server), worker_(std::in_place, 1, 1, loop) {}

SqliteMemory::~SqliteMemory() {
  worker_.reset();
  // The last words, a forgotten token among them; nobody is told any more.
  static_cast<void>(work());
}

void SqliteMemory::open(std::string_view user, Completion<Opened> done) {
  submit(Opening{std::string(user), std::move(done)});
}

void SqliteMemory::keep(const client_core::OutboxEntry& entry, Done done) {
  submit(Change{KeepEntry{entry}, std::move(done)});
}

void SqliteMemory::forget(std::string_view cid) {
  submit(Change{ForgetEntry{std::string(cid)}, [](const Result<void>&) {}});
}

void SqliteMemory::keep_shown(const client_core::ShownMark& mark, Done done) {
  submit(Change{KeepShown{mark}, std::move(done)});
}

void SqliteMemory::keep_token(std::optional<Secret> token, Done done) {
  submit(Change{KeepToken{std::move(token)}, std::move(done)});
}

void SqliteMemory::keep_person(std::string_view name, const client_core::KeyPin& key, Done done) {
  submit(Change{KeepPerson{{std::string(name), key}}, std::move(done)});
}

void SqliteMemory::submit(Order order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  if (!working_) start();
}

void SqliteMemory::start() {
  working_ = true;
  // There is no other job: one is given when the one before has come back.
  SOCKCHAT_CHECK(worker_->try_submit([this]() -> Task {
    return [this, told = work()]() mutable {
      working_ = false;
      {
        const std::lock_guard lock(mutex_);
        if (!orders_.empty()) working_ = true;
      }
      if (working_) start();
      for (Task& tell : told) tell();
    };
  }));
}

SqliteMemory::Tasks SqliteMemory::work() {
  std::vector<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    orders.swap(orders_);
  }
  Tasks told;
  std::vector<MemoryChange> changes;
  std::vector<Done> waiting;
  for (Order& order : orders) {
    if (auto* change = std::get_if<Change>(&order)) {
      changes.push_back(std::move(change->change));
      waiting.push_back(std::move(change->done));
      continue;
    }
    apply(changes, waiting, told);
    auto& opening = std::get<Opening>(order);
    told.emplace_back([done = std::move(opening.done), opened = open_file(opening.user)]() mutable {
      done(std::move(opened));
    });
  }
  apply(changes, waiting, told);
  return told;
}

void SqliteMemory::apply(std::vector<MemoryChange>& changes, std::vector<Done>& waiting, Tasks& told) {
  if (changes.empty()) return;
  const Result<void> done = file_ ? file_->apply(changes) : fail(Errc::busy);
  for (Done& tell : waiting) told.emplace_back([tell = std::move(tell), done]() mutable { tell(done); });
  changes.clear();
  waiting.clear();
}

Opened SqliteMemory::open_file(const std::string& user) {
  file_.reset();
  const auto without = [](std::string_view why) {
    return Opened{std::nullopt, fmt::format("Warning: {}; nothing is remembered", why)};
  };
  if (!state_) return without("neither XDG_STATE_HOME nor HOME says where to keep what is not sent yet");
  const auto folder = file_name_of(server_);
  const auto name = file_name_of(user);
  // Nobody has such a name.
  if (!folder || !name) return Opened{};
  file_ = std::make_unique<MemoryFile>(fmt::format("{}/{}", *state_, *folder), *name);
  auto opened = file_->open();
  if (opened) return *std::move(opened);
  file_.reset();
  if (opened.error().code == Errc::busy) return Opened{};
  return without(opened.error().text);
}

}  // namespace sockchat::client
