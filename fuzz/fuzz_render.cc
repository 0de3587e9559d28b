// From a server's frame to the cells of a terminal: what a line mode client shows for any event or reply,
// printed above a line that is being edited, on terminals of any width that change it. No sequence but our
// own reaches the terminal, and every row begins with words of ours or with the margin: what another user
// wrote cannot stand where his name would. Input: the columns, then what to show.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "fuzz_input.h"
#include "sockchat/base/errc.h"
#include "sockchat/client_core/line_screen.h"
#include "sockchat/client_core/plain_view.h"
#include "sockchat/client_core/sanitize.h"
#include "sockchat/wire/server_frame.h"
#include "support/terminal_model.h"

namespace sockchat {
namespace {

using namespace client_core;

constexpr std::size_t kLinesMax = 200;

std::string_view take_piece(std::string_view& rest) {
  const std::size_t size = std::min<std::size_t>(fuzz::take_byte(rest), rest.size());
  const std::string_view piece = rest.substr(0, size);
  rest.remove_prefix(size);
  return piece;
}

// The first line begins as we have written it, the others with the margin.
void check_prefixes(const std::vector<std::string>& lines, std::string_view prefix) {
  if (lines.empty()) return;
  SOCKCHAT_CHECK(lines.front().starts_with(prefix));
  for (std::size_t i = 1; i < lines.size(); ++i) SOCKCHAT_CHECK(lines[i].starts_with(kMargin));
}

class Rendering final {
 public:
  explicit Rendering(std::string_view input)
      : rest_(input),
        columns_(LineScreen::kColumnsMin + fuzz::take_byte(rest_) % 100),
        screen_(columns_),
        terminal_(columns_, {}) {}

  void play() {
    terminal_.write(screen_.draw("> ", line_));
    while (!rest_.empty() && printed_.size() < kLinesMax) act(fuzz::take_byte(rest_));
    SOCKCHAT_CHECK(!terminal_.foreign());
    SOCKCHAT_CHECK(terminal_.cursor_in_last_row());
    check_rows();
  }

 private:
  void act(std::uint8_t what) {
    switch (what % 8) {
      case 0:
        return message(what >= 128 ? "broadcast" : "message");
      case 1:
        return event();
      case 2:
        return reply();
      case 3:
        return edit();
      default:
        return message("message");
    }
  }

  // The one that looks like a person speaking.
  void message(std::string_view kind) {
    const std::array<std::string_view, 2> data{"yoda", take_piece(rest_)};
    wire::ServerFrame event{};
    event.command = kind;
    event.data = data;
    event.mid = "7";
    event.time = "2026-11-22T12:00:00.123Z";
    const auto lines = lines_of_event(event);
    SOCKCHAT_CHECK(!lines.empty() && lines.front().contains("yoda"));
    const std::size_t name = lines.front().find("yoda");
    check_prefixes(lines, lines.front().substr(0, name) + "yoda");
    print(lines);
  }

  void event() {
    const std::string_view kind = take_piece(rest_);
    const std::array<std::string_view, 2> data{take_piece(rest_), take_piece(rest_)};
    wire::ServerFrame event{};
    event.command = kind == "" ? "presence" : kind;
    event.data = data;
    event.time = take_piece(rest_);
    print(lines_of_event(event));
  }

  void reply() {
    const std::uint8_t how = fuzz::take_byte(rest_);
    const std::string_view argument = take_piece(rest_);
    const std::array<std::string_view, 2> data{take_piece(rest_), take_piece(rest_)};
    wire::ServerFrame reply{};
    reply.kind = how % 2 == 0 ? wire::ServerFrameKind::ok : wire::ServerFrameKind::error;
    constexpr std::string_view kCommands[] = {"message", "broadcast", "block",
                                              "whoelse", "blocked",   "passwd"};
    reply.command = how < 200 ? kCommands[how / 2 % std::size(kCommands)] : take_piece(rest_);
    reply.code = take_piece(rest_);
    reply.data = data;
    reply.last_login = data[1];
    const auto lines = how % 16 < 12 ? lines_of_reply(argument, reply) : lines_of_welcome(reply);
    print(lines);
    print({sentence_of_error(argument, reply), logged_out(data[0]).sentence});
  }

  void edit() {
    const auto done = line_.apply({.key = Key::text, .text = std::string(take_piece(rest_))});
    static_cast<void>(done);
    terminal_.write(screen_.draw("> ", line_));
  }

  void print(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      SOCKCHAT_CHECK(sanitize(line) == line);
      printed_.push_back(line);
    }
    terminal_.write(screen_.print(lines));
  }

  // What a line does not hold in one row goes on behind the margin; the last row is being edited. A row that
  // the terminal began by itself would be none of both.
  void check_rows() const {
    const std::vector<std::string> rows = terminal_.lines();
    SOCKCHAT_CHECK(rows.size() == terminal_.rows());
    SOCKCHAT_CHECK(rows.size() >= printed_.size() + 1);
    std::size_t next = 0;
    for (std::size_t row = 0; row + 1 < rows.size(); ++row) {
      std::string_view shown = rows[row];
      const bool begins = next < printed_.size() && begins_line(shown, printed_[next]);
      if (begins) {
        ++next;
      } else {
        // The margin's blank is not to be seen when nothing stands behind it.
        std::string_view margin = kMargin;
        margin.remove_suffix(1);
        SOCKCHAT_CHECK(shown.starts_with(margin));
      }
    }
    SOCKCHAT_CHECK(next == printed_.size());
  }

  // As much of it as a row has.
  static bool begins_line(std::string_view row, std::string_view line) {
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    return line.starts_with(row) && (row.empty() == line.empty());
  }

  std::string_view rest_;
  std::size_t columns_;
  LineScreen screen_;
  test::TerminalModel terminal_;
  InputLine line_;
  std::vector<std::string> printed_;
};

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sockchat::Rendering(sockchat::fuzz::text_of(data, size)).play();
  return 0;
}
