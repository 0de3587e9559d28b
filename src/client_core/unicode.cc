#include "client_core/unicode.h"

#include <utf8proc.h>

namespace sockchat::client_core {
namespace {

constexpr std::int32_t kJoiner = 0x200D;
constexpr std::int32_t kNonJoiner = 0x200C;

constexpr bool within(std::int32_t value, std::int32_t first, std::int32_t last) {
  return value >= first && value <= last;
}

}  // namespace

bool is_conjoining(std::int32_t value) {
  return within(value, 0x1161, 0x11FF) || within(value, 0xD7B0, 0xD7FB);
}

CodePoint decode(std::string_view text, std::size_t from) {
  if (from >= text.size()) return {};
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + from;
  utf8proc_int32_t value = -1;
  const auto size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - from), &value);
  if (size <= 0) return {.value = -1, .size = 1};
  return {.value = value, .size = static_cast<std::size_t>(size)};
}

Glyph glyph_of(std::int32_t value) {
  if (value < 0) return Glyph::hidden;
  if (value == kJoiner) return Glyph::joiner;
  if (value == kNonJoiner) return Glyph::non_joiner;
  if (within(value, 0xFE0E, 0xFE0F)) return Glyph::presentation;
  const utf8proc_property_t& property = *utf8proc_get_property(value);
  if (property.ignorable) return Glyph::hidden;
  switch (property.category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:  // its width is a guess of every terminal
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return Glyph::hidden;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return Glyph::mark;
    case UTF8PROC_CATEGORY_ZS:
      return Glyph::space;
    default:
      break;
  }
  if (is_conjoining(value)) return Glyph::mark;
  if (property.boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC) return Glyph::emoji;
  if (within(value, 0x1F3FB, 0x1F3FF)) return Glyph::emoji;  // skin tones: marks only to who segments text
  return property.charwidth == 0 ? Glyph::hidden : Glyph::base;
}

bool is_virama(std::int32_t value) { return value > 0 && utf8proc_get_property(value)->combining_class == 9; }

bool is_arabic_letter(std::int32_t value) {
  return (within(value, 0x0620, 0x06FF) || within(value, 0x0750, 0x077F)) &&
         utf8proc_category(value) == UTF8PROC_CATEGORY_LO;
}

std::size_t columns_of_code_point(std::int32_t value) {
  if (is_conjoining(value)) return 0;
  const utf8proc_property_t& property = *utf8proc_get_property(value);
  // Half of the terminals give a cell to spacing marks; utf8proc does not.
  if (property.category == UTF8PROC_CATEGORY_MC && property.charwidth == 0) return 1;
  return property.charwidth;
}

bool ClusterBreaks::between(std::int32_t before, std::int32_t after) {
  // utf8proc has no word for wrong bytes; nothing joins them.
  if (before < 0 || after < 0) return true;
  return utf8proc_grapheme_break_stateful(before, after, &state_);
}

}  // namespace sockchat::client_core
