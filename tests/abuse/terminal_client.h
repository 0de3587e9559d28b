// The real client on a terminal that we hold the other end of: pty(7).
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "abuse/arena.h"

namespace sockchat::abuse {

class TerminalClient final {
 public:
  TerminalClient(const Stage& stage, std::uint16_t port);
  TerminalClient(const TerminalClient&) = delete;
  TerminalClient& operator=(const TerminalClient&) = delete;
  ~TerminalClient();  // killed

  void type(std::string_view keys) const;
  // Reads what the client writes until it holds the text, which is cut off with all before it. False: not in
  // time.
  bool see(std::string_view text, milliseconds patience);
  // Reads what is there, or comes in that time, and forgets it.
  void look_away(milliseconds patience = milliseconds(0));
  // As `target`, up to the welcome.
  bool log_in();

  void signal(int number) const;
  // True once it has ended; waits for so long.
  bool ended(milliseconds patience);
  [[nodiscard]] termios settings() const;
  // All that it has written since the beginning; only of a short life.
  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] double resident_kib() const;
  [[nodiscard]] std::uint64_t bytes_seen() const { return bytes_seen_; }

 private:
  void read_some(milliseconds patience);

  int outside_ = -1;
  int inside_ = -1;  // kept open, so that the terminal outlives the client
  pid_t process_ = -1;
  bool ended_ = false;
  std::string unseen_;
  std::string written_;
  std::uint64_t bytes_seen_ = 0;
};

}  // namespace sockchat::abuse
