#include "sockchat/client_core/sanitize.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "client_core/unicode.h"

namespace sockchat::client_core {
namespace {

constexpr std::string_view kTab = "    ";
constexpr std::int32_t kKeycap = 0x20E3;

constexpr bool is_plain(char byte) { return byte >= 0x20 && byte < 0x7F; }

bool is_keycap_base(std::int32_t value) {
  return (value >= '0' && value <= '9') || value == '#' || value == '*';
}

// Decides code point by code point; what it remembers are code points that it kept.
class Sanitizer final {
 public:
  explicit Sanitizer(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    while (at_ < text_.size()) {
      if (is_plain(text_[at_])) {
        copy_plain();
      } else if (text_[at_] == '\t') {
        out_ += kTab;
        ++at_;
        forget();
      } else {
        take(decode(text_, at_));
      }
    }
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kNoBase = kMarksMax;  // as if it carried all that it can

  void copy_plain() {
    const auto* begin = text_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto* end = std::find_if_not(begin, text_.end(), is_plain);
    out_.append(begin, end);
    at_ += static_cast<std::size_t>(end - begin);
    previous_ = *std::prev(end);
    marks_ = previous_ == ' ' ? kNoBase : 0;
    joins_ = 0;
  }

  void take(CodePoint point) {
    const std::int32_t next = decode(text_, at_ + point.size).value;
    if (keeps(point.value, next)) {
      out_ += text_.substr(at_, point.size);
      previous_ = point.value;
    } else {
      const bool short_form = point.value < 0x80;
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (short_form) fmt::format_to(std::back_inserter(out_), "\\x{:02x}", byte);
      if (!short_form) fmt::format_to(std::back_inserter(out_), "\\u{{{:x}}}", point.value);
      forget();
    }
    at_ += point.size;
  }

  bool keeps(std::int32_t value, std::int32_t next) {
    const Glyph glyph = glyph_of(value);
    switch (glyph) {
      case Glyph::base:
      case Glyph::space:
      case Glyph::emoji:
        if (glyph_of(previous_) != Glyph::joiner) joins_ = 0;
        marks_ = glyph == Glyph::space ? kNoBase : 0;
        return true;
      case Glyph::mark:
        if (is_conjoining(value) && ClusterBreaks().between(previous_, value)) return false;
        return marks_ < kMarksMax && ++marks_ > 0;
      case Glyph::joiner:
        if (is_virama(previous_)) return true;
        return ends_emoji() && glyph_of(next) == Glyph::emoji && ++joins_ <= kJoinsMax;
      case Glyph::non_joiner:
        return is_virama(previous_) || (is_arabic_letter(previous_) && is_arabic_letter(next));
      case Glyph::presentation:
        return glyph_of(previous_) == Glyph::emoji || (is_keycap_base(previous_) && next == kKeycap);
      case Glyph::hidden:
        break;
    }
    return false;
  }

  [[nodiscard]] bool ends_emoji() const {
    const Glyph glyph = glyph_of(previous_);
    return glyph == Glyph::emoji || glyph == Glyph::presentation;
  }

  // What follows has nothing to lean on.
  void forget() {
    previous_ = -1;
    marks_ = kNoBase;
    joins_ = 0;
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
  std::int32_t previous_ = -1;
  std::size_t marks_ = kNoBase;
  std::size_t joins_ = 0;
};

}  // namespace

std::string sanitize(std::string_view foreign) { return Sanitizer(foreign).run(); }

std::vector<std::string> sanitize_lines(std::string_view foreign) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = foreign.find('\n');
    std::string_view line = foreign.substr(0, end);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(lines.empty() ? sanitize(line) : std::string(kMargin) + sanitize(line));
    if (end == std::string_view::npos) return lines;
    foreign.remove_prefix(end + 1);
  }
}

}  // namespace sockchat::client_core
