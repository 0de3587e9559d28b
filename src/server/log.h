// The program's log: one line an event, on stderr. A thread of its own writes, so that neither a slow disk
// nor a reader who stopped reading ever holds up the loop: the oldest lines are dropped then, and counted.
#pragma once

#include <fmt/format.h>
#include <spdlog/common.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sockchat::server {

// Starts its thread: made after the signals were blocked. Any thread may write. The descriptor stays the
// caller's.
class Log final {
 public:
  explicit Log(spdlog::level::level_enum level, int fd = STDERR_FILENO);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  // Writes what is queued, as far as it is taken.
  ~Log();

  void set_level(spdlog::level::level_enum level);
  [[nodiscard]] bool wants(spdlog::level::level_enum level) const;
  // Whatever is not printable ASCII is escaped: a line stays a line, and no terminal obeys it.
  void write(spdlog::level::level_enum level, std::string_view line);

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(spdlog::level::info))
      write(spdlog::level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(spdlog::level::warn))
      write(spdlog::level::warn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(spdlog::level::err))
      write(spdlog::level::err, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Appends `text` with everything but printable ASCII as \xNN; `"` and `\` escaped too when it stands in
// quotes.
void append_escaped(std::string& out, std::string_view text, bool in_quotes);

}  // namespace sockchat::server
