#include "sockchat/client_core/input_line.h"

#include <algorithm>
#include <utility>

#include "sockchat/base/check.h"
#include "sockchat/client_core/text_width.h"

namespace sockchat::client_core {
namespace {

// As much of `text` as fits into `room` without cutting a character.
std::string_view fitting(std::string_view text, std::size_t room) {
  if (text.size() <= room) return text;
  while (room > 0 && (text[room] & 0xC0) == 0x80) --room;
  return text.substr(0, room);
}

// Words are what stands between spaces: commands, names and texts are separated so, in every script.
bool is_space(char byte) { return byte == ' ' || byte == '\t'; }

}  // namespace

InputLine::~InputLine() {
  if (mode_ == Mode::secret) wipe();
}

void InputLine::begin(Mode mode) {
  if (mode_ == Mode::secret) wipe();
  text_.clear();
  draft_.clear();
  cursor_ = recalled_ = 0;
  mode_ = mode;
  // A secret that outgrows its string would leave a copy in freed memory.
  if (mode == Mode::secret) text_.reserve(kSecretBytesMax);
}

Edit InputLine::apply(const KeyEvent& event) {
  switch (event.key) {
    case Key::text:
      return insert(event.text);
    case Key::enter:
      return Edit::submitted;
    case Key::backspace:
      return erase(previous(), cursor_);
    case Key::erase:
      return erase(cursor_, next());
    case Key::left:
      return move_to(previous());
    case Key::right:
      return move_to(next());
    case Key::home:
      return move_to(0);
    case Key::end:
      return move_to(text_.size());
    case Key::word_left:
      return move_to(word_start());
    case Key::word_right:
      return move_to(word_end());
    case Key::kill_word_left:
      return kill(word_start(), cursor_);
    case Key::kill_word_right:
      return kill(cursor_, word_end());
    case Key::kill_to_start:
      return kill(0, cursor_);
    case Key::kill_to_end:
      return kill(cursor_, text_.size());
    case Key::yank:
      return mode_ == Mode::open ? insert(killed_) : Edit::none;
    case Key::transpose:
      return transpose();
    case Key::up:
      return recall(Direction::older);
    case Key::down:
      return recall(Direction::newer);
    case Key::redraw:
      return Edit::redraw;
    case Key::interrupt:
      return Edit::interrupted;
    case Key::end_or_erase:
      return text_.empty() ? Edit::ended : erase(cursor_, next());
    case Key::suspend:
      return Edit::suspended;
    case Key::tab:
    case Key::escape:
      break;
  }
  return Edit::none;
}

std::string InputLine::take() {
  SOCKCHAT_CHECK(mode_ == Mode::open);
  std::string line = std::move(text_);
  remember(line);
  begin(Mode::open);
  return line;
}

Secret InputLine::take_secret() {
  SOCKCHAT_CHECK(mode_ == Mode::secret);
  Secret secret(text_);
  begin(Mode::secret);
  return secret;
}

void InputLine::forget_newest() {
  if (history_.empty()) return;
  history_bytes_ -= history_.back().size();
  history_.pop_back();
}

Edit InputLine::insert(std::string_view text) {
  const std::size_t bytes_max = mode_ == Mode::open ? kLineBytesMax : kSecretBytesMax;
  text = fitting(text, bytes_max - text_.size());
  if (text.empty()) return Edit::none;
  text_.insert(cursor_, text);
  cursor_ = settled(cursor_ + text.size());
  return Edit::changed;
}

Edit InputLine::move_to(std::size_t offset) {
  if (settled(offset) == cursor_) return Edit::none;
  cursor_ = settled(offset);
  return Edit::changed;
}

Edit InputLine::erase(std::size_t from, std::size_t to) {
  if (from == to) return Edit::none;
  text_.erase(from, to - from);
  cursor_ = settled(from);
  return Edit::changed;
}

Edit InputLine::kill(std::size_t from, std::size_t to) {
  if (mode_ == Mode::open && from != to) killed_ = text_.substr(from, to - from);
  return erase(from, to);
}

// The cluster before the cursor goes behind the next one; at the end, the last two change places.
Edit InputLine::transpose() {
  if (cursor_ == 0) return Edit::none;
  const std::size_t middle = cursor_ < text_.size() ? cursor_ : previous();
  const std::size_t end = middle + cluster_at(text_, middle).size;
  const std::size_t start = cluster_before(text_, middle);
  if (start == middle) return Edit::none;
  const auto at = [this](std::size_t offset) { return text_.begin() + static_cast<std::ptrdiff_t>(offset); };
  std::rotate(at(start), at(middle), at(end));
  cursor_ = end;
  return Edit::changed;
}

Edit InputLine::recall(Direction direction) {
  const bool older = direction == Direction::older;
  if (mode_ == Mode::secret || recalled_ == (older ? history_.size() : 0)) return Edit::none;
  if (recalled_ == 0) draft_ = std::move(text_);
  recalled_ = older ? recalled_ + 1 : recalled_ - 1;
  text_ = recalled_ == 0 ? std::move(draft_) : history_[history_.size() - recalled_];
  cursor_ = text_.size();
  return Edit::changed;
}

std::size_t InputLine::next() const {
  return cursor_ < text_.size() ? cursor_ + cluster_at(text_, cursor_).size : cursor_;
}

std::size_t InputLine::previous() const { return cursor_ > 0 ? cluster_before(text_, cursor_) : 0; }

std::size_t InputLine::word_start() const {
  std::size_t at = cursor_;
  while (at > 0 && is_space(text_[at - 1])) --at;
  while (at > 0 && !is_space(text_[at - 1])) --at;
  return at;
}

std::size_t InputLine::word_end() const {
  std::size_t at = cursor_;
  while (at < text_.size() && is_space(text_[at])) ++at;
  while (at < text_.size() && !is_space(text_[at])) ++at;
  return at;
}

// The boundary at or behind `offset`: an edit may join what it brings together, as an accent joins its
// letter.
std::size_t InputLine::settled(std::size_t offset) const {
  if (offset == 0) return 0;
  const std::size_t before = cluster_before(text_, offset);
  return before + cluster_at(text_, before).size;
}

void InputLine::remember(std::string_view line) {
  if (line.empty() || (!history_.empty() && history_.back() == line)) return;
  history_.emplace_back(line);
  history_bytes_ += line.size();
  while (history_.size() > kHistoryLinesMax || history_bytes_ > kHistoryBytesMax) {
    history_bytes_ -= history_.front().size();
    history_.pop_front();
  }
}

void InputLine::wipe() {
  text_.resize(text_.capacity());
  volatile char* byte = text_.data();
  for (std::size_t left = text_.size(); left > 0; --left) *byte++ = 0;
  text_.clear();
}

}  // namespace sockchat::client_core
