#include "client/editor_console.h"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace sockchat::client {
namespace {

using client_core::Asking;
using client_core::Edit;
using client_core::InputLine;
using client_core::Key;
using client_core::KeyEvent;

constexpr std::size_t kReadBytes = 4 * 1024;
// What follows an ESC so late is a key of its own.
constexpr Duration kSequencePatience = std::chrono::milliseconds(50);

}  // namespace

EditorConsole::EditorConsole(net::Reactor& reactor, int input, int output, int errors)
    : reactor_(reactor),
      errors_(errors),
      terminal_(input, output),
      input_(reactor, input),
      output_(reactor, output),
      screen_(terminal_.columns(), Terminal::resizing()) {
  line_.begin(InputLine::Mode::secret);
}

EditorConsole::~EditorConsole() {
  reactor_.cancel(sequence_timer_);
  output_.append(screen_.hide());
  output_.flush();
}

void EditorConsole::print(std::string_view line) {
  lines_.emplace_back(line);
  lines_bytes_ += line.size() + 1;
}

void EditorConsole::complain(std::string_view line) {
  if (::isatty(errors_) == 1) return print(line);
  const std::string whole = fmt::format("{}\n", line);
  const auto written = ::write(errors_, whole.data(), whole.size());
  static_cast<void>(written);
}

void EditorConsole::ask(Asking asking) {
  asking_ = asking;
  const bool open = asking != Asking::nothing && !client_core::is_secret(asking);
  line_.begin(open ? InputLine::Mode::open : InputLine::Mode::secret);
  if (asking == Asking::trust) {
    held_.clear();
    terminal_.discard_input();
  }
  stale_ = true;
  apply_keys();
}

void EditorConsole::read(bool) {
  std::array<char, kReadBytes> bytes;
  const std::size_t size = input_.read(bytes);
  if (size > 0) take_keys(keys_.feed({bytes.data(), size}));
  ::explicit_bzero(bytes.data(), size);
  await_sequence();
}

void EditorConsole::await_sequence() {
  reactor_.cancel(sequence_timer_);
  if (!keys_.waiting()) return;
  sequence_timer_ =
      reactor_.schedule(reactor_.now().mono + kSequencePatience, [this] { take_keys(keys_.flush()); });
}

void EditorConsole::take_keys(std::vector<KeyEvent> events) {
  for (KeyEvent& event : events) {
    if (event.key == Key::interrupt) {
      interrupted_ = true;
    } else if (held_.size() < kKeysAheadMax) {
      held_.push_back(std::move(event));
    }
  }
  apply_keys();
}

void EditorConsole::apply_keys() {
  while (asking_ != Asking::nothing && !held_.empty()) {
    const KeyEvent event = std::move(held_.front());
    held_.pop_front();
    switch (line_.apply(event)) {
      case Edit::none:
        break;
      case Edit::changed:
      case Edit::redraw:
        stale_ = true;
        break;
      case Edit::submitted:
        submit();
        break;
      case Edit::interrupted:
        interrupted_ = true;
        break;
      case Edit::ended:
        typed_.push_back(Typed{Typed::Kind::end});
        break;
      case Edit::suspended:
        suspend();
        break;
    }
  }
}

void EditorConsole::submit() {
  stale_ = true;
  print(fmt::format("{}{}", client_core::prompt_of(asking_), line_.shown()));
  const bool open = line_.mode() == InputLine::Mode::open;
  Secret line = open ? Secret(line_.take()) : line_.take_secret();
  // The up key is for commands.
  if (open && asking_ != Asking::command && !line.empty()) line_.forget_newest();
  if (typed_.size() >= kLinesAheadMax) return print("Error. The server is slow; that line was not sent");
  typed_.push_back(Typed{Typed::Kind::line, std::move(line)});
  // What comes next, and whether it may be shown, is known when the server has judged the name or the
  // password.
  if (asking_ != Asking::command) asking_ = Asking::nothing;
}

std::optional<Typed> EditorConsole::take(bool wants_line) {
  if (std::exchange(interrupted_, false)) return Typed{Typed::Kind::interrupt};
  if (!wants_line) return std::nullopt;
  if (typed_.empty()) {
    // The terminal has gone away.
    if (!input_.ended() || std::exchange(end_taken_, true)) return std::nullopt;
    return Typed{Typed::Kind::end};
  }
  Typed first = std::move(typed_.front());
  typed_.pop_front();
  return first;
}

void EditorConsole::flush() {
  output_.flush();
  // A terminal that is stopped gets no new pictures, only the latest one when it goes on.
  if (output_.queued() > 0) return;
  if (!lines_.empty()) {
    output_.append(screen_.print(lines_));
    lines_.clear();
    lines_bytes_ = 0;
  }
  if (std::exchange(stale_, false)) {
    output_.append(asking_ == Asking::nothing ? screen_.hide()
                                              : screen_.draw(client_core::prompt_of(asking_), line_));
  }
  output_.flush();
}

void EditorConsole::resize() { output_.append(screen_.resize(terminal_.columns())); }

void EditorConsole::suspend() {
  output_.append(screen_.hide());
  output_.flush();
  if (!terminal_.suspend()) interrupted_ = true;
  resize();
  stale_ = true;
}

}  // namespace sockchat::client
