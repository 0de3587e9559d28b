// A server core with nothing real around it: a clock that the test turns, connections that record, a store in
// memory, a hasher that costs nothing. One thread; everything happens in settle() and advance(), in one
// order.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/task.h"
#include "sockchat/domain/ports.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/storage/memory_store.h"

namespace sockchat::test {

// Tasks run when the test says so, in the order of posting.
class StepExecutor final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  bool run_one() {
    if (tasks_.empty()) return false;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  void drop_all() { tasks_.clear(); }
  [[nodiscard]] bool empty() const { return tasks_.empty(); }

 private:
  std::deque<Task> tasks_;
};

class FakeClock final : public server_core::Clock {
 public:
  [[nodiscard]] Moment now() const override { return moment; }
  void advance(Duration by) {
    moment.mono += by;
    moment.wall += std::chrono::duration_cast<std::chrono::milliseconds>(by);
  }
  // 2026-11-22T12:00:00.123Z
  Moment moment{TimePoint(std::chrono::hours(1)), WallTime(std::chrono::milliseconds(1'795'348'800'123))};
};

// "Hashes" are the passwords behind "hash:", and every check is counted.
class FakeHasher final : public domain::PasswordHasher {
 public:
  explicit FakeHasher(Executor& executor) : executor_(executor) {}
  bool verify(std::string stored_hash, Secret password, Completion<domain::PasswordVerdict> done) override;
  bool hash(Secret password, Completion<Result<std::string>> done) override;
  [[nodiscard]] domain::NameDigest digest(std::string_view name) const override;

  bool full = false;
  bool without_memory = false;
  int checks = 0;

 private:
  Executor& executor_;
};

// "token 1", "token 2" and so on, in the order of giving; their digests are their own bytes.
class FakeTokens final : public domain::TokenSource {
 public:
  [[nodiscard]] Secret fresh_token() override;
  [[nodiscard]] domain::TokenDigest token_digest(std::string_view token) const override;

 private:
  std::uint64_t given_ = 0;
};

// What one connection was sent, and how it ended.
struct Wire {
  std::string sent;                    // frames, not read by the peer yet
  std::uint64_t sent_total = 0;        // since the beginning
  std::uint64_t told_total = 0;        // as on_written last said
  bool stalled = false;                // the peer does not read: the kernel takes nothing
  bool released = false;               // since the last look
  std::optional<CloseReason> closing;  // Links::close was called
  std::optional<CloseReason> closed;   // and on_closed has told
  std::deque<std::string> waiting;     // frames of the peer that are not offered yet
};

class CoreWorld : private server_core::Links, private server_core::Journal {
 public:
  explicit CoreWorld(server_core::Config config = standard_config());
  ~CoreWorld() override;

  // A minute of lock, ten minutes of timeout.
  static server_core::Config standard_config();

  void add_user(std::string_view name, std::string_view password);
  ConnectionId connect(std::string address = "127.0.0.1");
  // Sends one JSON text, and lets everything happen that follows.
  void say(ConnectionId id, std::string_view json);
  // The same without settling: for what must be under way at the same time.
  void say_unsettled(ConnectionId id, std::string_view json);
  // Connects and logs in; everything that was said so far is forgotten.
  ConnectionId log_in(std::string_view name, std::string_view password, std::string_view hello = {});
  // The JSON texts that came since the last call.
  std::vector<std::string> hear(ConnectionId id);
  // The peer is gone.
  void vanish(ConnectionId id, CloseReason reason = CloseReason::peer_closed);
  // A closed connection is not asked about any more.
  void forget(ConnectionId id);
  void settle();
  // Turns the clock in the steps of the core's deadlines.
  void advance(Duration by);
  // The process dies: connections, core and what was under way are gone; the store stays. A new core starts.
  void restart();

  Wire& wire(ConnectionId id) { return wires_[id]; }
  [[nodiscard]] std::optional<CloseReason> closed(ConnectionId id) { return wires_[id].closed; }
  server_core::ServerCore& core() { return *core_; }
  domain::Store& store() { return *store_; }
  FakeHasher& hasher() { return hasher_; }
  FakeClock& clock() { return clock_; }
  StepExecutor& executor() { return executor_; }
  server_core::Config& config() { return config_; }
  [[nodiscard]] bool noted(server_core::Notice notice) const;

 private:
  void send(ConnectionId id, std::string_view frames) override;
  void multicast(std::span<const ConnectionId> ids, std::string_view frames) override;
  void release(ConnectionId id) override;
  void close(ConnectionId id, CloseReason reason) override;
  void note(const server_core::JournalEntry& entry) override;
  void start_core();
  bool offer(ConnectionId id, Wire& wire);
  bool step_wires();

  server_core::Config config_;
  FakeClock clock_;
  StepExecutor executor_;
  FakeHasher hasher_;
  FakeTokens tokens_;
  std::unique_ptr<domain::Store> store_;
  std::map<ConnectionId, Wire> wires_;
  std::map<ConnectionId, bool> held_;
  std::vector<server_core::Notice> notices_;
  std::uint64_t last_connection_ = 0;
  std::unique_ptr<server_core::ServerCore> core_;
};

}  // namespace sockchat::test
