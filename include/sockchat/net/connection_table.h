// Owns every open connection, and is the only face of them that others see: outside of net nobody holds a
// connection, only its id. Loop thread only.
//
// Input arrives through the observer. Output is queued by send() and multicast() and leaves in step 7 of the
// turn, with one gathered write for each connection, however many frames were queued. Bytes given to
// multicast() are kept once, whatever the number of receivers, in a counted block per turn; a receiver that
// takes all of it gets one plain send and holds nothing. An idle connection has no buffers.
//
// A reader may be as slow as it likes. Progress is what its kernel acknowledges, not only what ours has room
// for, and it is asked eight times in `send_stall`: who makes none is closed after that time, and at most an
// eighth of it later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sockchat/base/close_reason.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/time.h"
#include "sockchat/net/reactor.h"
#include "sockchat/net/socket.h"
#include "sockchat/net/transport.h"
#include "sockchat/net/unique_fd.h"

namespace sockchat::net {

// Everything that happens to connections. Every method may call anything of the table, for any connection.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;

  // All input that is there and not consumed; returns how much of it is consumed. At least 64 bytes behind it
  // are readable, and it may be written to. Called again with the rest when more arrives, and in this turn's
  // step 6 or in the next turn when revisit(id) was called meanwhile. Not called while the connection is
  // paused. What it leaves is kept, and nobody else bounds that: who will not consume it pauses or closes.
  virtual std::size_t on_input(ConnectionId id, std::span<char> input) = 0;
  // The handshake of a transport is over: what is queued leaves from now on, and input may come. `peer_pin`
  // as Transport::peer_pin() has it.
  virtual void on_secured(ConnectionId /*id*/, std::string_view /*peer_pin*/) {}
  // The peer has finished sending, and on_input has seen everything. Output still leaves. The connection
  // stays open until close(), or until the peer resets it.
  virtual void on_eof(ConnectionId id) = 0;
  // After a write: how many bytes of output, since the beginning, the kernel has taken. At most once a turn.
  virtual void on_written(ConnectionId id, std::uint64_t written_total) = 0;
  // Once for each connection, from a fresh stack in step 8; the id is dead afterwards.
  virtual void on_close(ConnectionId id, CloseReason reason) = 0;
};

struct ConnectionLimits {
  std::size_t turn_bytes;       // read from one connection in a turn
  std::size_t send_queue_soft;  // no input is read while more output than this is unsent
  std::size_t send_queue_hard;  // beyond: close(slow_consumer)
  Duration send_stall;          // unsent output without progress for so long: close(send_stalled)
  Duration linger;              // how long close_after_flush() waits for the peer
  // Unsent output of all connections together, compared in step 8. Beyond: close(slow_consumer), in the order
  // of who has made no progress for longest, until it is less.
  std::size_t send_memory_max = std::numeric_limits<std::size_t>::max();
  // Of connections in a handshake so many are served in a turn: newcomers must not keep the others waiting.
  std::size_t turn_handshakes = 5;
};

// How often connections met their limits, since the beginning. `turn_bytes`: a turn's share was used up;
// `send_queue_soft`: input had to wait for output.
struct ConnectionHits {
  std::uint64_t turn_bytes = 0;
  std::uint64_t send_queue_soft = 0;
  std::uint64_t send_queue_hard = 0;
  std::uint64_t send_memory_max = 0;
};

class Connection;
struct TableState;

class ConnectionTable final : private TurnParticipant {
 public:
  // Both must outlive the table. The destructor closes every descriptor, without notices.
  ConnectionTable(Reactor& reactor, ConnectionObserver& observer, const ConnectionLimits& limits);
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;
  ~ConnectionTable() override;

  // Takes over a connected, non-blocking socket. Fails (system) when it cannot be watched; the socket is
  // closed then. Without a transport the bytes go as they are.
  Result<ConnectionId> adopt(UniqueFd fd, std::unique_ptr<Transport> transport = nullptr);

  // All of these do nothing for an id that is gone or closing.
  // Returns the position in the output stream behind the queued bytes (compare on_written), 0 when nothing
  // was queued.
  std::uint64_t send(ConnectionId id, std::string_view bytes);
  // The same bytes to many; each one counts in its receiver's stream exactly as if sent alone.
  void multicast(std::span<const ConnectionId> ids, std::string_view bytes);
  // Neither reads nor calls on_input until resume(), which offers the unconsumed input again in step 6.
  void pause(ConnectionId id);
  void resume(ConnectionId id);
  // on_input is to be called again although nothing new arrived: a budget was used up.
  void revisit(ConnectionId id);
  // From now on the bytes go through `transport`. Only for a connection that has none and has sent nothing,
  // and only within its on_input: what that leaves unconsumed is the first that the transport sees.
  void secure(ConnectionId id, std::unique_ptr<Transport> transport);

  // Requests, legal in every callback, also twice: the first reason wins. Reading stops at once; on_close
  // comes in step 8. close() drops unsent output. close_after_flush() sends it first, then shuts down the
  // sending side and waits for the peer's end of input, so that a reset does not destroy what the peer has
  // not read yet; at most `linger` in all.
  void close(ConnectionId id, CloseReason reason);
  void close_after_flush(ConnectionId id, CloseReason reason);

  // What the bytes of a connection go through, for on_secured and on_input: to ask it about the peer. Null
  // for an id that is gone or closing, and in clear text. Good until the callback returns.
  [[nodiscard]] const Transport* transport_of(ConnectionId id) const;

  [[nodiscard]] std::size_t size() const;
  // Unsent output of one connection; 0 for an id that is gone.
  [[nodiscard]] std::size_t queued_bytes(ConnectionId id) const;
  // The memory of all unsent output: shared bytes once, and what is sent of a block until all of it is.
  [[nodiscard]] std::size_t queued_bytes_total() const;
  [[nodiscard]] const ConnectionHits& hits() const;

 private:
  void revisit() override;
  void flush() override;
  void settle() override;
  [[nodiscard]] bool has_revisits() const override;
  void work_off(std::vector<std::uint32_t> TableState::*list, void (Connection::*step)());

  std::unique_ptr<TableState> state_;  // slots, lists and pools; private to net
};

}  // namespace sockchat::net
