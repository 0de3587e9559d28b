// A terminal with a line editor: what arrives scrolls above the row that is being edited.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "client/console.h"
#include "client/input_stream.h"
#include "client/output_stream.h"
#include "client/terminal.h"
#include "sockchat/client_core/input_line.h"
#include "sockchat/client_core/key_reader.h"
#include "sockchat/client_core/line_screen.h"

namespace sockchat::client {

class EditorConsole final : public Console {
 public:
  // Lines typed ahead of the server, and keys typed ahead of the next question. More are ignored.
  static constexpr std::size_t kLinesAheadMax = 100;
  static constexpr std::size_t kKeysAheadMax = 4096;

  // Borrows the descriptors; `errors` may be another terminal, or a file.
  EditorConsole(net::Reactor& reactor, int input, int output, int errors);
  EditorConsole(const EditorConsole&) = delete;
  EditorConsole& operator=(const EditorConsole&) = delete;
  ~EditorConsole() override;

  // Once, and first. Fails (system) when the terminal refuses.
  [[nodiscard]] Result<void> start() { return terminal_.enter(Terminal::Mode::editor); }

  void print(std::string_view line) override;
  void complain(std::string_view line) override;
  void ask(client_core::Asking asking) override;
  void read(bool wants_line) override;
  [[nodiscard]] bool has_input(bool wants_line) const override {
    return input_.readable() || (wants_line && !typed_.empty());
  }
  [[nodiscard]] std::optional<Typed> take(bool wants_line) override;
  void flush() override;
  [[nodiscard]] std::size_t queued() const override { return output_.queued() + lines_bytes_; }
  [[nodiscard]] bool broken() const override { return output_.broken(); }
  void resize() override;

 private:
  void take_keys(std::vector<client_core::KeyEvent> events);
  void apply_keys();
  void submit();
  void suspend();
  void await_sequence();

  net::Reactor& reactor_;
  const int errors_;
  Terminal terminal_;  // back in its mode after everything else is gone
  InputStream input_;
  OutputStream output_;
  client_core::KeyReader keys_;
  client_core::InputLine line_;
  client_core::LineScreen screen_;
  net::TimerId sequence_timer_;
  client_core::Asking asking_ = client_core::Asking::nothing;
  std::deque<client_core::KeyEvent> held_;  // while nothing is asked: how they show depends on the question
  std::deque<Typed> typed_;
  bool interrupted_ = false;
  bool end_taken_ = false;
  std::vector<std::string> lines_;  // to be printed
  std::size_t lines_bytes_ = 0;
  bool stale_ = false;  // the edit row
};

}  // namespace sockchat::client
