#include "sockchat/client_core/history_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sockchat/client_core/sanitize.h"

namespace sockchat::client_core {
namespace {

using wire::ServerFrame;
using wire::ServerItem;
using Lines = std::vector<std::string>;

// What the server takes when no count is given.
constexpr std::string_view kCountDefault = "50";

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || rest != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// "2026-11-22T12:00:00.123Z", and nothing else of what RFC 3339 allows.
std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return std::nullopt;
  }
  const auto at = [text](std::size_t from, std::size_t size) { return *number(text.substr(from, size)); };
  const std::chrono::year_month_day day(std::chrono::year(at(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(at(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(at(8, 2))));
  if (!day.ok() || at(11, 2) > 23 || at(14, 2) > 59 || at(17, 2) > 60) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(at(11, 2)) + std::chrono::minutes(at(14, 2)) +
         std::chrono::seconds(at(17, 2)) + std::chrono::milliseconds(at(20, 3));
}

// A time that is none is shown as it came.
std::string when(std::string_view text, LocalTime local) {
  const auto time = parse_time(text);
  return time ? local(*time) : sanitize(text);
}

void append(Lines& lines, std::string_view who, const ServerItem& item, LocalTime local) {
  for (std::string& line : sanitize_lines(fmt::format("[{}] {}: {}", when(item.time, local), who, item.text)))
    lines.push_back(std::move(line));
}

}  // namespace

std::string utc_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count());
}

Lines lines_of_history(std::span<const std::string> arguments, const ServerFrame& reply, LocalTime local) {
  const std::string_view user = arguments.empty() ? std::string_view() : std::string_view(arguments[0]);
  const bool broadcasts = user == "*";
  const bool newest = arguments.size() < 2 || arguments[1] == "0";
  Lines lines;
  if (!reply.cut.empty()) lines.emplace_back("(older messages were removed)");
  for (const ServerItem& item : reply.items) append(lines, sanitize(item.from), item, local);
  if (reply.items.empty()) {
    const std::string_view older = newest ? "" : "older ";
    lines.push_back(broadcasts ? fmt::format("No {}broadcasts", older)
                               : fmt::format("No {}messages with {}", older, sanitize(user)));
  } else if (reply.more) {
    const std::string_view count = arguments.size() < 3 ? kCountDefault : std::string_view(arguments[2]);
    lines.push_back(fmt::format("(older ones: history {} {} {})", sanitize(user), sanitize(count),
                                sanitize(reply.items.front().mid)));
  }
  return lines;
}

Lines lines_of_search(const ServerFrame& reply, LocalTime local) {
  Lines lines;
  for (const ServerItem& item : reply.items) {
    const std::string to = item.to == "*" ? "everyone" : sanitize(item.to);
    append(lines, fmt::format("{} to {}", sanitize(item.from), to), item, local);
  }
  if (lines.empty()) lines.emplace_back("Nothing found");
  if (reply.more) lines.emplace_back("(and more; search for more words to find fewer)");
  if (const std::uint64_t lag = reply.unindexed.value_or(0); lag > 0) {
    lines.push_back(fmt::format("(the newest {} cannot be found yet)",
                                lag == 1 ? "message" : fmt::format("{} messages", lag)));
  }
  return lines;
}

Lines lines_of_sessions(const ServerFrame& reply, LocalTime local) {
  Lines lines;
  for (const ServerItem& item : reply.items) {
    const std::string end = item.logout.empty() ? "now" : when(item.logout, local);
    const std::string reason = item.reason.empty() ? "" : fmt::format(" ({})", sanitize(item.reason));
    const std::string address = item.address.empty() ? "" : fmt::format(" from {}", sanitize(item.address));
    lines.push_back(fmt::format("{} until {}{}{}", when(item.login, local), end, reason, address));
  }
  if (lines.empty()) lines.emplace_back("No logins");
  if (reply.more) lines.emplace_back("(and older ones)");
  return lines;
}

}  // namespace sockchat::client_core
