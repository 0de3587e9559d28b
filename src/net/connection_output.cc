// The output half of a connection: what is queued becomes one gathered write a turn, in clear text or through
// a transport.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/connection.h"
#include "net/table_state.h"

namespace sockchat::net {
namespace {

// Parts of one gathered write.
constexpr std::size_t kPartsMax = 64;

}  // namespace

void Connection::flush() {
  if (phase_ == Phase::lingering || phase_ == Phase::finished) return;
  const std::size_t written = !is_writable_ ? 0 : secured_ ? write_secured() : write_plain();
  count_wire();
  if (written > 0) {
    written_total_ += written;
    table_.observer.on_written(id_, written_total_);
  }
  if (phase_ == Phase::flushing) {
    if (is_all_sent()) linger();
  } else if (phase_ == Phase::open) {
    if (is_all_sent()) {
      deadline_ = kNever;
    } else if (written > 0 || deadline_ == kNever) {
      await_reader(table_.reactor.now().mono);
    }
    if (is_held_ && queue().bytes() <= table_.limits.send_queue_soft) await_revisit();
  }
}

void Connection::count_wire() {
  if (!secured_) return;
  table_.wire_bytes += secured_->wire.size() - secured_->counted;
  secured_->counted = secured_->wire.size();
}

bool Connection::is_all_sent() const { return queue().bytes() == 0 && (!secured_ || secured_->wire.empty()); }

std::size_t Connection::write_plain() {
  std::size_t total = 0;
  std::array<iovec, kPartsMax> parts;
  while (is_writable_) {
    const std::size_t count = queue().gather(parts);
    if (count == 0) break;
    const std::size_t written = write(std::span(parts).first(count));
    queue().consume(written);
    total += written;
  }
  return total;
}

std::size_t Connection::write_secured() {
  std::size_t total = 0;
  ByteBuffer& wire = secured_->wire;
  for (;;) {
    if (wire.empty()) {
      queue().confirm(secured_->plaintext);
      total += std::exchange(secured_->plaintext, 0);
      if (!refill_wire()) {
        finish(CloseReason::io_error);
        return total;
      }
    }
    if (wire.empty()) {
      wire.release();
      return total;
    }
    iovec part{.iov_base = wire.data(), .iov_len = wire.size()};
    wire.consume(write({&part, 1}));
    if (!is_writable_) return total;
  }
}

// Takes everything at once, so that the transport can make full records of it. False when it cannot.
bool Connection::refill_wire() {
  Transport& transport = *secured_->transport;
  table_.gathered.clear();
  if (transport.is_ready()) {
    secured_->plaintext = queue().bytes();
    queue().drain_into(table_.gathered);
  }
  if (!transport.emit(table_.gathered.view(), secured_->wire)) return false;
  if (phase_ == Phase::flushing && !std::exchange(secured_->has_said_goodbye, true))
    transport.finish(secured_->wire);
  return true;
}

std::size_t Connection::write(std::span<iovec> parts) {
  std::size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  ssize_t written = -1;
  do {
    if (parts.size() == 1) {
      written = ::send(fd_.get(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      written = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    }
  } while (written < 0 && errno == EINTR);
  // A short write has filled the socket's buffer, as EAGAIN would say; the edge comes when there is room.
  if (written < 0 || static_cast<std::size_t>(written) < size) is_writable_ = false;
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno != EAGAIN) give_up(errno);
  return 0;
}

}  // namespace sockchat::net
