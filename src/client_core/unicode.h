// What we ask of the tables of Unicode. The only file behind which utf8proc stands. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockchat::client_core {

struct CodePoint {
  std::int32_t value = -1;  // -1: a byte that is no UTF-8
  std::size_t size = 0;     // bytes; 1 for a wrong one, 0 behind the end
};

// The code point that starts at `from`; anything behind the end is {-1, 0}.
[[nodiscard]] CodePoint decode(std::string_view text, std::size_t from);

// What a code point is to somebody who shows foreign text.
enum class Glyph : std::uint8_t {
  base,          // stands in a cell, or two
  space,         // a cell with nothing in it: no place for marks
  emoji,         // a base that may be joined to others
  mark,          // drawn over or behind the base before it
  joiner,        // U+200D
  non_joiner,    // U+200C
  presentation,  // U+FE0E, U+FE0F: text or emoji
  hidden,        // a control, invisible, unassigned, or without a meaning that we share
};
[[nodiscard]] Glyph glyph_of(std::int32_t value);

// Vowels and finals of Hangul that are drawn into the syllable before them: letters to Unicode, marks to a
// terminal.
[[nodiscard]] bool is_conjoining(std::int32_t value);

// A mark that kills a vowel: behind it, joiners choose between written forms.
[[nodiscard]] bool is_virama(std::int32_t value);
[[nodiscard]] bool is_arabic_letter(std::int32_t value);

// 0, 1 or 2.
[[nodiscard]] std::size_t columns_of_code_point(std::int32_t value);

// Finds the boundaries of clusters; fed with the code points in order, from a boundary on.
class ClusterBreaks final {
 public:
  [[nodiscard]] bool between(std::int32_t before, std::int32_t after);

 private:
  std::int32_t state_ = 0;
};

}  // namespace sockchat::client_core
