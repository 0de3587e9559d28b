#include "sockchat/client_core/key_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "client_core/unicode.h"

namespace sockchat::client_core {
namespace {

constexpr char kEscape = 0x1B;
constexpr char kBell = 0x07;
constexpr char kRubout = 0x7F;
constexpr char kInterrupt = 0x03;

constexpr bool is_control(char byte) { return (byte >= 0 && byte < 0x20) || byte == kRubout; }

struct ByteKey {
  char byte;
  Key key;
};

constexpr char ctrl(char letter) { return static_cast<char>(letter & 0x1F); }

constexpr auto kControls = std::to_array<ByteKey>({
    {ctrl('A'), Key::home},
    {ctrl('B'), Key::left},
    {ctrl('C'), Key::interrupt},
    {ctrl('D'), Key::end_or_erase},
    {ctrl('E'), Key::end},
    {ctrl('F'), Key::right},
    {ctrl('H'), Key::backspace},
    {ctrl('I'), Key::tab},
    {ctrl('J'), Key::enter},
    {ctrl('K'), Key::kill_to_end},
    {ctrl('L'), Key::redraw},
    {ctrl('M'), Key::enter},
    {ctrl('N'), Key::down},
    {ctrl('P'), Key::up},
    {ctrl('T'), Key::transpose},
    {ctrl('U'), Key::kill_to_start},
    {ctrl('W'), Key::kill_word_left},
    {ctrl('Y'), Key::yank},
    {ctrl('Z'), Key::suspend},
    {kRubout, Key::backspace},
});

// Behind ESC: with the Alt key.
constexpr auto kAlts = std::to_array<ByteKey>({
    {'b', Key::word_left},
    {'f', Key::word_right},
    {'d', Key::kill_word_right},
    {ctrl('H'), Key::kill_word_left},
    {kRubout, Key::kill_word_left},
});

// The last byte of ESC [ ... or ESC O ...
constexpr auto kFinals = std::to_array<ByteKey>({
    {'A', Key::up},
    {'B', Key::down},
    {'C', Key::right},
    {'D', Key::left},
    {'H', Key::home},
    {'F', Key::end},
});

// The number in ESC [ <n> ~.
constexpr auto kNumbers = std::to_array<ByteKey>({
    {'1', Key::home},
    {'3', Key::erase},
    {'4', Key::end},
    {'7', Key::home},
    {'8', Key::end},
});

template <std::size_t N>
std::optional<Key> find(const std::array<ByteKey, N>& table, char byte) {
  const auto found = std::ranges::find(table, byte, &ByteKey::byte);
  if (found == table.end()) return std::nullopt;
  return found->key;
}

// With Ctrl or Alt, the keys that move move by words.
Key by_words(Key key) {
  if (key == Key::left) return Key::word_left;
  if (key == Key::right) return Key::word_right;
  if (key == Key::erase) return Key::kill_word_right;
  return key;
}

// ESC [ 1 ; <m> C: one more than the sum of shift 1, alt 2, ctrl 4.
bool has_word_modifier(std::string_view parameters) {
  const std::size_t at = parameters.find(';');
  if (at == std::string_view::npos || at + 2 != parameters.size()) return false;
  const char modifier = parameters[at + 1];
  return modifier >= '3' && modifier <= '8';
}

void add_text(std::string_view text, std::vector<KeyEvent>& out) {
  if (out.empty() || out.back().key != Key::text) out.push_back({.key = Key::text});
  out.back().text += text;
}

// How many bytes a character has that starts so; 0 when none does.
std::size_t character_size(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xC2 || byte > 0xF4) return 0;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

constexpr bool is_continuation(char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

std::vector<KeyEvent> KeyReader::feed(std::string_view bytes) {
  Events out;
  for (const char byte : bytes) take(byte, out);
  return out;
}

std::vector<KeyEvent> KeyReader::flush() {
  Events out;
  if (state_ == State::escape && !pasting_) out.push_back({.key = Key::escape});
  if (waiting()) start(State::ground);
  return out;
}

void KeyReader::start(State state) {
  state_ = state;
  sequence_.clear();
  skipped_ = 0;
}

void KeyReader::take(char byte, Events& out) {
  if (state_ == State::ground) return take_ground(byte, out);
  if (state_ == State::escape) return take_escape(byte, out);
  // A control key inside a sequence means that the sequence was cut off.
  const bool in_string = state_ == State::string || state_ == State::string_escape;
  if (is_control(byte) && !in_string) {
    start(State::ground);
    return take_ground(byte, out);
  }
  if (++skipped_ > kSequenceMax) return start(State::ground);
  if (in_string) return take_string(byte, out);
  if (state_ == State::function_key) return start(State::ground);
  take_csi(byte, out);
}

void KeyReader::take_ground(char byte, Events& out) {
  if (byte == kEscape) {
    character_.clear();
    return start(State::escape);
  }
  if (pasting_) return take_paste(byte, out);
  if (!is_control(byte)) return take_character(byte, out);
  character_.clear();
  if (const auto key = find(kControls, byte)) out.push_back({.key = *key});
}

void KeyReader::take_escape(char byte, Events& out) {
  if (byte == '[') return start(State::csi);
  if (pasting_) {  // nothing else is a sequence there: it might swallow the end of the paste
    start(State::ground);
    return take_ground(byte, out);
  }
  switch (byte) {
    case 'O':
      return start(State::ss3);
    case 'P':  // DCS
    case 'X':  // SOS
    case ']':  // OSC
    case '^':  // PM
    case '_':  // APC
      return start(State::string);
    case kEscape:  // the first one was the key
      return out.push_back({.key = Key::escape});
    default:
      break;
  }
  start(State::ground);
  if (const auto key = find(kAlts, byte)) {
    out.push_back({.key = *key});
  } else if (is_control(byte) || character_size(byte) > 1) {
    take_ground(byte, out);
  }
}

void KeyReader::take_csi(char byte, Events& out) {
  if (byte >= 0x20 && byte < 0x40) {
    sequence_ += byte;
  } else if (state_ == State::csi && sequence_.empty() && byte == '[') {
    start(State::function_key);  // the Linux console: ESC [ [ A
  } else {
    finish_csi(byte, out);
    start(State::ground);
  }
}

void KeyReader::finish_csi(char final, Events& out) {
  if (final == '~' && sequence_ == "201") pasting_ = paste_break_ = false;
  if (pasting_) return;
  if (final == '~' && sequence_ == "200") {
    pasting_ = true;
    return;
  }
  std::optional<Key> key;
  const std::string_view number = std::string_view(sequence_).substr(0, sequence_.find(';'));
  if (final == '~') {
    if (number.size() == 1) key = find(kNumbers, number.front());
  } else if (number.empty() || number == "1" || state_ == State::ss3) {
    key = find(kFinals, final);
  }
  if (!key) return;
  // ESC O 5 C, as some old terminals write it, has the modifier alone.
  const bool words = has_word_modifier(sequence_) || (state_ == State::ss3 && sequence_ == "5");
  out.push_back({.key = words ? by_words(*key) : *key});
}

void KeyReader::take_string(char byte, Events& out) {
  if (state_ == State::string) {
    if (byte == kBell) return start(State::ground);
    if (byte == kEscape) state_ = State::string_escape;
    return;
  }
  start(State::ground);
  if (byte == '\\') return;
  start(State::escape);  // the string was cut off by the next sequence
  take_escape(byte, out);
}

void KeyReader::take_paste(char byte, Events& out) {
  if (byte == kInterrupt) {
    pasting_ = paste_break_ = false;
    character_.clear();
    out.push_back({.key = Key::interrupt});
  } else if (byte == '\r' || byte == '\n') {
    character_.clear();
    paste_break_ = true;
  } else if (byte == '\t' || !is_control(byte)) {
    if (std::exchange(paste_break_, false)) add_text(" ", out);
    take_character(byte, out);
  }
}

void KeyReader::take_character(char byte, Events& out) {
  if (!character_.empty() && !is_continuation(byte)) character_.clear();
  if (character_.empty() && character_size(byte) == 0) return;
  character_ += byte;
  if (character_.size() < character_size(character_.front())) return;
  // Overlong forms, surrogates and the controls from U+0080 to U+009F are no text.
  const std::int32_t value = decode(character_, 0).value;
  if (value >= 0 && (value < 0x80 || value > 0x9F)) add_text(character_, out);
  character_.clear();
}

}  // namespace sockchat::client_core
