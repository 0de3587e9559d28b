#include "sockchat/net/connection_table.h"

#include <algorithm>
#include <utility>

#include "net/connection.h"
#include "net/table_state.h"
#include "sockchat/base/check.h"

namespace sockchat::net {
namespace {

// For fewer receivers copies are cheaper, and a receiver that stalls keeps no block that is full of others'
// bytes.
constexpr std::size_t kShareMin = 4;

}  // namespace

void TableState::arm(TimePoint when) {
  if (when >= timer_at) return;
  reactor.cancel(timer);
  timer_at = when;
  timer = reactor.schedule(when, [this] { check_deadlines(); });
}

// One timer for all: deadlines move with every write, and only what the first one finds is looked at.
void TableState::check_deadlines() {
  timer_at = kNever;
  working.swap(waiting);
  TimePoint next = kNever;
  for (const std::uint32_t slot : working) {
    Connection* const connection = slots[slot].connection.get();
    const TimePoint when = connection ? connection->check_deadline(reactor.now().mono) : kNever;
    if (when == kNever) continue;
    waiting.push_back(slot);
    next = std::min(next, when);
  }
  working.clear();
  arm(next);
}

void TableState::shed() {
  bool is_fresh = false;
  while (unsent_bytes() > limits.send_memory_max) {
    if (longest_waiting.empty()) {
      // Those of a fresh list who were left out have made progress since: let the next turn look again.
      if (std::exchange(is_fresh, true)) return;
      list_waiting();
      if (longest_waiting.empty()) return;
    }
    const Waiting next = longest_waiting.back();
    longest_waiting.pop_back();
    Connection* const connection = slots[slot_of(next.id)].connection.get();
    if (connection == nullptr || connection->id() != next.id || connection->waiting_since() != next.since)
      continue;
    if (connection->has_progressed(reactor.now().mono)) continue;
    ++hits.send_memory_max;
    connection->finish(CloseReason::slow_consumer);
    blocks.end_turn();
  }
}

// Everybody who has unsent output has a deadline for it since the last flush.
void TableState::list_waiting() {
  for (const std::uint32_t slot : waiting) {
    const Connection* const connection = slots[slot].connection.get();
    const TimePoint since = connection ? connection->waiting_since() : kNever;
    if (since != kNever) longest_waiting.push_back({since, connection->id()});
  }
  std::ranges::sort(longest_waiting, std::ranges::greater(), &Waiting::since);
}

ConnectionTable::ConnectionTable(Reactor& reactor, ConnectionObserver& observer,
                                 const ConnectionLimits& limits)
    : state_(std::make_unique<TableState>(reactor, observer, limits)) {
  // Unsent bytes are counted in 32 bits.
  SOCKCHAT_CHECK(limits.send_queue_hard <= std::size_t{1} << 30);
  SOCKCHAT_CHECK(limits.turn_bytes > 0);
  state_->scratch = std::make_unique<char[]>(limits.turn_bytes + ByteBuffer::kPadding);
  reactor.join_turn(*this);
}

ConnectionTable::~ConnectionTable() {
  state_->reactor.leave_turn(*this);
  state_->reactor.cancel(state_->timer);
}

Result<ConnectionId> ConnectionTable::adopt(UniqueFd fd, std::unique_ptr<Transport> transport) {
  TableState& state = *state_;
  if (state.free_slots.empty()) {
    if (state.slots.size() >> kSlotBits != 0) return fail(Errc::system, "too many connections");
    state.free_slots.push_back(static_cast<std::uint32_t>(state.slots.size()));
    state.slots.emplace_back();
  }
  const std::uint32_t slot = state.free_slots.back();
  const ConnectionId id(++state.last_generation << kSlotBits | slot);
  auto connection = std::make_unique<Connection>(state, id, std::move(fd), std::move(transport));
  if (auto watched = connection->watch(); !watched) return tl::unexpected(std::move(watched.error()));
  state.free_slots.pop_back();
  state.slots[slot].id = id;
  state.slots[slot].connection = std::move(connection);
  ++state.open;
  return id;
}

std::uint64_t ConnectionTable::send(ConnectionId id, std::string_view bytes) {
  Slot* const slot = state_->find(id);
  if (slot == nullptr || bytes.empty()) return 0;
  const std::size_t unsent = slot->queue.bytes();
  if (unsent + bytes.size() > state_->limits.send_queue_hard) {
    ++state_->hits.send_queue_hard;
    slot->connection->finish(CloseReason::slow_consumer);
    return 0;
  }
  slot->queue.append(state_->blocks, bytes);
  if (unsent == 0) state_->dirty.push_back(slot_of(id));
  return slot->connection->written_total() + slot->queue.bytes();
}

void ConnectionTable::multicast(std::span<const ConnectionId> ids, std::string_view bytes) {
  if (ids.size() < kShareMin || bytes.size() > state_->limits.send_queue_hard) {
    for (const ConnectionId id : ids) send(id, bytes);
    return;
  }
  const Segment shared = state_->blocks.share(bytes);
  for (const ConnectionId id : ids) {
    Slot* const slot = state_->find(id);
    if (slot == nullptr) continue;
    const std::size_t unsent = slot->queue.bytes();
    if (unsent + bytes.size() > state_->limits.send_queue_hard) {
      ++state_->hits.send_queue_hard;
      slot->connection->finish(CloseReason::slow_consumer);
      continue;
    }
    slot->queue.append(shared);
    if (unsent == 0) state_->dirty.push_back(slot_of(id));
  }
}

void ConnectionTable::pause(ConnectionId id) {
  if (Slot* const slot = state_->find(id)) slot->connection->pause();
}

void ConnectionTable::resume(ConnectionId id) {
  if (Slot* const slot = state_->find(id)) slot->connection->resume();
}

void ConnectionTable::revisit(ConnectionId id) {
  if (Slot* const slot = state_->find(id)) slot->connection->want_revisit();
}

void ConnectionTable::secure(ConnectionId id, std::unique_ptr<Transport> transport) {
  if (Slot* const slot = state_->find(id)) slot->connection->secure(std::move(transport));
}

void ConnectionTable::close(ConnectionId id, CloseReason reason) {
  if (Slot* const slot = state_->find(id)) slot->connection->finish(reason);
}

void ConnectionTable::close_after_flush(ConnectionId id, CloseReason reason) {
  if (Slot* const slot = state_->find(id)) slot->connection->finish_after_flush(reason);
}

const Transport* ConnectionTable::transport_of(ConnectionId id) const {
  const Slot* const slot = state_->find(id);
  return slot != nullptr ? slot->connection->transport() : nullptr;
}

std::size_t ConnectionTable::size() const { return state_->open; }

std::size_t ConnectionTable::queued_bytes(ConnectionId id) const {
  const Slot* const slot = state_->find(id);
  return slot != nullptr ? slot->queue.bytes() : 0;
}

std::size_t ConnectionTable::queued_bytes_total() const { return state_->unsent_bytes(); }

const ConnectionHits& ConnectionTable::hits() const { return state_->hits; }

void ConnectionTable::revisit() { work_off(&TableState::revisits, &Connection::revisit); }

void ConnectionTable::flush() { work_off(&TableState::dirty, &Connection::flush); }

// What joins the list meanwhile waits for the next turn, which does not wait.
void ConnectionTable::work_off(std::vector<std::uint32_t> TableState::*list, void (Connection::*step)()) {
  TableState& state = *state_;
  state.working.swap(state.*list);
  for (const std::uint32_t slot : state.working) {
    if (Connection* const connection = state.slots[slot].connection.get()) (connection->*step)();
  }
  state.working.clear();
}

void ConnectionTable::settle() {
  TableState& state = *state_;
  state.blocks.end_turn();
  state.shed();
  // By index: who is told may close others, and they are told too.
  for (std::size_t at = 0; at < state.finished.size(); ++at) {
    const std::uint32_t slot = state.finished[at];
    const Connection& connection = *state.slots[slot].connection;
    state.observer.on_close(connection.id(), connection.reason());
    state.slots[slot].connection.reset();
    state.free_slots.push_back(slot);
    --state.open;
  }
  state.finished.clear();
  state.handshakes = 0;
  ++state.turn;
}

bool ConnectionTable::has_revisits() const {
  return !state_->revisits.empty() || !state_->dirty.empty() || !state_->finished.empty();
}

}  // namespace sockchat::net
