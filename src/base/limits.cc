#include "sockchat/base/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "sockchat/base/check.h"

namespace sockchat {
namespace {

using enum LimitUnit;
constexpr double kKiB = 1024;
constexpr double kMiB = 1024 * kKiB;
constexpr double kGiB = 1024 * kMiB;
constexpr double kDay = 86'400;

constexpr auto kSpecs = std::to_array<LimitSpec>({
    {"frame_max_login", bytes, 4 * kKiB, 64, kMiB, &Limits::frame_max_login, "one frame before login"},
    {"frame_max", bytes, 64 * kKiB, 64, kMiB, &Limits::frame_max, "one frame after login"},
    {"text_max", bytes, 16 * kKiB, 1, 256 * kKiB, &Limits::text_max, "the text of one message"},
    {"name_max", bytes, 32, 1, 64, &Limits::name_max, "a user's name"},
    {"password_max", bytes, 1024, 1, 4 * kKiB, &Limits::password_max, "a password"},
    {"password_min_new", bytes, 8, 1, 64, &Limits::password_min_new, "a new password, at least"},
    {"connections_max", count, 100'000, 1, 10'000'000, &Limits::connections_max, "open connections"},
    {"unauthenticated_max", count, 1024, 1, 10'000'000, &Limits::unauthenticated_max,
     "connections without a login; dropped at random from a quarter of it, loopback not"},
    {"handshake_seconds", seconds, 10, 0.05, kDay, &Limits::handshake_seconds,
     "from accept to the end of the TLS handshake"},
    {"login_seconds", seconds, 30, 0.05, kDay, &Limits::login_seconds, "from accept to login"},
    {"frame_seconds", seconds, 10, 0.05, kDay, &Limits::frame_seconds,
     "from a frame's first byte to its last"},
    {"ping_seconds", seconds, 60, 0.05, kDay, &Limits::ping_seconds, "silence before the server pings"},
    {"dead_seconds", seconds, 120, 0.1, kDay, &Limits::dead_seconds, "silence before a connection is closed"},
    {"requests_pending", count, 1024, 1, 1'000'000, &Limits::requests_pending,
     "requests of one connection that wait for their answer"},
    {"replace_seconds", seconds, 5, 0.05, 10, &Limits::replace_seconds,
     "a second login waits so long for the first session to answer"},
    {"address_connections", count, 64, 1, 10'000'000, &Limits::address_connections,
     "connections of one address (IPv6: of one /64)"},
    {"address_new_rate", per_second, 1, 0, 1e9, &Limits::address_new_rate, "new connections of one address"},
    {"address_new_burst", count, 64, 1, 1e9, &Limits::address_new_burst,
     "new connections of one address at once"},
    {"address_login_failures_hour", count, 20, 0, 1'000'000, &Limits::address_login_failures_hour,
     "wrong passwords of one address in an hour; 0: no limit"},
    {"address_limits_loopback", count, 0, 0, 1, &Limits::address_limits_loopback,
     "1: the limits of addresses count for loopback, too"},
    {"login_failures", count, 3, 1, 1000, &Limits::login_failures, "wrong passwords before a name is shut"},
    {"hash_workers", count, 1, 1, 64, &Limits::hash_workers, "threads that check passwords"},
    {"hash_queue", count, 64, 1, 100'000, &Limits::hash_queue, "logins that may wait; beyond: busy"},
    {"hash_queue_address", count, 4, 1, 100'000, &Limits::hash_queue_address,
     "passwords of one address that may wait; beyond: busy"},
    {"send_queue_soft", bytes, 256 * kKiB, 1, kGiB, &Limits::send_queue_soft,
     "unsent output beyond which nothing more is read or pushed"},
    {"send_queue_hard", bytes, kMiB, 1, kGiB, &Limits::send_queue_hard,
     "unsent output beyond which the connection is closed"},
    {"send_memory_max", bytes, 256 * kMiB, 64 * kKiB, 1024 * kGiB, &Limits::send_memory_max,
     "unsent output of all; beyond: who has taken nothing for longest is closed"},
    {"send_buffer", bytes, 64 * kKiB, 0, 64 * kMiB, &Limits::send_buffer,
     "asked of the kernel for one connection's output; 0: as it thinks fit"},
    {"send_stall_seconds", seconds, 30, 0.05, kDay, &Limits::send_stall_seconds, "output without progress"},
    {"unconfirmed_max", count, 256, 1, 100'000, &Limits::unconfirmed_max,
     "deliveries that a client with `ack` may leave unconfirmed"},
    {"message_rate", per_second, 50, 0, 1e9, &Limits::message_rate, "messages of one session"},
    {"message_burst", count, 200, 1, 1e9, &Limits::message_burst, "messages at once"},
    {"broadcast_rate", per_second, 5, 0, 1e9, &Limits::broadcast_rate,
     "broadcasts of one session, to up to 200 people each; to more they cost more"},
    {"broadcast_burst", count, 20, 1, 1e9, &Limits::broadcast_burst, "broadcasts at once"},
    {"query_rate", per_second, 10, 0, 1e9, &Limits::query_rate,
     "queries (whoelse and the like) of one session"},
    {"query_burst", count, 50, 1, 1e9, &Limits::query_burst, "queries at once"},
    {"private_invites_minute", per_minute, 10, 0, 1e9, &Limits::private_invites_minute,
     "invitations of one user to private chats"},
    {"private_open", count, 8, 1, 100'000, &Limits::private_open,
     "private chats of one user, invitations that wait included"},
    {"private_wait_seconds", seconds, 60, 0.05, kDay, &Limits::private_wait_seconds,
     "an invitation to a private chat waits so long for its answer"},
    {"block_list_max", count, 1000, 0, 1'000'000, &Limits::block_list_max, "users that one user may block"},
    {"mailbox_messages", count, 10'000, 1, 10'000'000, &Limits::mailbox_messages,
     "messages waiting for one user"},
    {"mailbox_bytes", bytes, 16 * kMiB, 1, 64 * kGiB, &Limits::mailbox_bytes, "text waiting for one user"},
    {"mailbox_days", days, 30, 0.00001, 36'500, &Limits::mailbox_days, "how long a message waits"},
    {"token_days", days, 14, 0.00001, 36'500, &Limits::token_days, "how long a resume token is good for"},
    {"disk_free_min", bytes, 64 * kMiB, 0, 1024 * kGiB, &Limits::disk_free_min,
     "free disk below which new messages are refused"},
    {"store_queue", count, 65'536, 1, 10'000'000, &Limits::store_queue,
     "operations that may wait for the disk; beyond: busy"},
    {"store_queue_bytes", bytes, 64 * kMiB, 1, 64 * kGiB, &Limits::store_queue_bytes,
     "text that may wait for the disk; beyond: busy"},
    {"store_wait_seconds", seconds, 5, 0.01, 600, &Limits::store_wait_seconds,
     "a message or a question waits so long for its turn; then: busy"},
    {"turn_bytes", bytes, 64 * kKiB, 64, 16 * kMiB, &Limits::turn_bytes,
     "read from one connection in a turn"},
    {"turn_frames", count, 64, 1, 100'000, &Limits::turn_frames, "frames of one connection in a turn"},
    {"turn_accepts", count, 64, 1, 100'000, &Limits::turn_accepts, "connections accepted in a turn"},
    {"shutdown_seconds", seconds, 5, 0.05, 600, &Limits::shutdown_seconds, "for an orderly stop"},
    {"log_lines_second", per_second, 100, 0, 1e9, &Limits::log_lines_second, "lines of the log of one kind"},
});

void assign(Limits& limits, const LimitSpec& spec, double value) {
  std::visit(
      [&](auto field) {
        auto& target = limits.*field;
        if constexpr (std::is_same_v<decltype(field), Duration Limits::*>) {
          const double in_seconds = spec.unit == days ? value * kDay : value;
          target = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(in_seconds));
        } else if constexpr (std::is_same_v<decltype(field), std::size_t Limits::*>) {
          target = static_cast<std::size_t>(value);
        } else {
          target = value;
        }
      },
      spec.field);
}

struct UnitText {
  std::string_view word;
  std::string_view rule;
};

UnitText text_of(LimitUnit unit) {
  switch (unit) {
    case bytes:
      return {"bytes", "a whole number of bytes, or one followed by KiB, MiB or GiB"};
    case count:
      return {"", "a whole number"};
    case seconds:
      return {"s", "a number of seconds"};
    case days:
      return {"days", "a number of days"};
    case per_second:
      return {"per s", "a number a second, 0 for no limit"};
    case per_minute:
      return {"per min", "a number a minute, 0 for no limit"};
  }
  check_failed("a known LimitUnit", __FILE__, __LINE__);
}

// Sizes as people write them: 65536, 64KiB.
bool scale_suffix(std::string_view suffix, double& value) {
  if (suffix.empty()) return true;
  if (suffix == "KiB") return value *= kKiB, true;
  if (suffix == "MiB") return value *= kMiB, true;
  if (suffix == "GiB") return value *= kGiB, true;
  return false;
}

std::string show(LimitUnit unit, double value) {
  if (unit == bytes && value > 0) {
    if (std::fmod(value, kGiB) == 0) return fmt::format("{}GiB", value / kGiB);
    if (std::fmod(value, kMiB) == 0) return fmt::format("{}MiB", value / kMiB);
    if (std::fmod(value, kKiB) == 0) return fmt::format("{}KiB", value / kKiB);
  }
  return fmt::format("{}", value);
}

}  // namespace

Limits::Limits() {
  for (const LimitSpec& spec : kSpecs) assign(*this, spec, spec.standard);
}

std::span<const LimitSpec> limit_specs() { return kSpecs; }

const LimitSpec& spec_of(LimitField limit) {
  const auto* const found = std::ranges::find(kSpecs, limit, &LimitSpec::field);
  SOCKCHAT_CHECK(found != kSpecs.end());
  return *found;
}

Result<void> set_limit(Limits& limits, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return fail(Errc::bad_argument, fmt::format("'{}' is not NAME=VALUE", assignment));
  }
  const std::string_view name = assignment.substr(0, equals);
  const std::string_view text = assignment.substr(equals + 1);
  for (const LimitSpec& spec : kSpecs) {
    if (spec.name != name) continue;
    double value = 0;
    const auto [rest, problem] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    const bool whole_wanted = std::holds_alternative<std::size_t Limits::*>(spec.field);
    const bool well_formed = problem == std::errc() &&
                             (spec.unit == bytes ? scale_suffix(suffix, value) : suffix.empty()) &&
                             (!whole_wanted || value == std::floor(value));
    if (!well_formed) {
      return fail(Errc::bad_argument,
                  fmt::format("limit {} takes {}, not '{}'", name, text_of(spec.unit).rule, text));
    }
    if (!(value >= spec.smallest && value <= spec.largest)) {
      return fail(Errc::bad_argument,
                  fmt::format("limit {} must be between {} and {}, not {}", name,
                              show(spec.unit, spec.smallest), show(spec.unit, spec.largest), text));
    }
    assign(limits, spec, value);
    return {};
  }
  return fail(Errc::bad_argument,
              fmt::format("there is no limit named '{}'; --help-limits lists them", name));
}

std::string describe_limits() {
  std::string table = fmt::format("{:<27} {:>9} {:<6} {:>9} {:>9}  {}\n", "name", "default", "unit",
                                  "smallest", "largest", "what it bounds");
  for (const LimitSpec& spec : kSpecs) {
    table += fmt::format("{:<27} {:>9} {:<6} {:>9} {:>9}  {}\n", spec.name, show(spec.unit, spec.standard),
                         text_of(spec.unit).word, show(spec.unit, spec.smallest),
                         show(spec.unit, spec.largest), spec.summary);
  }
  return table;
}

}  // namespace sockchat
