// What somebody looks for, as words: runs of ASCII letters, digits and bytes of 128 and more. Everything else
// only separates, so no operator or wildcard of anybody has a meaning.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/result.h"

namespace sockchat::storage {

// What asks for more is refused: every word costs a walk through its part of an index.
inline constexpr std::size_t kSearchWordsMax = 16;
inline constexpr std::size_t kSearchBytesMax = 256;

// The parts of one word: "x-wing" has two, which have to stand behind each other.
using SearchWord = std::vector<std::string>;

// bad_argument: nothing to look for, or too much. ASCII letters are small afterwards.
[[nodiscard]] Result<std::vector<SearchWord>> parse_search(std::string_view words);

// Whether all the words are in the text.
[[nodiscard]] bool has_words(std::string_view text, const std::vector<SearchWord>& words);

}  // namespace sockchat::storage
