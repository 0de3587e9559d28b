// A server core, its clients and its store in one thread and in virtual time, everything decided by a seed:
// what the clients do, when each answer of the store and the hasher comes, how much of its output a client
// takes, when the process dies. What happens is told to a History, which knows the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/history.h"
#include "sim/planted.h"
#include "sim/random.h"
#include "sim/request.h"
#include "sim/trace.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/storage/memory_store.h"
#include "sockchat/wire/server_frame.h"
#include "support/core_world.h"

namespace sockchat::sim {

// Answers late, and tells the history whose password was checked: passwords are "name:right" or
// "name:wrong…".
class SimHasher final : public domain::PasswordHasher {
 public:
  SimHasher(History& history, const test::FaultyStore& store) : history_(history), store_(store) {}
  bool verify(std::string stored_hash, Secret password, Completion<domain::PasswordVerdict> done) override;
  bool hash(Secret password, Completion<Result<std::string>> done) override;
  [[nodiscard]] domain::NameDigest digest(std::string_view name) const override { return fake_.digest(name); }
  bool run_one() { return executor_.run_one(); }
  void drop_all() { executor_.drop_all(); }
  bool full = false;

 private:
  History& history_;
  const test::FaultyStore& store_;
  test::StepExecutor executor_;
  test::FakeHasher fake_{executor_};
};

class SimWorld final : private server_core::Links, private server_core::Journal {
 public:
  SimWorld(std::uint64_t seed, Plant plant);
  ~SimWorld() override;

  // The whole of it: some hundred random events, then everything is healed, read and stopped.
  void run();
  [[nodiscard]] const Trace& trace() const { return trace_; }
  void keep_whole_trace() { trace_.keep_all(); }

 private:
  struct Peer {
    ConnectionId id;
    bool acknowledges = false;
    bool is_stalled = false;    // reads nothing
    bool is_silent = false;     // does not answer a ping
    bool listens = false;       // for private chats
    bool has_finished = false;  // says nothing any more
    bool is_held = false;
    bool is_released = false;
    std::deque<Request> outbox;
    std::uint64_t sent_total = 0;
    std::uint64_t taken_total = 0;
    std::vector<std::uint64_t> pings;                          // where they end
    std::deque<std::pair<std::uint64_t, std::string>> tokens;  // likewise
    std::string swapped;                                       // Plant::reorder: waits for the next one
    std::optional<CloseReason> closing;
  };

  // --- the surroundings of the core (sim_world.cc)
  void send(ConnectionId id, std::string_view frames) override;
  void multicast(std::span<const ConnectionId> ids, std::string_view frames) override;
  void release(ConnectionId id) override;
  void close(ConnectionId id, CloseReason reason) override;
  void note(const server_core::JournalEntry& entry) override;
  void tell_history(Peer& peer, std::string_view frame);
  void spoil_and_tell(Peer& peer, std::string frame);
  test::StoreFault decide_fault(test::StoreOperation operation);
  void start_core();
  void stop_core();
  void kill_core();
  bool step();
  bool step_peer(Peer& peer, std::size_t kind);
  bool offer(Peer& peer);
  bool take(Peer& peer);
  bool finish_closing(Peer& peer);
  void steps(std::size_t count);
  void settle();
  void advance(Duration by);
  [[nodiscard]] Peer* find(ConnectionId id);
  [[nodiscard]] bool failed() const { return trace_.violation().has_value(); }

  // --- the clients (sim_clients.cc)
  void act();
  void act_on_connection();
  void act_on_world();
  void talk_privately(Peer& peer);  // sim_private.cc
  Peer& connect(bool acknowledges);
  void connect_somebody();
  void ask(Peer& peer, Act act, std::vector<std::string_view> data, Request request);
  void ask_login(Peer& peer, int user, bool right);
  void ask_resume(Peer& peer, int user, bool honest);
  void say_something(Peer& peer);
  void say_again(Peer& peer);
  void ask_about_user(Peer& peer, Act act);
  void acknowledge(Peer& peer, bool everything);
  void talk_garbage(Peer& peer);
  void vanish(Peer& peer, CloseReason reason);
  [[nodiscard]] Peer* somebody();
  [[nodiscard]] std::string new_text();
  void finish();
  void log_everybody_in();

  Trace trace_;
  Random random_;
  const Plant plant_;
  const int users_;
  server_core::Config config_;
  History history_;
  test::FakeClock clock_;
  test::StepExecutor store_executor_;
  storage::MemoryStore memory_;
  PlantedStore store_;
  SimHasher hasher_;
  test::FakeTokens tokens_;
  std::map<ConnectionId, Peer> peers_;  // those that are open
  std::size_t fault_percent_ = 0;
  bool disk_is_slow_ = false;
  // What the clients keep: of each user the newest token that has arrived, and all that ever did.
  std::array<std::string, kUsersMax> tokens_kept_;
  std::vector<std::pair<int, std::string>> tokens_seen_;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_request_ = 0;
  std::uint64_t last_text_ = 0;
  wire::ServerFrameReader reader_;
  std::unique_ptr<server_core::ServerCore> core_;
};

}  // namespace sockchat::sim
