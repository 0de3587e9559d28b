// The picture of line mode: output scrolls above, the last row is being edited, and neither disturbs the
// other. Pure: every call returns the bytes to write, in order, and assumes that all before it were written.
// One thread at a time.
//
// The edit row never wraps: a long line scrolls sideways, cut ends are marked `<` and `>`. Output lines are
// broken at the width by us, because a row that the terminal begins itself would start at column 0 without
// our margin, which a body padded with spaces could use to write "bob: ..." there.
//
// Only CR, LF, ESC[K, ESC[J, ESC[<n>A and ESC[<n>C are used.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/client_core/input_line.h"

namespace sockchat::client_core {

// What a terminal does to a row that no longer fits when it becomes narrower. Terminal::resizing() guesses
// it.
enum class Resizing : bool { cuts, reflows };

class LineScreen final {
 public:
  static constexpr std::size_t kColumnsMin = 8;  // a narrower terminal is drawn as if it had so many

  explicit LineScreen(std::size_t columns, Resizing resizing = Resizing::reflows);

  // The edit row, after every change of prompt or line. A prompt that takes more than half of the row loses
  // its start.
  [[nodiscard]] std::string draw(std::string_view prompt, const InputLine& line);
  // Output lines above the edit row, each sanitized here once more. To leave a submitted line on the screen:
  // hide(), print({prompt + line}), draw() the next.
  [[nodiscard]] std::string print(std::span<const std::string> lines);
  // After the terminal has changed its size.
  [[nodiscard]] std::string resize(std::size_t columns);
  // Takes the edit row away until the next draw(): before a line is left behind, the program ends or is
  // suspended.
  [[nodiscard]] std::string hide();

 private:
  [[nodiscard]] std::size_t rows_above_cursor(std::size_t columns) const;
  [[nodiscard]] std::size_t scrolled(std::size_t total, std::size_t cursor, std::size_t room) const;
  void render();

  std::size_t columns_;
  Resizing resizing_;
  bool drawn_ = false;
  // What is edited, sanitized, and where the cursor is in it.
  std::string prompt_;
  std::string text_;
  std::size_t cursor_ = 0;
  // The row as drawn: the bytes that draw it over itself, and its cells.
  std::string row_;
  std::vector<std::size_t> widths_;  // of its clusters, in columns
  std::size_t cursor_column_ = 0;
  std::size_t scroll_ = 0;  // columns of the text that are cut off at the left
};

}  // namespace sockchat::client_core
