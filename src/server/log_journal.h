// Turns the core's notices into lines of the log, `notice key="value" …`, at most `log_lines_second` of
// each kind: an attacker fills no disk. What was left out is counted, and told with the next line. Loop
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/log.h"
#include "sockchat/base/limits.h"
#include "sockchat/server_core/journal.h"
#include "sockchat/server_core/links.h"

namespace sockchat::server {

class LogJournal final : public server_core::Journal {
 public:
  // Both must outlive the journal.
  LogJournal(Log& log, const server_core::Clock& clock, const Limits& limits)
      : log_(log), clock_(clock), lines_second_(limits.log_lines_second) {}

  void note(const server_core::JournalEntry& entry) override;

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(server_core::Notice::limited) + 1;
  struct Kind {
    std::uint32_t lines = 0;  // in this second
    std::uint64_t left_out = 0;
  };
  void begin_second();

  Log& log_;
  const server_core::Clock& clock_;
  const double lines_second_;
  TimePoint second_end_ = TimePoint::min();
  std::array<Kind, kKinds> kinds_{};
};

// The line for an entry, without time and level.
[[nodiscard]] std::string format_entry(const server_core::JournalEntry& entry);

}  // namespace sockchat::server
