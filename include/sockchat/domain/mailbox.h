// What waits for each user: which messages, how many bytes; not the texts, which are in the store. Loop
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "sockchat/domain/records.h"

namespace sockchat::domain {

class Mailboxes final {
 public:
  Mailboxes(std::size_t messages_max, std::size_t bytes_max)
      : messages_max_(messages_max), bytes_max_(bytes_max) {}

  // Room for one more, counting those that are on their way to the store (reserve).
  [[nodiscard]] bool has_room(UserId user, std::size_t bytes) const;
  // The same by number alone.
  [[nodiscard]] bool has_place(UserId user) const;
  // Between asking the store and its answer: the room is taken, so that many at once do not overfill.
  void reserve(UserId user, std::size_t bytes);
  void unreserve(UserId user, std::size_t bytes);
  // Accepted, in the order of acceptance.
  void add(const WaitingRecord& waiting);
  // Everything up to and including `up_to` is confirmed. True when something was waiting there.
  bool confirm(UserId user, MessageId up_to);
  // Drops what is older than `not_before`.
  void expire(UserId user, WallTime not_before);

  [[nodiscard]] std::size_t count(UserId user) const;
  [[nodiscard]] std::size_t bytes(UserId user) const;
  // None when nothing waits.
  [[nodiscard]] MessageId newest(UserId user) const;

 private:
  struct Waiting {
    MessageId message;
    std::uint32_t bytes;
    WallTime time;
  };
  struct Box {
    std::deque<Waiting> waiting;
    std::size_t bytes = 0;
    std::size_t reserved_messages = 0;
    std::size_t reserved_bytes = 0;
  };
  void drop_if_empty(UserId user);

  const std::size_t messages_max_;
  const std::size_t bytes_max_;
  std::unordered_map<UserId, Box> boxes_;
};

}  // namespace sockchat::domain
