// A server core that a script plays on: connections that stall and vanish, a store that is slow and fails, a
// clock that is turned by hand, and a judge that watches all of it. What is asked of the stage in any order
// is something that the program could do to the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core_judge.h"
#include "sockchat/server_core/server_core.h"
#include "sockchat/storage/memory_store.h"
#include "support/core_world.h"
#include "support/faulty_store.h"

namespace sockchat::fuzz {

class CoreStage final : private server_core::Links, private server_core::Journal {
 public:
  // Everything that can be full is full soon.
  static server_core::Config small_config();

  explicit CoreStage(server_core::Config config = small_config());
  CoreStage(const CoreStage&) = delete;
  CoreStage& operator=(const CoreStage&) = delete;
  ~CoreStage() override;

  void add_user(std::string_view name, std::string_view password);

  // --- connections; one that is gone is asked nothing
  std::optional<ConnectionId> open(std::string address);
  // Any of those that are there.
  [[nodiscard]] std::optional<ConnectionId> pick(std::uint8_t which) const;
  void say(ConnectionId id, std::string json);
  // A length that is none.
  void say_bad_length(ConnectionId id);
  void end_input(ConnectionId id);
  void vanish(ConnectionId id);
  void stall(ConnectionId id, bool stalled);

  // --- the surroundings
  void fail_next(test::StoreFault fault, std::size_t operations);
  test::FakeHasher& hasher() { return hasher_; }
  bool step();
  void settle();
  // In the steps of the core's deadlines. What is under way stays so, unless it settles.
  void advance(Duration by);
  [[nodiscard]] TimePoint now() const { return clock_.moment.mono; }

  // All that was withheld is given, and time for every answer: nobody has been forgotten.
  void come_to_rest();
  // Afterwards nothing is there any more.
  void shut_down();

  CoreJudge& judge() { return judge_; }
  server_core::ServerCore& core() { return *core_; }
  // The frames that a connection was sent since the last look, and whether it was closed.
  [[nodiscard]] std::string take_sent(ConnectionId id);
  [[nodiscard]] bool is_open(ConnectionId id) const;

 private:
  struct Wire {
    std::deque<std::string> waiting;
    std::string sent;
    std::uint64_t sent_total = 0;
    std::uint64_t told_total = 0;
    bool is_stalled = false;
    bool is_held = false;
    bool is_released = false;
    bool is_deaf = false;  // a bad frame, or the end of input: nothing that follows is offered
    std::optional<CloseReason> closing;
  };

  void send(ConnectionId id, std::string_view frames) override;
  void multicast(std::span<const ConnectionId> ids, std::string_view frames) override;
  void release(ConnectionId id) override;
  void close(ConnectionId id, CloseReason reason) override;
  void note(const server_core::JournalEntry& entry) override;
  bool step_wire(ConnectionId id, Wire& wire);
  void offer_front(ConnectionId id, Wire& wire);
  void gone(ConnectionId id, CloseReason reason);

  server_core::Config config_;
  test::FakeClock clock_;
  test::StepExecutor executor_;
  test::FakeHasher hasher_;
  test::FakeTokens tokens_;
  storage::MemoryStore memory_;
  test::StoreFault fault_ = test::StoreFault::none;
  std::size_t faults_left_ = 0;
  test::FaultyStore store_;
  std::map<ConnectionId, Wire> wires_;
  std::uint64_t last_connection_ = 0;
  CoreJudge judge_;
  std::unique_ptr<server_core::ServerCore> core_;
};

}  // namespace sockchat::fuzz
