// The one table of limits: name, unit, default, smallest, largest. `--limit NAME=VALUE` sets them,
// `--help-limits` prints them. Values, set at the start; while a server runs, only the rates may change: the
// others have sized what was built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "sockchat/base/result.h"
#include "sockchat/base/time.h"

namespace sockchat {

struct Limits {
  // Wire. Bytes of one JSON text, before and after login.
  std::size_t frame_max_login;
  std::size_t frame_max;
  std::size_t text_max;
  std::size_t name_max;
  std::size_t password_max;
  std::size_t password_min_new;
  // Connections.
  std::size_t connections_max;
  std::size_t
      unauthenticated_max;     // strangers at once; from a quarter of it on, new ones are dropped at random
  Duration handshake_seconds;  // from accept, however much has come
  Duration login_seconds;      // from accept, too
  Duration frame_seconds;
  Duration ping_seconds;
  Duration dead_seconds;
  std::size_t requests_pending;  // of one connection, asked and not answered yet; then nothing more is read
  Duration replace_seconds;      // how long a second login waits for the first session to prove that it lives
  // One address: IPv4, or the /64 of IPv6. Loopback is exempt unless address_limits_loopback is 1.
  std::size_t address_connections;
  double address_new_rate;  // a second; 0 switches it off
  double address_new_burst;
  std::size_t address_login_failures_hour;  // 0 switches it off
  std::size_t address_limits_loopback;
  // Passwords.
  std::size_t login_failures;
  std::size_t hash_workers;
  std::size_t hash_queue;
  std::size_t hash_queue_address;
  // Output.
  std::size_t send_queue_soft;
  std::size_t send_queue_hard;
  std::size_t send_memory_max;  // of all connections together
  std::size_t send_buffer;      // the kernel's, for each connection
  Duration send_stall_seconds;
  std::size_t unconfirmed_max;
  // Rates, in requests a second; 0 switches the limit off.
  double message_rate;
  double message_burst;
  double broadcast_rate;
  double broadcast_burst;
  double query_rate;
  double query_burst;
  // Private chats. Invitations a minute of one user, chats and own invitations of one user, how long one
  // waits.
  double private_invites_minute;
  std::size_t private_open;
  Duration private_wait_seconds;
  // What is kept.
  std::size_t block_list_max;
  std::size_t mailbox_messages;
  std::size_t mailbox_bytes;
  Duration mailbox_days;
  Duration token_days;  // how long a resume token is good for
  std::size_t disk_free_min;
  std::size_t store_queue;        // operations that may wait for the disk; beyond: `busy`
  std::size_t store_queue_bytes;  // texts of theirs
  Duration store_wait_seconds;    // how long a message may wait for its turn; then `busy`
  // A turn of the loop.
  std::size_t turn_bytes;
  std::size_t turn_frames;
  std::size_t turn_accepts;
  Duration shutdown_seconds;
  double log_lines_second;  // of each kind; 0 switches it off

  // All at their defaults.
  Limits();
};

// Which limit: its place in Limits.
using LimitField = std::variant<std::size_t Limits::*, Duration Limits::*, double Limits::*>;

enum class LimitUnit : std::uint8_t { bytes, count, seconds, days, per_second, per_minute };

struct LimitSpec {
  std::string_view name;
  LimitUnit unit;
  double standard;
  double smallest;
  double largest;
  LimitField field;
  std::string_view summary;
};

// Sorted as printed. Static storage.
[[nodiscard]] std::span<const LimitSpec> limit_specs();
[[nodiscard]] const LimitSpec& spec_of(LimitField limit);

// "NAME=VALUE" as on the command line. Sizes understand KiB, MiB, GiB; times and rates may have fractions.
// The error (bad_argument) says what would have been right.
[[nodiscard]] Result<void> set_limit(Limits& limits, std::string_view assignment);

// The table as `--help-limits` prints it.
[[nodiscard]] std::string describe_limits();

}  // namespace sockchat
