#include "sockchat/wire/frame_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <type_traits>

#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"

namespace sockchat::wire {
namespace {

constexpr bool needs_escape(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

// True when one of the eight bytes may need an escape. Borrows between the bytes can only raise false alarms,
// and those cost eight single looks.
bool any_needs_escape(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = kOnes * 0x80;
  const std::uint64_t quote = word ^ kOnes * '"';
  const std::uint64_t backslash = word ^ kOnes * '\\';
  return (((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash)) &
         kTops;
}

// How many bytes at the front go out as they are.
std::size_t plain_run(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (any_needs_escape(word)) break;
  }
  while (at < text.size() && !needs_escape(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

void append_escape(std::string& out, char byte) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto value = static_cast<unsigned char>(byte);
      out += "\\u00";
      out += kHex[value >> 4];
      out += kHex[value & 15];
  }
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

// The last `count` decimal digits of `value`, written to `to`.
char* put_digits(char* to, unsigned value, int count) {
  for (char* at = to + count; at != to; value /= 10) *--at = static_cast<char>('0' + value % 10);
  return to + count;
}

}  // namespace

FrameWriter::FrameWriter(std::string& out) : out_(out), start_(out.size()) {
  out_.append(kFrameHeaderBytes, '\0');
  out_ += '{';
}

void FrameWriter::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

void FrameWriter::name(std::string_view member) {
  separate();
  // Names are our own words: nothing in them needs an escape.
  out_ += '"';
  out_ += member;
  out_ += "\":";
}

FrameWriter& FrameWriter::text(std::string_view member, std::string_view value) {
  name(member);
  append_json_string(out_, value);
  return *this;
}

FrameWriter& FrameWriter::number(std::string_view member, std::uint64_t value) {
  name(member);
  append_number(out_, value);
  return *this;
}

FrameWriter& FrameWriter::flag(std::string_view member, bool value) {
  name(member);
  out_ += value ? "true" : "false";
  return *this;
}

FrameWriter& FrameWriter::null(std::string_view member) {
  name(member);
  out_ += "null";
  return *this;
}

FrameWriter& FrameWriter::time(std::string_view member, WallTime value) {
  name(member);
  out_ += '"';
  append_rfc3339(out_, value);
  out_ += '"';
  return *this;
}

FrameWriter& FrameWriter::id(const RequestId& id) {
  if (const auto* value = std::get_if<std::uint64_t>(&id)) return number("id", *value);
  if (const auto* value = std::get_if<std::string>(&id)) return text("id", *value);
  return *this;
}

FrameWriter& FrameWriter::begin_list(std::string_view member) {
  name(member);
  out_ += '[';
  first_ = true;
  return *this;
}

FrameWriter& FrameWriter::item(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

FrameWriter& FrameWriter::end_list() {
  out_ += ']';
  first_ = false;
  return *this;
}

FrameWriter& FrameWriter::list(std::string_view member, std::span<const std::string_view> values) {
  begin_list(member);
  for (const std::string_view value : values) item(value);
  return end_list();
}

FrameWriter& FrameWriter::begin_object(std::string_view member) {
  name(member);
  out_ += '{';
  first_ = true;
  return *this;
}

FrameWriter& FrameWriter::begin_object() {
  separate();
  out_ += '{';
  first_ = true;
  return *this;
}

FrameWriter& FrameWriter::end_object() {
  out_ += '}';
  first_ = false;
  return *this;
}

std::size_t FrameWriter::size() const { return out_.size() - start_ - kFrameHeaderBytes; }

void FrameWriter::finish() {
  out_ += '}';
  const std::size_t length = size();
  SOCKCHAT_CHECK(length <= std::numeric_limits<std::uint32_t>::max());
  for (std::size_t i = 0; i < kFrameHeaderBytes; ++i) {
    out_[start_ + i] = static_cast<char>(length >> 8 * (kFrameHeaderBytes - 1 - i) & 0xFF);
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const std::size_t plain = plain_run(text);
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append_rfc3339(std::string& out, WallTime time) {
  using namespace std::chrono;
  // RFC 3339 ends where four digits end. A clock beyond says the nearest time that can be said.
  constexpr WallTime kFirst = sys_days(year(0) / January / 1);
  constexpr WallTime kLast = sys_days(year(10'000) / January / 1) - milliseconds(1);
  time = std::clamp(time, kFirst, kLast);

  const sys_days midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(time - midnight);
  std::string_view form = "0000-00-00T00:00:00.000Z";
  std::array<char, 24> text;
  std::copy(form.begin(), form.end(), text.begin());
  put_digits(&text[0], static_cast<unsigned>(int{date.year()}), 4);
  put_digits(&text[5], unsigned{date.month()}, 2);
  put_digits(&text[8], unsigned{date.day()}, 2);
  put_digits(&text[11], static_cast<unsigned>(clock.hours().count()), 2);
  put_digits(&text[14], static_cast<unsigned>(clock.minutes().count()), 2);
  put_digits(&text[17], static_cast<unsigned>(clock.seconds().count()), 2);
  put_digits(&text[20], static_cast<unsigned>(clock.subseconds().count()), 3);
  out.append(text.data(), text.size());
}

}  // namespace sockchat::wire
