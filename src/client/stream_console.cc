#include "client/stream_console.h"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <array>

namespace sockchat::client {
namespace {

using client_core::Asking;

constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

StreamConsole::StreamConsole(net::Reactor& reactor, int input, int output, int errors, Prompts prompts)
    : input_(reactor, input),
      output_(reactor, output),
      errors_(errors),
      prompts_(prompts),
      on_terminal_(::isatty(input) == 1),
      terminal_(input, output) {}

StreamConsole::~StreamConsole() {
  // The shell's prompt is not to stand behind ours.
  if (on_terminal_ && prompt_open_) output_.append("\n");
  output_.flush();
}

void StreamConsole::print(std::string_view line) {
  output_.append(line);
  output_.append("\n");
}

void StreamConsole::complain(std::string_view line) {
  const std::string whole = fmt::format("{}\n", line);
  // Best effort, and it may wait: who closes stderr does not want to know.
  const auto written = ::write(errors_, whole.data(), whole.size());
  static_cast<void>(written);
}

void StreamConsole::ask(Asking asking) {
  // A terminal that refuses shows what is typed; that is no reason to end.
  if (on_terminal_) {
    const auto mode = client_core::is_secret(asking) ? Terminal::Mode::hidden : Terminal::Mode::original;
    static_cast<void>(terminal_.enter(mode));
    if (asking == Asking::trust) terminal_.discard_input();
  }
  // In a pipe people know the two of the login; others would only stand in the middle of the output, as that
  // for commands does everywhere.
  const bool login = asking == Asking::name || asking == Asking::password;
  const bool shown = prompts_ == Prompts::shown && asking != Asking::command && (login || on_terminal_);
  if (!shown) return;
  output_.append(client_core::prompt_of(asking));
  prompt_open_ = asking != Asking::nothing;
}

bool StreamConsole::has_input(bool wants_line) const {
  return wants_line && !end_taken_ && (lines_.has_line() || input_.ended() || input_.readable());
}

void StreamConsole::read(bool wants_line) {
  // What is not wanted yet stays where others can count it: in the pipe.
  if (!wants_line || lines_.has_line()) return;
  std::array<char, kReadBytes> bytes;
  const std::size_t size = input_.read(bytes);
  lines_.feed({bytes.data(), size});
  ::explicit_bzero(bytes.data(), size);
}

std::optional<Typed> StreamConsole::take(bool wants_line) {
  if (!wants_line || end_taken_) return std::nullopt;
  prompt_open_ = prompt_open_ && !lines_.has_line();
  if (auto line = lines_.take_line()) return Typed{Typed::Kind::line, *std::move(line)};
  if (!input_.ended()) return std::nullopt;
  if (auto rest = lines_.take_rest()) return Typed{Typed::Kind::line, *std::move(rest)};
  end_taken_ = true;
  return Typed{Typed::Kind::end};
}

}  // namespace sockchat::client
