#include "server/log_journal.h"

#include <chrono>
#include <iterator>
#include <string>

#include "sockchat/base/check.h"

namespace sockchat::server {
namespace {

using server_core::JournalEntry;
using server_core::Notice;

// How a notice is shown: its level, and the names of the members that it has. Null: it has no such member.
struct Style {
  Notice notice;
  spdlog::level::level_enum level;
  const char* detail;
  const char* number;
  bool has_code;
  bool has_reason;
};

constexpr auto kStyles = std::to_array<Style>({
    {Notice::started, spdlog::level::info, nullptr, "accounts", false, false},
    {Notice::connected, spdlog::level::debug, "address", nullptr, false, false},
    {Notice::disconnected, spdlog::level::debug, nullptr, nullptr, false, true},
    {Notice::logged_in, spdlog::level::info, "address", nullptr, false, false},
    {Notice::logged_out, spdlog::level::info, "why", nullptr, false, false},
    {Notice::login_refused, spdlog::level::info, nullptr, nullptr, true, false},
    {Notice::locked_out, spdlog::level::warn, nullptr, nullptr, false, false},
    {Notice::registered, spdlog::level::info, nullptr, nullptr, false, false},
    {Notice::password_changed, spdlog::level::info, nullptr, nullptr, false, false},
    {Notice::account_added, spdlog::level::info, nullptr, nullptr, false, false},
    {Notice::account_removed, spdlog::level::info, nullptr, nullptr, false, false},
    {Notice::replaced, spdlog::level::info, nullptr, nullptr, false, false},
    {Notice::delayed, spdlog::level::info, "rate", nullptr, false, false},
    {Notice::store_failed, spdlog::level::err, "operation", nullptr, true, false},
    {Notice::limited, spdlog::level::info, "address", nullptr, false, false},
});

const Style& style_of(Notice notice) {
  const Style& style = kStyles.at(static_cast<std::size_t>(notice));
  SOCKCHAT_CHECK(style.notice == notice);
  return style;
}

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line += ' ';
  line += name;
  line += "=\"";
  append_escaped(line, value, true);
  line += '"';
}

}  // namespace

std::string format_entry(const JournalEntry& entry) {
  const Style& style = style_of(entry.notice);
  std::string line(server_core::name_of(entry.notice));
  if (entry.connection) fmt::format_to(std::back_inserter(line), " connection={}", entry.connection.value());
  if (!entry.user.empty()) append_member(line, "user", entry.user);
  if (!entry.limit.empty()) append_member(line, "limit", entry.limit);
  if (style.detail != nullptr && !entry.detail.empty()) append_member(line, style.detail, entry.detail);
  if (style.number != nullptr) fmt::format_to(std::back_inserter(line), " {}={}", style.number, entry.number);
  if (style.has_code) fmt::format_to(std::back_inserter(line), " code={}", name_of(entry.code));
  if (style.has_reason) fmt::format_to(std::back_inserter(line), " reason={}", name_of(entry.reason));
  return line;
}

void LogJournal::note(const JournalEntry& entry) {
  const Style& style = style_of(entry.notice);
  if (!log_.wants(style.level)) return;
  if (clock_.now().mono >= second_end_) begin_second();
  Kind& kind = kinds_[static_cast<std::size_t>(entry.notice)];
  if (lines_second_ > 0 && kind.lines >= lines_second_) {
    ++kind.left_out;
    return;
  }
  ++kind.lines;
  log_.write(style.level, format_entry(entry));
}

void LogJournal::begin_second() {
  second_end_ = clock_.now().mono + std::chrono::seconds(1);
  for (const Style& style : kStyles) {
    Kind& kind = kinds_[static_cast<std::size_t>(style.notice)];
    if (kind.left_out > 0) {
      log_.write(style.level, fmt::format("{}: {} more lines left out", server_core::name_of(style.notice),
                                          kind.left_out));
    }
    kind = {};
  }
}

}  // namespace sockchat::server
