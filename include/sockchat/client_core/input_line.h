// The line that a user edits: text, cursor, kill buffer, history. Pure model; one thread at a time. It draws
// nothing (line_screen.h) and knows no bytes of a terminal (key_reader.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "sockchat/base/secret.h"
#include "sockchat/client_core/key_reader.h"

namespace sockchat::client_core {

// What a key did.
enum class Edit : std::uint8_t {
  none,  // nothing: a motion at the end, a full line, a key without a meaning here
  changed,
  redraw,       // the user asked for a fresh picture (Ctrl-L)
  submitted,    // Enter: take() or take_secret() now
  interrupted,  // Ctrl-C; the line is untouched
  ended,        // Ctrl-D on an empty line
  suspended,    // Ctrl-Z
};

class InputLine final {
 public:
  static constexpr std::size_t kLineBytesMax = std::size_t{64} * 1024;  // what goes beyond is ignored
  static constexpr std::size_t kSecretBytesMax = std::size_t{4} * 1024;
  static constexpr std::size_t kHistoryLinesMax = 1000;  // the oldest go first
  static constexpr std::size_t kHistoryBytesMax = std::size_t{1024} * 1024;

  enum class Mode : std::uint8_t {
    open,
    secret,  // shows nothing, and leaves nothing in the history or in the kill buffer
  };

  InputLine() = default;
  InputLine(const InputLine&) = delete;
  InputLine& operator=(const InputLine&) = delete;
  ~InputLine();

  // Starts an empty line; what was typed is forgotten.
  void begin(Mode mode);
  [[nodiscard]] Mode mode() const { return mode_; }

  [[nodiscard]] Edit apply(const KeyEvent& event);

  // What may be shown: nothing in secret mode. Not sanitized: users may paste anything.
  [[nodiscard]] std::string_view shown() const { return mode_ == Mode::open ? text_ : std::string_view(); }
  // Byte offset in shown(), between clusters.
  [[nodiscard]] std::size_t cursor() const { return mode_ == Mode::open ? cursor_ : 0; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  // The submitted line; an empty one begins in the same mode. take() puts it into the history unless it is
  // empty or the same as the newest, and is for open mode only; take_secret() is for secret mode and leaves
  // no copy behind.
  [[nodiscard]] std::string take();
  [[nodiscard]] Secret take_secret();
  // Drops the newest line of the history: it held something that must not come back by the up key.
  void forget_newest();

 private:
  enum class Direction : std::uint8_t { older, newer };

  [[nodiscard]] Edit insert(std::string_view text);
  [[nodiscard]] Edit move_to(std::size_t offset);
  [[nodiscard]] Edit erase(std::size_t from, std::size_t to);
  [[nodiscard]] Edit kill(std::size_t from, std::size_t to);
  [[nodiscard]] Edit transpose();
  [[nodiscard]] Edit recall(Direction direction);
  [[nodiscard]] std::size_t settled(std::size_t offset) const;
  [[nodiscard]] std::size_t next() const;
  [[nodiscard]] std::size_t previous() const;
  [[nodiscard]] std::size_t word_start() const;
  [[nodiscard]] std::size_t word_end() const;
  void remember(std::string_view line);
  void wipe();

  Mode mode_ = Mode::open;
  std::string text_;
  std::size_t cursor_ = 0;
  std::string killed_;
  std::deque<std::string> history_;  // oldest first
  std::size_t history_bytes_ = 0;
  std::size_t recalled_ = 0;  // how many lines back the user has gone; 0 is the draft
  std::string draft_;
};

}  // namespace sockchat::client_core
