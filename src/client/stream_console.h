// Line by line without an editor: pipes, files, and terminals that shall not be drawn on.
#pragma once

#include "client/console.h"
#include "client/input_stream.h"
#include "client/line_splitter.h"
#include "client/output_stream.h"
#include "client/terminal.h"

namespace sockchat::client {

class StreamConsole final : public Console {
 public:
  enum class Prompts : bool { hidden, shown };

  // Borrows the descriptors.
  StreamConsole(net::Reactor& reactor, int input, int output, int errors, Prompts prompts);
  StreamConsole(const StreamConsole&) = delete;
  StreamConsole& operator=(const StreamConsole&) = delete;
  ~StreamConsole() override;

  void print(std::string_view line) override;
  void complain(std::string_view line) override;
  void ask(client_core::Asking asking) override;
  void read(bool wants_line) override;
  [[nodiscard]] bool has_input(bool wants_line) const override;
  [[nodiscard]] std::optional<Typed> take(bool wants_line) override;
  void flush() override { output_.flush(); }
  [[nodiscard]] std::size_t queued() const override { return output_.queued(); }
  [[nodiscard]] bool broken() const override { return output_.broken(); }
  void resize() override {}

 private:
  InputStream input_;
  OutputStream output_;
  const int errors_;
  const Prompts prompts_;
  const bool on_terminal_;  // the input
  bool end_taken_ = false;
  bool prompt_open_ = false;  // nothing was typed behind it yet
  Terminal terminal_;
  LineSplitter lines_;
};

}  // namespace sockchat::client
