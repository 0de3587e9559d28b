#include "sockchat/client_core/text_width.h"

#include "client_core/unicode.h"
#include "sockchat/base/check.h"

namespace sockchat::client_core {
namespace {

constexpr std::int32_t kEmojiPresentation = 0xFE0F;

constexpr bool is_plain(char byte) { return byte >= 0x20 && byte < 0x7F; }

}  // namespace

Cluster cluster_at(std::string_view text, std::size_t from) {
  SOCKCHAT_CHECK(from < text.size());
  const bool alone = from + 1 == text.size() || is_plain(text[from + 1]);
  if (is_plain(text[from]) && alone) return {.size = 1, .columns = 1};
  CodePoint point = decode(text, from);
  Cluster cluster{.size = point.size,
                  .columns = columns_of_code_point(point.value),
                  .disputed = glyph_of(point.value) == Glyph::emoji};
  ClusterBreaks breaks;
  while (from + cluster.size < text.size()) {
    const CodePoint following = decode(text, from + cluster.size);
    if (breaks.between(point.value, following.value)) break;
    // The selector widens what was narrow.
    const bool widens = following.value == kEmojiPresentation && columns_of_code_point(point.value) == 1;
    const std::size_t columns = widens ? 1 : columns_of_code_point(following.value);
    if (cluster.columns + columns > kClusterColumnsMax) break;
    cluster.columns += columns;
    cluster.size += following.size;
    cluster.disputed = true;
    point = following;
  }
  return cluster;
}

std::size_t cluster_before(std::string_view text, std::size_t from) {
  SOCKCHAT_CHECK(from <= text.size());
  // Between two plain characters there always is a boundary: start at the last one that is not behind `from`.
  std::size_t start = from > 0 ? from - 1 : 0;
  while (start > 0 && !(is_plain(text[start]) && is_plain(text[start - 1]))) --start;
  while (start < from) {
    const std::size_t next = start + cluster_at(text, start).size;
    if (next >= from) break;
    start = next;
  }
  return start;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Cluster cluster = cluster_at(text, at);
    columns += cluster.columns;
    at += cluster.size;
  }
  return columns;
}

}  // namespace sockchat::client_core
