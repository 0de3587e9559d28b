// Whatever arrives: what sanitize() makes of it cannot control a terminal, and a screen that prints it writes
// no sequence but its own.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client_core/unicode.h"
#include "sockchat/base/check.h"
#include "sockchat/client_core/line_screen.h"
#include "sockchat/client_core/sanitize.h"
#include "sockchat/client_core/text_width.h"
#include "support/terminal_model.h"

namespace {

using namespace sockchat::client_core;

constexpr std::size_t kColumns = 40;

// Written out here once more, and not asked of the tables that sanitize() uses.
bool is_dangerous(std::int32_t value) {
  const auto within = [value](std::int32_t first, std::int32_t last) {
    return value >= first && value <= last;
  };
  return value < 0x20 || within(0x7F, 0x9F) || value == 0xAD || value == 0x34F || value == 0x61C ||
         within(0x115F, 0x1160) || within(0x17B4, 0x17B5) || within(0x180B, 0x180F) || value == 0x200B ||
         within(0x200E, 0x200F) || within(0x2028, 0x202E) || within(0x2060, 0x206F) || value == 0x3164 ||
         within(0xFDD0, 0xFDEF) || within(0xFE00, 0xFE0D) || value == 0xFEFF || value == 0xFFA0 ||
         within(0xFFF0, 0xFFFB) || within(0xE0000, 0xE0FFF) || (value & 0xFFFE) == 0xFFFE;
}

void check_text(std::string_view text) {
  std::size_t marks = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    SOCKCHAT_CHECK(point.value >= 0);
    SOCKCHAT_CHECK(!is_dangerous(point.value));
    const Glyph glyph = glyph_of(point.value);
    SOCKCHAT_CHECK(glyph != Glyph::hidden);
    const bool ends_stack = glyph == Glyph::base || glyph == Glyph::emoji || glyph == Glyph::space;
    marks = glyph == Glyph::mark ? marks + 1 : ends_stack ? 0 : marks;
    SOCKCHAT_CHECK(marks <= kMarksMax);
    at += point.size;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view foreign(reinterpret_cast<const char*>(data), size);
  const std::string once = sanitize(foreign);
  check_text(once);
  SOCKCHAT_CHECK(once.size() <= 4 * foreign.size());
  SOCKCHAT_CHECK(sanitize(once) == once);
  SOCKCHAT_CHECK(columns_of(sanitize(once)) == columns_of(once));

  const std::vector<std::string> lines = sanitize_lines(foreign);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    check_text(lines[i]);
    SOCKCHAT_CHECK(i == 0 || lines[i].starts_with(kMargin));
  }

  // The widest case: every part of an emoji drawn. No row may be one that the terminal began itself.
  LineScreen screen(kColumns);
  sockchat::test::TerminalModel terminal(kColumns, {});
  InputLine line;
  const auto edit = line.apply({.key = Key::text, .text = std::string(foreign)});
  static_cast<void>(edit);
  terminal.write(screen.draw("> ", line));
  SOCKCHAT_CHECK(terminal.rows() == 1);
  terminal.write(screen.print(lines));
  SOCKCHAT_CHECK(!terminal.foreign());
  SOCKCHAT_CHECK(terminal.lines().size() == terminal.rows());
  SOCKCHAT_CHECK(terminal.cursor_in_last_row());
  return 0;
}
