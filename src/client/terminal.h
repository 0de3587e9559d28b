// The terminal that the program was started on: its mode and its size, and the mode restored on every way out
// (destructor, exit, fatal signal). It neither reads nor writes text: the reactor owns the descriptors'
// traffic. One object at a time in a process, because signal handlers know only one.
#pragma once

#include <termios.h>

#include <cstddef>
#include <cstdint>

#include "sockchat/base/result.h"
#include "sockchat/client_core/line_screen.h"

namespace sockchat::client {

class Terminal final {
 public:
  enum class Mode : std::uint8_t {
    original,  // as found
    hidden,    // line by line, without echo but for the line break: a password where the editor is off
    editor,    // byte by byte, no echo, no signals from keys, bracketed paste
  };

  static constexpr std::size_t kColumnsUnknown = 80;  // where a terminal does not tell its size

  // True when both can be used by an editor.
  [[nodiscard]] static bool usable(int input, int output);
  // Judged by the environment: what it will do to rows when it becomes narrower.
  [[nodiscard]] static client_core::Resizing resizing();

  // Borrows both descriptors, which may be the same and must outlive it. Changes nothing yet.
  Terminal(int input, int output) : input_(input), output_(output) {}
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();  // original mode

  // Error (system) when `input` is no terminal or refuses.
  [[nodiscard]] Result<void> enter(Mode mode);
  // What was typed and not read yet is gone.
  void discard_input();
  [[nodiscard]] Mode mode() const { return mode_; }
  [[nodiscard]] std::size_t columns() const;
  // Stops the process as Ctrl-Z does, in the original mode; returns in the mode before, when it is continued.
  // Hide the screen before and draw it after.
  [[nodiscard]] Result<void> suspend();

  [[nodiscard]] int input() const { return input_; }
  [[nodiscard]] int output() const { return output_; }

 private:
  int input_;
  int output_;
  Mode mode_ = Mode::original;
  bool known_ = false;  // original_ holds the mode as found
  termios original_ = {};
};

}  // namespace sockchat::client
