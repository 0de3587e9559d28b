#include "net/connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/table_state.h"
#include "sockchat/base/check.h"

namespace sockchat::net {
namespace {

// Who waits is asked for progress so often within the time that it may go without.
constexpr int kLooksPerStall = 8;

CloseReason reason_for(int error) {
  switch (error) {
    case 0:  // the reset was told with an event, and is not told twice
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return CloseReason::peer_reset;
    case ETIMEDOUT:  // TCP_USER_TIMEOUT: the kernel has waited for an acknowledgement for long enough
      return CloseReason::send_stalled;
    default:
      return CloseReason::io_error;
  }
}

}  // namespace

Connection::Connection(TableState& table, ConnectionId id, UniqueFd fd, std::unique_ptr<Transport> transport)
    : table_(table), id_(id), fd_(std::move(fd)) {
  if (transport)
    secured_ = std::make_unique<Secured>(Secured{.transport = std::move(transport), .wire = {}, .held = {}});
}

Connection::~Connection() { table_.reactor.unwatch(watch_); }

Result<void> Connection::watch() {
  auto watch = table_.reactor.watch(fd_.get(), *this);
  if (!watch) return tl::unexpected(std::move(watch.error()));
  watch_ = *watch;
  // A transport may have to speak first.
  if (secured_) table_.dirty.push_back(slot_of(id_));
  return {};
}

SendQueue& Connection::queue() const { return table_.slots[slot_of(id_)].queue; }

// --- the end
// ------------------------------------------------------------------------------------------------

void Connection::finish(CloseReason reason) {
  if (phase_ == Phase::finished) return;
  if (phase_ == Phase::open) reason_ = reason;
  phase_ = Phase::finished;
  deadline_ = kNever;
  table_.slots[slot_of(id_)].id = {};
  queue().clear();
  if (secured_) secured_->wire.clear();
  count_wire();
  table_.reactor.unwatch(std::exchange(watch_, {}));
  table_.finished.push_back(slot_of(id_));
}

void Connection::finish_after_flush(CloseReason reason) {
  if (phase_ != Phase::open) return;
  phase_ = Phase::flushing;
  reason_ = reason;
  // What waits for a handshake will never be understood.
  if (secured_ && !secured_->transport->is_ready()) queue().clear();
  table_.slots[slot_of(id_)].id = {};
  table_.dirty.push_back(slot_of(id_));
  const TimePoint end = table_.reactor.now().mono + table_.limits.linger;
  await_deadline(end, end);
}

void Connection::linger() {
  phase_ = Phase::lingering;
  input_.reset();
  if (::shutdown(fd_.get(), SHUT_WR) != 0 || input_end_ != InputEnd::none) return finish(reason_);
  if (is_readable_) await_revisit();
}

void Connection::give_up(int error) { finish(reason_for(error)); }

TimePoint Connection::check_deadline(TimePoint now) {
  const bool is_ended = deadline_ != kNever && !has_progressed(now) && deadline_ <= now;
  if (is_ended) finish(CloseReason::send_stalled);
  awaits_deadline_ = deadline_ != kNever;
  if (phase_ != Phase::open || deadline_ == kNever) return deadline_;
  return std::min(deadline_, now + table_.limits.send_stall / kLooksPerStall);
}

void Connection::await_deadline(TimePoint deadline, TimePoint next_look) {
  deadline_ = deadline;
  if (!std::exchange(awaits_deadline_, true)) table_.waiting.push_back(slot_of(id_));
  table_.arm(next_look);
}

TimePoint Connection::waiting_since() const {
  if (deadline_ == kNever || is_all_sent()) return kNever;
  return deadline_ - (phase_ == Phase::open ? table_.limits.send_stall : table_.limits.linger);
}

// The edge that says that there is room comes late: a third of the kernel's buffer has to be free. A reader
// that takes less than that within the time is slow, and not gone.
bool Connection::has_progressed(TimePoint now) {
  if (phase_ != Phase::open) return false;
  const std::uint32_t before = std::exchange(unacknowledged_, unacknowledged());
  if (unacknowledged_ >= before) return false;
  deadline_ = now + table_.limits.send_stall;
  return true;
}

std::uint32_t Connection::unacknowledged() const {
  int bytes = 0;
  return ::ioctl(fd_.get(), SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint32_t>(bytes) : 0;
}

void Connection::await_reader(TimePoint now) {
  unacknowledged_ = unacknowledged();
  await_deadline(now + table_.limits.send_stall, now + table_.limits.send_stall / kLooksPerStall);
}

// --- input
// --------------------------------------------------------------------------------------------------

void Connection::on_event(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) is_readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) saw_hangup_ = true;
  if ((events & EPOLLOUT) != 0 && !std::exchange(is_writable_, true)) table_.dirty.push_back(slot_of(id_));
  // What came before a reset is read, as far as this turn's share goes.
  advance();
  if ((events & EPOLLERR) != 0 && phase_ != Phase::finished) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    give_up(error);
  }
}

void Connection::resume() {
  if (!std::exchange(is_paused_, false)) return;
  was_resumed_ = true;
  want_revisit();
}

void Connection::want_revisit() {
  wants_offer_ = true;
  await_revisit();
}

void Connection::await_revisit() {
  if (!std::exchange(awaits_revisit_, true)) table_.revisits.push_back(slot_of(id_));
}

