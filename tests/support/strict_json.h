// The reference for what a request may be: slow, obvious, and written from RFC 8259, RFC 3629 and
// docs/PROTOCOL.md without a look at the reader that it judges. The grammar of a request is flat (an object
// of texts, numbers and lists of texts), so there is no recursion and no depth to count.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/wire/request_id.h"

namespace sockchat::test {

struct StrictRequest {
  std::string command;
  std::vector<std::string> data;
  wire::RequestId id;
  std::optional<std::string> cid;
  bool operator==(const StrictRequest&) const = default;
};

namespace strict {

// Every function takes what it knows from the front of `rest`, and says false when something else stands
// there.

inline bool take(std::string_view& rest, char wanted) {
  if (!rest.starts_with(wanted)) return false;
  rest.remove_prefix(1);
  return true;
}

inline void skip_space(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n\r"), rest.size()));
}

// Space around it is allowed.
inline bool take_mark(std::string_view& rest, char wanted) {
  skip_space(rest);
  const bool found = take(rest, wanted);
  skip_space(rest);
  return found;
}

inline void append_utf8(std::string& to, std::uint32_t point) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xC0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    to += static_cast<char>(0xE0 | (point >> 12));
    tail(6);
    tail(0);
  } else {
    to += static_cast<char>(0xF0 | (point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// One sequence of valid UTF-8: decoded, encoded again, and compared, so that only the shortest form passes.
inline bool take_utf8(std::string_view& rest, std::string& to) {
  const auto lead = static_cast<unsigned char>(rest[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC0 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF8 ? 4
                                           : 0;
  if (length == 0 || rest.size() < length) return false;
  std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(rest[i]) & 0x3Fu);
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  std::string again;
  append_utf8(again, point);
  if (rest.substr(0, length) != again) return false;
  to += again;
  rest.remove_prefix(length);
  return true;
}

inline std::optional<std::uint32_t> take_hex4(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : rest.substr(0, 4)) {
    constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit % 16);
  }
  rest.remove_prefix(4);
  return value;
}

// Behind the backslash.
inline bool take_escape(std::string_view& rest, std::string& to) {
  if (rest.empty()) return false;
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const std::size_t which = kNames.find(rest[0]); which != std::string_view::npos) {
    to += kMeanings[which];
    rest.remove_prefix(1);
    return true;
  }
  if (!take(rest, 'u')) return false;
  auto point = take_hex4(rest);
  if (!point || (*point >= 0xDC00 && *point <= 0xDFFF)) return false;
  if (*point >= 0xD800 && *point <= 0xDBFF) {
    if (!take(rest, '\\') || !take(rest, 'u')) return false;
    const auto low = take_hex4(rest);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
    point = 0x10000 + ((*point - 0xD800) << 10) + (*low - 0xDC00);
  }
  append_utf8(to, *point);
  return true;
}

inline bool take_text(std::string_view& rest, std::string& to) {
  if (!take(rest, '"')) return false;
  while (!rest.empty() && !rest.starts_with('"')) {
    if (static_cast<unsigned char>(rest[0]) < 0x20) return false;
    if (!(take(rest, '\\') ? take_escape(rest, to) : take_utf8(rest, to))) return false;
  }
  return take(rest, '"');
}

// JSON calls -0 an integer, and it is 0.
inline bool take_id_number(std::string_view& rest, wire::RequestId& id) {
  const bool negative = take(rest, '-');
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits > 16 || (digits > 1 && rest[0] == '0')) return false;
  std::uint64_t value = 0;
  for (const char c : rest.substr(0, digits)) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  rest.remove_prefix(digits);
  id = value;
  // What could make it something else than an integer.
  const bool goes_on = !rest.empty() && rest.find_first_of(".eE") == 0;
  return value <= wire::kRequestIdMax && !(negative && value != 0) && !goes_on;
}

inline bool take_id(std::string_view& rest, wire::RequestId& id) {
  if (!rest.starts_with('"')) return take_id_number(rest, id);
  std::string word;
  if (!take_text(rest, word) || word.size() > wire::kRequestIdBytesMax) return false;
  id = word;
  return true;
}

inline bool take_texts(std::string_view& rest, std::vector<std::string>& to) {
  if (!take_mark(rest, '[')) return false;
  if (take_mark(rest, ']')) return true;
  do {
    if (!take_text(rest, to.emplace_back())) return false;
  } while (take_mark(rest, ','));
  return take_mark(rest, ']');
}

inline bool is_cid(std::string_view text) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace strict

// The request, or nothing when it must be refused.
inline std::optional<StrictRequest> read_strictly(std::string_view rest) {
  StrictRequest request;
  std::vector<std::string> seen;
  if (!strict::take_mark(rest, '{')) return std::nullopt;
  do {
    std::string name;
    if (!strict::take_text(rest, name) || !strict::take_mark(rest, ':')) return std::nullopt;
    if (std::ranges::find(seen, name) != seen.end()) return std::nullopt;
    seen.push_back(name);
    bool good = false;
    if (name == "command") good = strict::take_text(rest, request.command);
    if (name == "data") good = strict::take_texts(rest, request.data);
    if (name == "id") good = strict::take_id(rest, request.id);
    if (name == "cid") good = strict::take_text(rest, request.cid.emplace()) && strict::is_cid(*request.cid);
    if (!good) return std::nullopt;
  } while (strict::take_mark(rest, ','));
  if (!strict::take_mark(rest, '}') || !rest.empty()) return std::nullopt;
  if (std::ranges::find(seen, "command") == seen.end()) return std::nullopt;
  if (request.cid && request.command != "message" && request.command != "broadcast") return std::nullopt;
  return request;
}

}  // namespace sockchat::test
