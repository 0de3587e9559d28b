// The one gate through which foreign text (names, bodies, sentences of errors, file names) goes before a
// terminal or a pipe sees it. Nothing that has passed can move the cursor, change a colour, turn the
// direction of writing, hide a character or pile marks over the neighbouring lines. Pure; any thread.
//
// What cannot be shown as it is becomes visible: a byte that is no UTF-8, or a control character below
// U+0080, as
// `\x1b`; every other control, format, private, unassigned or invisible character as `\u{202e}`. A tab
// becomes four spaces. A backslash stays one: the result is for eyes, not for parsing back. Kept in their
// places, and only there, are joiners and variation selectors inside emoji, the (non-)joiner behind a virama
// and the non-joiner between Arabic letters, and up to four combining marks on one base.
//
// Results are stable: sanitize(sanitize(x)) == sanitize(x).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::client_core {

// Starts every row that continues a text, so that no row of a body can pass for a line of its own ("bob:
// ...").
inline constexpr std::string_view kMargin = "  | ";

inline constexpr std::size_t kMarksMax = 4;  // combining marks on one base
inline constexpr std::size_t kJoinsMax = 4;  // joiners in one emoji

// One line for a terminal; a line break in it is shown as `\x0a`. At most four times as long as `foreign`.
[[nodiscard]] std::string sanitize(std::string_view foreign);

// The same for a text of several lines (LF or CRLF): at least one, each without a line break, all but the
// first behind kMargin. Give it the whole line with its prefix ("hans: " and the body), so that only the
// prefix starts at column 0.
[[nodiscard]] std::vector<std::string> sanitize_lines(std::string_view foreign);

}  // namespace sockchat::client_core
