// What the connections of one table share: their slots, the lists of a turn, and the pools. Private to net.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "net/connection.h"
#include "net/send_queue.h"
#include "sockchat/net/connection_table.h"

namespace sockchat::net {

// 64 bytes: what a multicast touches for each receiver.
struct Slot {
  ConnectionId id;  // none when the slot is free, or its connection closes
  std::unique_ptr<Connection> connection;
  SendQueue queue;
};
static_assert(sizeof(Slot) <= 64 && sizeof(Connection) <= 88, "an idle connection is to stay small");

struct TableState {
  Reactor& reactor;
  ConnectionObserver& observer;
  const ConnectionLimits limits;

  BlockPool blocks;  // outlives the queues
  std::vector<Slot> slots;
  std::vector<std::uint32_t> free_slots;
  std::uint64_t last_generation = 0;
  std::size_t open = 0;

  std::unique_ptr<char[]> scratch;  // what is being read, of whichever connection
  ByteBuffer gathered;              // plaintext on its way into a transport
  std::uint32_t turn = 1;

  // Lists of slots. An entry may have been overtaken by events: its connection looks at itself again.
  std::vector<std::uint32_t> dirty;     // have output that might leave
  std::vector<std::uint32_t> revisits;  // have input that no edge announces
  std::vector<std::uint32_t> finished;  // wait for on_close
  std::vector<std::uint32_t> waiting;   // have a deadline, or had one
  std::vector<std::uint32_t> working;   // the list that a step works off, while it fills anew

  TimerId timer;
  TimePoint timer_at = kNever;

  // Null for an id that is gone or closing.
  [[nodiscard]] Slot* find(ConnectionId id) {
    const std::uint32_t slot = slot_of(id);
    return id && slot < slots.size() && slots[slot].id == id ? &slots[slot] : nullptr;
  }
  // Makes sure that the one timer fires no later.
  void arm(TimePoint when);
  void check_deadlines();
};

}  // namespace sockchat::net
