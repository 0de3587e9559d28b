// The texts of one private chat: those of the user that the peer has not confirmed yet, and the ids of those
// that came, so that none is shown twice. Pure; one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace sockchat::client_core {

struct PrivateText {
  std::string cid;
  std::string text;
};

class PrivateTexts final {
 public:
  static constexpr std::size_t kTextBytesMax = std::size_t{16} * 1024;
  static constexpr std::size_t kUnconfirmedMax = 256;
  static constexpr std::size_t kUnconfirmedBytesMax = std::size_t{1024} * 1024;
  // Ids of texts that came, the newest.
  static constexpr std::size_t kSeenMax = 1024;

  // False: there is no room, and nothing was added.
  [[nodiscard]] bool add(std::string_view cid, std::string_view text);
  // An id that nobody waits for is no error: a peer may confirm twice.
  void confirm(std::string_view cid);
  // Oldest first.
  [[nodiscard]] const std::deque<PrivateText>& unconfirmed() const { return unconfirmed_; }

  // A text has come: false when it came before.
  [[nodiscard]] bool take(std::string_view cid);

 private:
  std::deque<PrivateText> unconfirmed_;
  std::size_t unconfirmed_bytes_ = 0;
  std::set<std::string, std::less<>> seen_;
  std::deque<std::string> seen_order_;
};

}  // namespace sockchat::client_core
