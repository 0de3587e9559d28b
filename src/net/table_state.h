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

// Somebody with unsent output, and the moment of the last progress as it was then.
struct Waiting {
  TimePoint since;
  ConnectionId id;
};

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
  ByteBuffer opened;                // plaintext that came out of a transport
  ByteBuffer gathered;              // plaintext on its way into a transport
  std::size_t wire_bytes = 0;       // what transports have made of unsent output
  std::uint32_t turn = 1;
  std::size_t handshakes = 0;  // served in this turn
  ConnectionHits hits;

  // Lists of slots. An entry may have been overtaken by events: its connection looks at itself again.
  std::vector<std::uint32_t> dirty;     // have output that might leave
  std::vector<std::uint32_t> revisits;  // have input that no edge announces
  std::vector<std::uint32_t> finished;  // wait for on_close
  std::vector<std::uint32_t> waiting;   // have a deadline, or had one
  std::vector<std::uint32_t> working;   // the list that a step works off, while it fills anew

  // Who is closed next when memory is short, at the end of the list. Sorted once and used up from there: who
  // has made progress meanwhile does not match any more, and who is not in it yet has waited for less.
  std::vector<Waiting> longest_waiting;

  TimerId timer;
  TimePoint timer_at = kNever;

  // Null for an id that is gone or closing.
  [[nodiscard]] Slot* find(ConnectionId id) {
    const std::uint32_t slot = slot_of(id);
    return id && slot < slots.size() && slots[slot].id == id ? &slots[slot] : nullptr;
  }
  // True when there is time for one more in this turn.
  [[nodiscard]] bool take_handshake() { return handshakes < limits.turn_handshakes && ++handshakes > 0; }
  // Makes sure that the one timer fires no later.
  void arm(TimePoint when);
  void check_deadlines();
  [[nodiscard]] std::size_t unsent_bytes() const { return blocks.bytes() + wire_bytes; }
  // Closes whoever has to go to bring unsent_bytes() under its bound.
  void shed();
  void list_waiting();
};

}  // namespace sockchat::net
