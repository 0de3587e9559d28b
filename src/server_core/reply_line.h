// Answers leave in the order of the requests of their connection, whatever the order in which they become
// known. While nothing is under way, an answer passes straight through and nothing is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::server_core {

class ReplyLine final {
 public:
  using Ticket = std::uint64_t;

  // A request whose answer comes later. Every ticket must be settled once.
  [[nodiscard]] Ticket expect();
  // The frames that may leave now, this one included, are appended to `ready`. An empty frame is no answer at
  // all, but settles its place.
  void settle(Ticket ticket, std::string_view frame, std::string& ready);
  // An answer that is known at once. True: nobody is before it, let it pass; otherwise it was put in line.
  [[nodiscard]] bool pass(std::string_view frame);

  [[nodiscard]] bool empty() const { return first_ == places_.size(); }
  [[nodiscard]] std::size_t size() const { return places_.size() - first_; }
  // Of answers that wait for an earlier one.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

 private:
  void trim();

  std::vector<std::optional<std::string>> places_;  // from first_ on; the ticket of first_ is settled_
  std::size_t first_ = 0;
  Ticket settled_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace sockchat::server_core
