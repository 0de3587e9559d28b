// One connection: its descriptor, its readiness bits, what is left of its input, and its way to the end. Its
// unsent output stands in the table's slot, where a multicast finds it without touching this object. Loop
// thread; private to net.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/send_queue.h"
#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/close_reason.h"
#include "sockchat/base/ids.h"
#include "sockchat/base/time.h"
#include "sockchat/net/connection_table.h"
#include "sockchat/net/reactor.h"

namespace sockchat::net {

struct TableState;

// The slot is the place in the table; the generation makes the id unique.
inline constexpr unsigned kSlotBits = 24;
constexpr std::uint32_t slot_of(ConnectionId id) {
  return static_cast<std::uint32_t>(id.value() & ((1U << kSlotBits) - 1));
}

class Connection final : public EventHandler {
 public:
  Connection(TableState& table, ConnectionId id, UniqueFd fd, std::unique_ptr<Transport> transport);
  ~Connection() override;
  Result<void> watch();

  [[nodiscard]] ConnectionId id() const { return id_; }
  [[nodiscard]] CloseReason reason() const { return reason_; }
  [[nodiscard]] std::uint64_t written_total() const { return written_total_; }

  // Null in clear text.
  [[nodiscard]] const Transport* transport() const { return secured_ ? secured_->transport.get() : nullptr; }

  void pause() { is_paused_ = true; }
  void resume();
  void want_revisit();
  void secure(std::unique_ptr<Transport> transport);
  // The end, now: on_close follows in step 8. The first reason given wins.
  void finish(CloseReason reason);
  // The end, when everything is sent and the peer has seen it.
  void finish_after_flush(CloseReason reason);

  // For each time that it stands in the table's list of the same name; the steps 6 and 7.
  void revisit();
  void flush();
  // For each time that it stands in the waiting list. Returns until when it waits on, kNever when it does
  // not.
  TimePoint check_deadline(TimePoint now);
  // The last progress of unsent output; kNever when there is none.
  [[nodiscard]] TimePoint waiting_since() const;
  // Asks the peer's kernel, so to speak: true, and counted as progress, when it has acknowledged something
  // since it was asked the last time, or since the last write.
  bool has_progressed(TimePoint now);

 private:
  enum class Phase : std::uint8_t { open, flushing, lingering, finished };
  enum class InputEnd : std::uint8_t { none, seen, told };

  // What only a connection has whose bytes change on the way.
  struct Secured {
    std::unique_ptr<Transport> transport;
    ByteBuffer wire;                // its plaintext is unsent until all of this is sent
    ByteBuffer held;                // input of a handshake that waits for its turn
    std::size_t plaintext = 0;      // bytes
    std::size_t counted = 0;        // of `wire`, in the table's sum
    bool is_ready = false;          // on_secured was told
    bool has_said_goodbye = false;  // the transport has
  };

  void on_event(std::uint32_t events) override;
  [[nodiscard]] SendQueue& queue() const;

  // Input
  void advance();
  [[nodiscard]] bool may_read();
  void receive();
  void discard();
  [[nodiscard]] std::size_t read_scratch();
  void take(std::span<char> wire);
  void ingest(std::span<const char> wire);
  void offer(std::span<char> fresh);
  void keep(std::span<const char> input);
  [[nodiscard]] bool waits_for_handshake() const;
  void tell_eof();

  // Output. Both return how many bytes of it have become sent.
  [[nodiscard]] std::size_t write_plain();
  [[nodiscard]] std::size_t write_secured();
  [[nodiscard]] bool refill_wire();
  [[nodiscard]] std::size_t write(std::span<iovec> parts);
  [[nodiscard]] bool is_all_sent() const;
  [[nodiscard]] std::uint32_t unacknowledged() const;
  void await_reader(TimePoint now);
  void count_wire();
  void linger();

  void await_revisit();
  void await_deadline(TimePoint deadline, TimePoint next_look);
  void give_up(int error);

  TableState& table_;
  const ConnectionId id_;
  WatchId watch_;
  std::unique_ptr<Secured> secured_;   // none: the bytes go as they are
  std::unique_ptr<ByteBuffer> input_;  // what on_input left over
  std::uint64_t written_total_ = 0;
  TimePoint deadline_ = kNever;
  UniqueFd fd_;
  std::uint32_t read_turn_ = 0;       // the last turn in which it had its share
  std::uint32_t unacknowledged_ = 0;  // bytes in the kernel, as of the last write or look
  Phase phase_ = Phase::open;
  CloseReason reason_{};
  bool is_readable_ = false;  // cleared by EAGAIN alone, as the next
  bool is_writable_ = true;
  bool is_paused_ = false;
  bool is_held_ = false;      // not read because of unsent output
  bool wants_offer_ = false;  // the input that is left has to be offered again
  bool was_resumed_ = false;
  bool saw_hangup_ = false;  // an end of input is to be found behind the rest
  InputEnd input_end_ = InputEnd::none;
  bool awaits_revisit_ = false;   // it is in the table's list
  bool awaits_deadline_ = false;  // likewise
};

}  // namespace sockchat::net
