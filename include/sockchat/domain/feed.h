// What one session has been given of what is for it. While the feed is live, an accepted message goes
// straight out. It stops being live when the reader falls behind: output waits in the socket, or a client
// that acknowledges has left too many deliveries unconfirmed. From then on nothing is pushed, memory does not
// grow, and the messages are read again from the store, in the order of acceptance, as the reader catches up.
// A login starts so too, with what waited. Loop thread; a value without any behaviour at a distance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sockchat/base/ids.h"

namespace sockchat::domain {

struct FeedLimits {
  std::size_t unsent_soft;      // bytes
  std::size_t unconfirmed_max;  // deliveries
};

class Feed final {
 public:
  Feed() = default;
  // Everything up to `position` was given before (or is not for this session). Broadcasts are for it only
  // behind `begin`, where it, or the session that it resumes, came online. With `acknowledges`, a delivery is
  // confirmed by the client; without, when the kernel has taken it. `queued` is the connection's output so
  // far.
  Feed(MessageId position, MessageId begin, bool acknowledges, std::uint64_t queued);

  // --- output of the connection, as positions in its stream
  void count_queued(std::size_t bytes) { queued_ += bytes; }
  // Output that the kernel has taken. Returns the newest message that this confirms, none for a client that
  // acknowledges or when it confirms nothing.
  MessageId count_written(std::uint64_t total);
  [[nodiscard]] std::uint64_t unsent() const { return queued_ - written_; }

  // --- deliveries
  [[nodiscard]] bool is_live() const { return live_; }
  // True when one more delivery may go out now.
  [[nodiscard]] bool has_room(const FeedLimits& limits) const {
    return unsent() <= limits.unsent_soft && unconfirmed() < limits.unconfirmed_max;
  }
  // A message was pushed; `bytes` of it stand in the queue. `awaits_confirmation`: it moves the cursor.
  void pushed(MessageId message, std::size_t bytes, bool awaits_confirmation);
  // It could not be pushed: the feed is not live any more, and the store has it.
  void missed(MessageId message);
  // The client confirmed everything up to `up_to`.
  void confirmed(MessageId up_to);

  // --- catching up
  [[nodiscard]] bool is_fetching() const { return fetching_; }
  void begin_fetch() {
    fetching_ = true;
    fetch_goal_ = owed_up_to_;
  }
  // The page was worked off up to `position`, to its end if `page_done`. Goes live when nothing is owed
  // behind it.
  void end_fetch(MessageId position, bool page_done, bool more);
  [[nodiscard]] MessageId begin() const { return begin_; }

  // The newest message that the session was given, or had been given before.
  [[nodiscard]] MessageId position() const { return position_; }
  // Some of what was pushed will be confirmed by the kernel's taking it.
  [[nodiscard]] bool awaits_kernel() const { return !acknowledges_ && first_ < pushed_.size(); }
  [[nodiscard]] bool acknowledges() const { return acknowledges_; }
  [[nodiscard]] std::size_t unconfirmed() const { return acknowledges_ ? pushed_.size() - first_ : 0; }

  // Begins by catching up, up to `newest` at least: a login with messages waiting, or a resumed session.
  void start_behind(MessageId newest);

 private:
  struct Pushed {
    MessageId message;
    std::uint64_t stream_end;
  };
  void drop_confirmed();

  MessageId position_;
  MessageId begin_;
  MessageId owed_up_to_;  // the newest that was missed
  MessageId fetch_goal_;  // owed when the running fetch began: a last page has seen everything up to there
  std::uint64_t queued_ = 0;
  std::uint64_t written_ = 0;
  bool acknowledges_ = false;
  bool live_ = true;
  bool fetching_ = false;
  // Not confirmed yet, in order, from first_ on: a vector and an offset cost an idle session no memory.
  std::vector<Pushed> pushed_;
  std::size_t first_ = 0;
};

}  // namespace sockchat::domain
