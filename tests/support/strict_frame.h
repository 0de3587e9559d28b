// The reference for what a client may take for a frame of a server, as strict_json.h is for requests: written
// from RFC 8259 and docs/PROTOCOL.md. Here anything may nest, and members that nobody knows are allowed; only
// whether a text is accepted is said.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/strict_json.h"

namespace sockchat::test {

namespace strict {

// Non-empty lists and objects within each other.
inline constexpr std::size_t kFrameDepthMax = 16;

// What of a value decides whether a member may have it.
struct Value {
  enum class Kind : std::uint8_t { text, whole, negative, fraction, flag, null, list, object };
  Kind kind = Kind::null;
  std::string text = {};                // of a text
  std::uint64_t number = 0;             // of a whole number
  std::vector<std::string> names = {};  // of an object, as they come
  std::vector<Value> values = {};
};

// Numbers that a double or 64 bits do not hold are not ours to judge; they are `unclear`.
struct Judge {
  bool unclear = false;

  bool take_word(std::string_view& rest, std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  }

  static std::size_t take_digits(std::string_view& rest) {
    const std::size_t count = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(count);
    return count;
  }

  bool take_number(std::string_view& rest, Value& value) {
    const bool negative = take(rest, '-');
    const std::string_view digits = rest;
    const std::size_t count = take_digits(rest);
    if (count == 0 || (count > 1 && digits[0] == '0')) return false;
    value.kind = Value::Kind::whole;
    unclear = unclear || count > 18;
    for (const char c : digits.substr(0, std::min<std::size_t>(count, 18)))
      value.number = value.number * 10 + static_cast<std::uint64_t>(c - '0');
    // JSON calls -0 an integer, and it is 0.
    if (negative && value.number != 0) value.kind = Value::Kind::negative;
    if (take(rest, '.')) {
      value.kind = Value::Kind::fraction;
      if (take_digits(rest) == 0) return false;
    }
    if (take(rest, 'e') || take(rest, 'E')) {
      value.kind = Value::Kind::fraction;
      if (!take(rest, '-')) take(rest, '+');
      const std::size_t exponent = take_digits(rest);
      if (exponent == 0) return false;
      unclear = unclear || exponent > 2;
    }
    return true;
  }

  bool take_list(std::string_view& rest, Value& value, std::size_t depth) {
    value.kind = Value::Kind::list;
    if (take_mark(rest, ']')) return true;
    if (depth > kFrameDepthMax) return false;
    do {
      if (!take_value(rest, value.values.emplace_back(), depth)) return false;
    } while (take_mark(rest, ','));
    return take_mark(rest, ']');
  }

  bool take_object(std::string_view& rest, Value& value, std::size_t depth) {
    value.kind = Value::Kind::object;
    if (take_mark(rest, '}')) return true;
    if (depth > kFrameDepthMax) return false;
    do {
      if (!take_text(rest, value.names.emplace_back()) || !take_mark(rest, ':')) return false;
      if (!take_value(rest, value.values.emplace_back(), depth)) return false;
    } while (take_mark(rest, ','));
    return take_mark(rest, '}');
  }

  // `depth` lists and objects are around it.
  bool take_value(std::string_view& rest, Value& value, std::size_t depth) {
    using enum Value::Kind;
    if (take_mark(rest, '[')) return take_list(rest, value, depth + 1);
    if (take_mark(rest, '{')) return take_object(rest, value, depth + 1);
    value.kind = null;
    if (take_word(rest, "null")) return true;
    value.kind = flag;
    if (take_word(rest, "true") || take_word(rest, "false")) return true;
    value.kind = text;
    if (rest.starts_with('"')) return take_text(rest, value.text);
    return take_number(rest, value);
  }
};

inline bool is_any(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// Nothing for a member that no client knows.
inline std::optional<bool> has_its_type(std::string_view name, const Value& value) {
  using enum Value::Kind;
  if (name == "status") return value.kind == text && (value.text == "ok" || value.text == "error");
  if (name == "data") return value.kind == list;
  if (is_any(name, {"command", "code", "mid", "time", "delivery", "token"})) return value.kind == text;
  if (is_any(name, {"last_login", "cut"})) return value.kind == text || value.kind == null;
  if (is_any(name, {"attempts_left", "retry_after", "failed", "waiting", "unindexed"}))
    return value.kind == whole;
  if (is_any(name, {"stored", "skipped", "more", "resumed"})) return value.kind == flag;
  if (name != "id") return std::nullopt;
  if (value.kind == text) return value.text.size() <= wire::kRequestIdBytesMax;
  return value.kind == whole && value.number <= wire::kRequestIdMax;
}

inline bool is_frame(const Value& frame) {
  if (frame.kind != Value::Kind::object) return false;
  std::vector<std::string_view> seen;
  std::string_view command;
  std::string_view code;
  std::string_view status;
  for (std::size_t i = 0; i < frame.names.size(); ++i) {
    const std::string_view name = frame.names[i];
    const auto good = has_its_type(name, frame.values[i]);
    if (!good) continue;
    if (!*good || std::ranges::find(seen, name) != seen.end()) return false;
    seen.push_back(name);
    if (name == "command") command = frame.values[i].text;
    if (name == "code") code = frame.values[i].text;
    if (name == "status") status = frame.values[i].text;
  }
  if (std::ranges::find(seen, "command") == seen.end()) return false;
  if (status.empty()) return !command.empty();
  return status == "ok" || !code.empty();
}

}  // namespace strict

// Nothing: it has a number of which only a machine can say whether it is one.
inline std::optional<bool> accepts_frame(std::string_view json) {
  strict::Judge judge;
  strict::Value value;
  strict::skip_space(json);
  const bool is_json = judge.take_value(json, value, 0);
  strict::skip_space(json);
  if (judge.unclear) return std::nullopt;
  return is_json && json.empty() && strict::is_frame(value);
}

}  // namespace sockchat::test
