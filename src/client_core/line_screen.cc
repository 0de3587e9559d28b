#include "sockchat/client_core/line_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sockchat/client_core/sanitize.h"
#include "sockchat/client_core/text_width.h"

namespace sockchat::client_core {
namespace {

constexpr std::string_view kClearBelow = "\r\x1b[J";
// Where one row is all: tmux keeps a copy of a screen that is cleared from its first cell on.
constexpr std::string_view kClearRow = "\r\x1b[K";
constexpr std::string_view kClearRight = "\x1b[K";
constexpr std::string_view kNewRow = "\r\n";

// From wherever the cursor is in its row. A count of 0 would move by 1.
void go_to_column(std::size_t column, std::string& out) {
  out += '\r';
  if (column > 0) fmt::format_to(std::back_inserter(out), "\x1b[{}C", column);
}

// The longest end of `text` that takes at most `columns_max`.
std::string_view tail(std::string_view text, std::size_t columns_max) {
  std::size_t columns = columns_of(text);
  while (columns > columns_max) {
    const Cluster cut = cluster_at(text, 0);
    columns -= cut.columns;
    text.remove_prefix(cut.size);
  }
  return text;
}

// A sanitized line as rows of at most `columns`, broken behind a space if one is in the row's second half.
void add_rows(std::string_view line, std::size_t columns, std::string& out) {
  std::size_t row_start = 0;
  std::size_t indent = 0;
  std::size_t column = 0;
  std::size_t space_end = 0;
  std::size_t space_column = 0;
  for (std::size_t at = 0; at < line.size();) {
    const Cluster cluster = cluster_at(line, at);
    if (column + cluster.columns > columns && column > indent) {
      const bool at_space = space_end > row_start && space_column > columns / 2;
      const std::size_t row_end = at_space ? space_end : at;
      out += line.substr(row_start, row_end - row_start);
      out += kNewRow;
      out += kMargin;
      indent = kMargin.size();
      column = indent + (at_space ? column - space_column : 0);
      row_start = row_end;
      continue;
    }
    at += cluster.size;
    column += cluster.columns;
    if (line[at - 1] == ' ') {
      space_end = at;
      space_column = column;
    }
  }
  out += line.substr(row_start);
  out += kNewRow;
}

}  // namespace

LineScreen::LineScreen(std::size_t columns, Resizing resizing)
    : columns_(std::max(columns, kColumnsMin)), resizing_(resizing) {}

std::string LineScreen::draw(std::string_view prompt, const InputLine& line) {
  const std::string_view shown = line.shown();
  prompt_ = sanitize(prompt);
  text_ = sanitize(shown);
  // Counted from the end: what a character may be depends on what is before it, and the end keeps that out.
  const std::size_t behind = sanitize(shown.substr(line.cursor())).size();
  cursor_ = text_.size() - std::min(behind, text_.size());
  render();
  drawn_ = true;
  return row_;
}

std::string LineScreen::print(std::span<const std::string> lines) {
  std::string out;
  if (drawn_) out += kClearRow;
  for (const std::string& line : lines) add_rows(sanitize(line), columns_, out);
  if (drawn_) out += row_;
  return out;
}

std::string LineScreen::resize(std::size_t columns) {
  columns = std::max(columns, kColumnsMin);
  std::string out;
  if (drawn_ && resizing_ == Resizing::reflows) {
    const std::size_t above = rows_above_cursor(columns);
    if (above > 0) fmt::format_to(std::back_inserter(out), "\x1b[{}A", above);
  }
  columns_ = columns;
  if (!drawn_) return out;
  render();
  return out.append(kClearBelow).append(row_);
}

std::string LineScreen::hide() {
  if (!drawn_) return {};
  drawn_ = false;
  return std::string(kClearRow);
}

// Our row did not wrap; at `columns` the terminal has made it wrap.
std::size_t LineScreen::rows_above_cursor(std::size_t columns) const {
  std::size_t rows = 0;
  std::size_t column = 0;
  std::size_t drawn = 0;
  for (const std::size_t width : widths_) {
    if (drawn > cursor_column_) break;
    if (column + width > columns) {
      ++rows;
      column = 0;
    }
    // Behind the last cell, the cursor stays in its row even if that is full.
    column += width;
    drawn += width;
  }
  return rows;
}

void LineScreen::render() {
  const std::size_t usable = columns_ - 1;  // a full row would be about to wrap
  row_.assign(1, '\r');
  widths_.clear();
  std::size_t column = 0;
  const auto put = [&](std::string_view cell, std::size_t width) {
    row_ += cell;
    widths_.push_back(width);
    column += width;
  };
  // Over blanks, for terminals that draw less than we count. Where they would break a row inside is disputed
  // too; single cells take the fewest rows: better to leave a piece of ours behind than to erase a row of
  // output.
  const auto put_disputed = [&](std::string_view glyph, std::size_t width) {
    const std::size_t start = column;
    for (std::size_t i = 0; i < width; ++i) put(" ", 1);
    go_to_column(start, row_);
    row_ += glyph;
    go_to_column(column, row_);
  };
  const auto put_clusters = [&](std::string_view text, std::size_t columns_max) {
    for (std::size_t at = 0; at < text.size();) {
      const Cluster cluster = cluster_at(text, at);
      if (column + cluster.columns > columns_max) break;
      const std::string_view glyph = text.substr(at, cluster.size);
      if (cluster.disputed) {
        put_disputed(glyph, cluster.columns);
      } else {
        put(glyph, cluster.columns);
      }
      at += cluster.size;
    }
  };
  put_clusters(tail(prompt_, usable / 2), usable);

  const std::size_t room = usable - column;
  const std::size_t total = columns_of(text_);
  const std::size_t at_cursor = columns_of(std::string_view(text_).substr(0, cursor_));
  scroll_ = scrolled(total, at_cursor, room);
  cursor_column_ = column + at_cursor - scroll_;

  std::string_view visible = text_;
  if (scroll_ > 0) {
    put("<", 1);
    // What is cut in the middle leaves blank cells.
    const std::string_view rest = tail(visible, total - scroll_ - 1);
    const std::size_t blank = total - scroll_ - 1 - columns_of(rest);
    for (std::size_t i = 0; i < blank; ++i) put(" ", 1);
    visible = rest;
  }
  const bool cut = total - scroll_ > room;
  put_clusters(visible, cut ? usable - 1 : usable);
  while (cut && column < usable - 1) put(" ", 1);
  if (cut) put(">", 1);
  row_ += kClearRight;
  go_to_column(cursor_column_, row_);
}

// How many columns of the text to cut at the left: as before, if the cursor can be seen so.
std::size_t LineScreen::scrolled(std::size_t total, std::size_t cursor, std::size_t room) const {
  if (total <= room) return 0;
  const bool seen = cursor < scroll_ + room - 1 && (scroll_ == 0 || cursor > scroll_);
  const std::size_t centred = cursor > room / 2 ? cursor - room / 2 : 0;
  return std::min(seen ? scroll_ : centred, total - room + 1);
}

}  // namespace sockchat::client_core
