// The user's side of the client: where lines come from and go to. Two kinds: StreamConsole for pipes, files
// and plain terminals, EditorConsole for terminals with a line editor. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sockchat/base/secret.h"
#include "sockchat/client_core/client_output.h"

namespace sockchat::client {

struct Typed {
  enum class Kind : std::uint8_t { line, end, interrupt };
  Kind kind = Kind::line;
  Secret line = {};  // it may be a password: wiped in any case
};

class Console {
 public:
  virtual ~Console() = default;

  // A line for the user. Gathered until flush().
  virtual void print(std::string_view line) = 0;
  // A line for stderr, kept apart from what is being edited.
  virtual void complain(std::string_view line) = 0;
  // What was typed before a question of trust is no answer to it: forgotten, and not shown.
  virtual void ask(client_core::Asking asking) = 0;

  // Reads what is there, up to a bound, when there is room for it. `wants_line`: somebody waits for take().
  virtual void read(bool wants_line) = 0;
  // True when read() would find something at once.
  [[nodiscard]] virtual bool has_input(bool wants_line) const = 0;
  // The next line or the end of input, when somebody wants it; an interrupt at any time.
  [[nodiscard]] virtual std::optional<Typed> take(bool wants_line) = 0;

  // Once at the end of every turn.
  virtual void flush() = 0;
  // Bytes that the user's terminal or pipe has not taken.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  // True when nobody reads the output any more.
  [[nodiscard]] virtual bool broken() const = 0;
  // The terminal has another size.
  virtual void resize() = 0;
};

}  // namespace sockchat::client
