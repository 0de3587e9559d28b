// Columns and steps of text as a terminal shows it. The unit of stepping is the cluster (Unicode's extended
// grapheme cluster): what a reader takes for one character. Pure; any thread. Offsets are bytes, widths are
// columns.
//
// Terminals agree on single characters and disagree on joined emoji: some show one glyph, some show the
// parts. We count the parts, so that a row never overflows, and mark such a cluster as disputed: whoever
// draws it puts the cursor where it must be instead of trusting that it is there.
#pragma once

#include <cstddef>
#include <string_view>

namespace sockchat::client_core {

// Five joined emoji, each with a tint. Unicode sets no bound; what goes beyond is a cluster of its own.
inline constexpr std::size_t kClusterColumnsMax = 20;

struct Cluster {
  std::size_t size = 0;     // bytes; at least 1
  std::size_t columns = 0;  // at most kClusterColumnsMax
  bool disputed = false;

  bool operator==(const Cluster&) const = default;
};

// The cluster that starts at `from`, which must be below text.size(). A byte that is no UTF-8 is a cluster of
// its own.
[[nodiscard]] Cluster cluster_at(std::string_view text, std::size_t from);

// Where the cluster before `from` starts; 0 at the start. `from` is a cluster's boundary.
[[nodiscard]] std::size_t cluster_before(std::string_view text, std::size_t from);

// Columns of the whole text, which must have passed sanitize(): control characters count as nothing.
[[nodiscard]] std::size_t columns_of(std::string_view text);

}  // namespace sockchat::client_core
