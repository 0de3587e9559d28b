#include "storage/search_words.h"

#include <fmt/format.h>

#include <algorithm>

namespace sockchat::storage {
namespace {

bool is_of_a_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
         static_cast<unsigned char>(byte) >= 0x80;
}

char folded(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; }

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  bool is_inside = false;
  for (const char byte : text) {
    if (is_of_a_word(byte)) {
      if (!is_inside) parts.emplace_back();
      parts.back() += folded(byte);
    }
    is_inside = is_of_a_word(byte);
  }
  return parts;
}

}  // namespace

Result<std::vector<SearchWord>> parse_search(std::string_view words) {
  if (words.size() > kSearchBytesMax) {
    return fail(Errc::bad_argument, fmt::format("more than {} bytes to look for", kSearchBytesMax));
  }
  std::vector<SearchWord> found;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    SearchWord word = parts_of(words.substr(0, end));
    if (!word.empty()) found.push_back(std::move(word));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  if (found.empty()) return fail(Errc::bad_argument, "no word to look for");
  if (found.size() > kSearchWordsMax) {
    return fail(Errc::bad_argument, fmt::format("more than {} words to look for", kSearchWordsMax));
  }
  return found;
}

bool has_words(std::string_view text, const std::vector<SearchWord>& words) {
  const std::vector<std::string> parts = parts_of(text);
  return std::ranges::all_of(
      words, [&](const SearchWord& word) { return !std::ranges::search(parts, word).empty(); });
}

}  // namespace sockchat::storage
