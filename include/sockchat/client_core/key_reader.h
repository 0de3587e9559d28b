// Bytes of a terminal in, keys out. The bytes may arrive in any slicing. One thread at a time; holds at most
// a sequence of kSequenceMax bytes and a part of one character.
//
// Unknown escape sequences vanish as a whole, and so do answers of the terminal that nobody asked for. Bytes
// that are no UTF-8 are dropped. A bracketed paste arrives as text: its line breaks become single spaces
// (none at its end), other control characters but the tab vanish, so a paste never submits a line. Ctrl-C
// ends a paste whose end was lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::client_core {

enum class Key : std::uint8_t {
  text,  // KeyEvent::text holds one or more whole characters, no controls but a pasted tab
  enter,
  tab,
  escape,
  backspace,
  erase,  // the character under the cursor: Delete
  left,
  right,
  up,
  down,
  home,
  end,
  word_left,
  word_right,
  kill_word_left,
  kill_word_right,
  kill_to_start,
  kill_to_end,
  yank,
  transpose,
  redraw,        // Ctrl-L
  interrupt,     // Ctrl-C
  end_or_erase,  // Ctrl-D
  suspend,       // Ctrl-Z
};

struct KeyEvent {
  Key key = Key::text;
  std::string text = {};

  bool operator==(const KeyEvent&) const = default;
};

class KeyReader final {
 public:
  static constexpr std::size_t kSequenceMax =
      1024;  // a longer one is given up; what follows it is read as keys

  // The keys that these bytes complete, in order.
  [[nodiscard]] std::vector<KeyEvent> feed(std::string_view bytes);

  // True while an escape sequence is unfinished. The caller waits some 50 ms for more bytes and then calls
  // flush().
  [[nodiscard]] bool waiting() const { return state_ != State::ground; }
  // Nothing followed: a lone ESC was the Escape key, any other part of a sequence is dropped.
  [[nodiscard]] std::vector<KeyEvent> flush();

 private:
  enum class State : std::uint8_t { ground, escape, csi, function_key, ss3, string, string_escape };
  using Events = std::vector<KeyEvent>;

  void take(char byte, Events& out);
  void take_ground(char byte, Events& out);
  void take_escape(char byte, Events& out);
  void take_csi(char byte, Events& out);
  void take_string(char byte, Events& out);
  void take_paste(char byte, Events& out);
  void take_character(char byte, Events& out);
  void start(State state);
  void finish_csi(char final, Events& out);

  State state_ = State::ground;
  std::string sequence_;     // what followed ESC [ so far
  std::size_t skipped_ = 0;  // bytes of the sequence
  std::string character_;    // the first bytes of a character
  bool pasting_ = false;
  bool paste_break_ = false;  // a line break of the paste that becomes a space if more follows
};

}  // namespace sockchat::client_core
