// Messages of the user that the server has not answered yet, oldest first. Each has a `cid`, so that sending
// it again stores it once. The outbox is the picture of what the client's memory holds: an entry is sent when
// it has been written there, and stays until its answer has come. Pure; one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::client_core {

struct OutboxEntry {
  std::string cid;
  std::optional<std::string> recipient;  // none: a broadcast
  std::string text;

  [[nodiscard]] std::string_view command() const { return recipient ? "message" : "broadcast"; }
  // The request's arguments; views into the entry.
  [[nodiscard]] std::vector<std::string_view> arguments() const;
  bool operator==(const OutboxEntry&) const = default;
};

class Outbox final {
 public:
  static constexpr std::size_t kEntriesMax = 1000;
  static constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;

  // What an earlier run has left, all of it written.
  void restore(std::vector<OutboxEntry> entries);
  // True: the next message has to wait. One that is added all the same is kept.
  [[nodiscard]] bool full() const { return waiting_.size() >= kEntriesMax || bytes_ >= kBytesMax; }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  // The new entry, good until the next call.
  const OutboxEntry& add(OutboxEntry entry);
  // It is written: in the order of add(), which is the memory's.
  void written();
  // Nobody writes any more: everything counts as written.
  void all_written() { unwritten_ = 0; }

  // The oldest, if it is written; good until the next call.
  [[nodiscard]] const OutboxEntry* next() const;
  // The oldest has its answer.
  OutboxEntry take();

 private:
  std::deque<OutboxEntry> waiting_;
  std::size_t unwritten_ = 0;  // the last of them
  std::size_t bytes_ = 0;
};

}  // namespace sockchat::client_core
