// Which messages the user has seen: what comes again is not shown again, and what was shown is first recorded
// in the client's memory and then confirmed to the server, each only after the output has reached its reader.
// Pure; one thread.
//
// Messages are known by their `mid`, which rises. A server that has lost its data counts from the start
// again, and what it says then must not be taken for what it said once. So the newest time of a message is
// kept as well: a known number with a later time is a new message of a server that began anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sockchat::client_core {

// Up to here everything was shown.
struct ShownMark {
  std::uint64_t mid = 0;  // 0: nothing
  std::string time = {};  // the latest of them, as on the wire

  bool operator==(const ShownMark&) const = default;
};

class ShownLog final {
 public:
  // Ids that are remembered one by one, so that one that comes late is shown and not lost; older ones count
  // as shown.
  static constexpr std::size_t kIdsMax = 1024;
  static constexpr std::size_t kTimeBytesMax = 32;

  // What an earlier run has recorded.
  void restore(ShownMark mark);
  // Delivery begins behind `from`: what resume was asked for, 0 after a login.
  void begin(std::uint64_t from);

  // A message has come: false when it was shown before.
  [[nodiscard]] bool take(std::uint64_t mid, std::string_view time);
  [[nodiscard]] std::uint64_t newest() const { return newest_.mid; }

  // Everything that was shown so far has reached its reader.
  void flushed();
  // What is to be recorded now, if anything; one at a time, the next after recorded().
  [[nodiscard]] std::optional<ShownMark> to_record();
  void recorded();
  [[nodiscard]] bool recording() const { return recording_.has_value(); }
  // What is to be confirmed now, if anything.
  [[nodiscard]] std::optional<std::uint64_t> to_confirm();

 private:
  void start_anew();

  std::set<std::uint64_t> ids_;
  std::uint64_t floor_ = 0;  // up to here everything counts as shown
  ShownMark newest_;
  ShownMark flushed_;
  std::uint64_t recorded_ = 0;
  std::optional<ShownMark> recording_;
  bool recording_counts_ = false;  // the server has not begun anew meanwhile
  // Of this connection: what came, what of it was flushed, and what was confirmed.
  std::uint64_t came_ = 0;
  std::uint64_t came_flushed_ = 0;
  std::uint64_t confirmed_ = 0;
};

}  // namespace sockchat::client_core