void Connection::revisit() {
  awaits_revisit_ = false;
  // It has had its share of this turn; only who was not served because of a pause is served at once.
  if (read_turn_ == table_.turn && !was_resumed_) return await_revisit();
  advance();
}

bool Connection::may_read() {
  if (phase_ != Phase::open || is_paused_) return false;
  // What a handshake holds back leaves only when the peer's part of it is read.
  const bool is_ready = !secured_ || secured_->is_ready;
  const bool was_held = std::exchange(is_held_, is_ready && queue().bytes() > table_.limits.send_queue_soft);
  if (is_held_ && !was_held) ++table_.hits.send_queue_soft;
  return !is_held_;
}

void Connection::advance() {
  if (phase_ == Phase::lingering) return discard();
  if (!may_read()) return;
  was_resumed_ = false;
  const bool has_share = std::exchange(read_turn_, table_.turn) != table_.turn;
  if (waits_for_handshake()) {
    ByteBuffer held = std::move(secured_->held);
    take(held.bytes());
    if (waits_for_handshake()) return;
  }
  // Nothing is read on top of what is to be offered again, or a flood of small frames would pile up here.
  if (wants_offer_ && input_) {
    offer({});
  } else {
    wants_offer_ = false;
    if (has_share) receive();
  }
  if (input_end_ == InputEnd::seen) tell_eof();
  if (is_readable_ && may_read()) await_revisit();
}

void Connection::receive() {
  while (is_readable_ && !wants_offer_ && !waits_for_handshake() && may_read()) {
    const std::size_t size = read_scratch();
    if (size == 0) break;
    take({table_.scratch.get(), size});
    if (size < table_.limits.turn_bytes) continue;
    ++table_.hits.turn_bytes;
    break;
  }
}

// 0: nothing is there now, or ever again.
std::size_t Connection::read_scratch() {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), table_.scratch.get(), table_.limits.turn_bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got > 0) {
      const auto size = static_cast<std::size_t>(got);
      // A short read has found the end of what is there, which saves the read that says EAGAIN. But the edge
      // of a hang-up is not repeated: then the read that says so is needed.
      if (size < table_.limits.turn_bytes && !saw_hangup_) is_readable_ = false;
      return size;
    }
    is_readable_ = false;
    if (got == 0) {
      if (input_end_ == InputEnd::none) input_end_ = InputEnd::seen;
    } else if (errno != EAGAIN) {
      give_up(errno);
    }
    return 0;
  }
}

void Connection::take(std::span<char> wire) {
  if (!secured_) return offer(wire);
  if (!secured_->is_ready && !table_.take_handshake()) {
    secured_->held.append({wire.data(), wire.size()});
    return await_revisit();
  }
  ingest(wire);
}

bool Connection::waits_for_handshake() const { return secured_ && !secured_->held.empty(); }

void Connection::ingest(std::span<const char> wire) {
  Transport& transport = *secured_->transport;
  ByteBuffer& opened = table_.opened;
  opened.clear();
  const auto taken = transport.ingest(wire, table_.reactor.now().mono, opened);
  // What was taken in may call for an answer of the transport's own.
  table_.dirty.push_back(slot_of(id_));
  if (transport.is_ready() && !std::exchange(secured_->is_ready, true))
    table_.observer.on_secured(id_, transport.peer_pin());
  if (phase_ == Phase::open && !opened.empty()) is_paused_ ? keep(opened.bytes()) : offer(opened.bytes());
  if (!taken) return finish_after_flush(CloseReason::tls_failed);
  if (transport.has_ended() && input_end_ == InputEnd::none) input_end_ = InputEnd::seen;
}

void Connection::secure(std::unique_ptr<Transport> transport) {
  SOCKCHAT_CHECK(!secured_ && written_total_ == 0 && queue().bytes() == 0);
  secured_ = std::make_unique<Secured>(Secured{.transport = std::move(transport), .wire = {}, .held = {}});
}

void Connection::offer(std::span<char> fresh) {
  wants_offer_ = false;
  std::span<char> input = fresh;
  if (input_) {
    input_->append({fresh.data(), fresh.size()});
    input = input_->bytes();
  }
  if (input.empty()) return;
  const bool was_secured = secured_ != nullptr;
  const std::size_t consumed = table_.observer.on_input(id_, input);
  SOCKCHAT_CHECK(consumed <= input.size());
  if (secured_ && !was_secured) {
    const std::unique_ptr<ByteBuffer> kept = std::move(input_);  // `input` may stand in it
    if (phase_ == Phase::open) take(input.subspan(consumed));
  } else if (input_) {
    input_->consume(consumed);
    if (input_->empty()) input_.reset();
  } else if (consumed < input.size() && phase_ == Phase::open) {
    keep(input.subspan(consumed));
  }
}

void Connection::keep(std::span<const char> input) {
  if (!input_) input_ = std::make_unique<ByteBuffer>();
  input_->append({input.data(), input.size()});
}

void Connection::tell_eof() {
  if (wants_offer_ || is_paused_ || phase_ != Phase::open) return;
  input_end_ = InputEnd::told;
  table_.observer.on_eof(id_);
}

void Connection::discard() {
  read_turn_ = table_.turn;
  while (is_readable_) {
    const std::size_t size = read_scratch();
    if (size == 0 || size == table_.limits.turn_bytes) break;
  }
  if (input_end_ != InputEnd::none) return finish(reason_);
  if (is_readable_) await_revisit();
}

}  // namespace sockchat::net
