// A tiny terminal: what a screen with endless history shows after the bytes that were written to it. It knows
// the few sequences that we allow ourselves and remembers the first byte that is none of them.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client_core/unicode.h"

namespace sockchat::test {

class TerminalModel final {
 public:
  // How terminals differ: what they draw for joined emoji, and what they do to rows that no longer fit.
  struct Kind {
    bool joins_emoji = false;
    bool reflows = true;
  };

  TerminalModel(std::size_t columns, Kind kind) : columns_(columns), kind_(kind) {}

  void write(std::string_view bytes) {
    while (!bytes.empty()) bytes.remove_prefix(take(bytes));
  }

  void resize(std::size_t columns) {
    if (kind_.reflows) {
      reflow(columns);
    } else {
      for (Row& row : rows_) row.cells.resize(std::min(row.cells.size(), columns));
      column_ = std::min(column_, columns - 1);
    }
    columns_ = columns;
  }

  // A row that the terminal broke itself is one line with its continuation. Blanks at the end are not shown.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    bool continues = false;
    for (const Row& row : rows_) {
      if (!continues) lines.emplace_back();
      for (const Cell& cell : row.cells) lines.back() += cell;
      continues = row.wrapped;
    }
    for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
    return lines;
  }
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] bool cursor_in_last_row() const { return row_ + 1 == rows_.size(); }
  [[nodiscard]] std::size_t cursor_column() const { return column_; }
  // What stands at an offset from the cursor; a space where nothing does.
  [[nodiscard]] std::string cell(std::ptrdiff_t offset) const {
    auto at = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(column_) + offset);
    const auto& cells = rows_[row_].cells;
    while (at < cells.size() && cells[at].empty() && at > 0 && offset < 0)
      --at;  // the right half of a wide one
    return at < cells.size() ? cells[at] : " ";
  }
  [[nodiscard]] const std::optional<std::string>& foreign() const { return foreign_; }

 private:
  using Cell = std::string;  // empty: the right half of a wide character
  struct Row {
    std::vector<Cell> cells = {};
    bool wrapped = false;
  };

  std::size_t take(std::string_view bytes) {
    const char first = bytes.front();
    if (first == '\x1b') return take_sequence(bytes);
    if (first == '\r') {
      column_ = 0;
      last_ = -1;
      return 1;
    }
    if (first == '\n') {
      last_ = -1;
      next_row();
      return 1;
    }
    const client_core::CodePoint point = client_core::decode(bytes, 0);
    if (point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0))
      refuse(bytes.substr(0, point.size));
    put(bytes.substr(0, point.size), point.value);
    return point.size;
  }

  std::size_t take_sequence(std::string_view bytes) {
    std::size_t count = 1;
    last_ = -1;
    if (bytes.size() < 3 || bytes[1] != '[') return refuse(bytes.substr(0, 1));
    const auto [end, error] = std::from_chars(bytes.data() + 2, bytes.data() + bytes.size(), count);
    const auto size = static_cast<std::size_t>(end - bytes.data()) + 1;
    if (size > bytes.size()) return refuse(bytes);
    const bool counted = error == std::errc();
    Row& row = rows_[row_];
    if (*end == 'A' && counted) {
      row_ -= std::min(row_, count);
    } else if (*end == 'C' && counted) {
      column_ = std::min(column_ + count, columns_ - 1);
    } else if (*end == 'K' && !counted) {
      row.cells.resize(std::min(row.cells.size(), column_));
    } else if (*end == 'J' && !counted) {
      row.cells.resize(std::min(row.cells.size(), column_));
      row.wrapped = false;
      rows_.resize(row_ + 1);
    } else {
      refuse(bytes.substr(0, size));
    }
    return size;
  }

  std::size_t refuse(std::string_view bytes) {
    if (!foreign_) foreign_ = bytes;
    return bytes.size();
  }

  void put(std::string_view glyph, std::int32_t value) {
    const std::size_t width = client_core::columns_of_code_point(value);
    if (last_ < 0) breaks_ = {};
    const bool same_cluster = last_ >= 0 && !breaks_.between(last_, value);
    const bool joined = same_cluster && (width == 0 || kind_.joins_emoji);
    last_ = value;
    if (width == 0 && !joined) return static_cast<void>(refuse(glyph));  // drawn over what is not its own
    if (joined) {
      std::size_t at = column_ - 1;
      while (at > 0 && rows_[row_].cells[at].empty()) --at;
      rows_[row_].cells[at] += glyph;
      return;
    }
    if (column_ + width > columns_) {
      rows_[row_].wrapped = true;
      next_row();
      column_ = 0;
    }
    auto& cells = rows_[row_].cells;
    if (cells.size() < column_ + width) cells.resize(column_ + width, " ");
    // Half of a wide character is nothing.
    if (cells[column_].empty() && column_ > 0) cells[column_ - 1] = " ";
    for (std::size_t at = column_ + width; at < cells.size() && cells[at].empty(); ++at) cells[at] = " ";
    cells[column_] = glyph;
    for (std::size_t i = 1; i < width; ++i) cells[column_ + i].clear();
    column_ += width;
  }

  void next_row() {
    ++row_;
    if (row_ == rows_.size()) rows_.emplace_back();
  }

  void reflow(std::size_t columns) {
    std::vector<Row> rows;
    std::size_t cursor_row = 0;
    std::size_t cursor_column = 0;
    bool continues = false;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!continues) rows.emplace_back();
      const auto& cells = rows_[i].cells;
      for (std::size_t at = 0; at < cells.size(); ++at) {
        const bool wide = at + 1 < cells.size() && cells[at + 1].empty();
        if (!cells[at].empty() && rows.back().cells.size() + (wide ? 2 : 1) > columns) {
          rows.back().wrapped = true;
          rows.emplace_back();
        }
        if (i == row_ && at == column_) {
          cursor_row = rows.size() - 1;
          cursor_column = rows.back().cells.size();
        }
        rows.back().cells.push_back(cells[at]);
      }
      if (i == row_ && column_ >= cells.size()) {
        cursor_row = rows.size() - 1;
        cursor_column = std::min(rows.back().cells.size() + column_ - cells.size(), columns - 1);
      }
      continues = rows_[i].wrapped;
    }
    rows_ = std::move(rows);
    row_ = cursor_row;
    column_ = cursor_column;
  }

  std::size_t columns_;
  Kind kind_;
  std::vector<Row> rows_ = std::vector<Row>(1);
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::int32_t last_ = -1;  // what the next mark would join
  client_core::ClusterBreaks breaks_;
  std::optional<std::string> foreign_;
};

}  // namespace sockchat::test
