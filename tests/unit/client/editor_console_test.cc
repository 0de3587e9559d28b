#include "client/editor_console.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "sockchat/base/check.h"
#include "support/terminal_model.h"

namespace sockchat::client {
namespace {

using client_core::Asking;
using Lines = std::vector<std::string>;

// An editor on a terminal of 40 columns, and a user in front of it.
class Desk final {
 public:
  Desk() {
    winsize size = {.ws_row = 24, .ws_col = 40, .ws_xpixel = 0, .ws_ypixel = 0};
    int keyboard = -1;
    int terminal = -1;
    SOCKCHAT_CHECK(::openpty(&keyboard, &terminal, nullptr, nullptr, &size) == 0);
    outside_.reset(keyboard);
    inside_.reset(terminal);
    auto reactor = net::Reactor::create();
    REQUIRE(reactor);
    reactor_ = *std::move(reactor);
    console_ = std::make_unique<EditorConsole>(*reactor_, inside_.get(), inside_.get(), inside_.get());
    REQUIRE(console_->start());
    screen();  // without what switches on the bracketed paste
    model_ = test::TerminalModel(40, {});
  }

  // Keys are there when the call returns: a pseudo-terminal has no delay but its line discipline, which poll
  // sees.
  void type(std::string_view keys) {
    REQUIRE(::write(outside_.get(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
    pollfd query{inside_.get(), POLLIN, 0};
    REQUIRE(::poll(&query, 1, 5000) == 1);
    reactor_->run_once();
    console_->read(true);
    console_->flush();
  }
  void ask(Asking asking) {
    console_->ask(asking);
    console_->flush();
  }
  void arrive(std::string_view line) {
    console_->print(line);
    console_->flush();
  }
  // The next line; "end", "interrupt" or "nothing".
  std::string take(bool wants_line = true) {
    const auto typed = console_->take(wants_line);
    if (!typed) return "nothing";
    if (typed->kind == Typed::Kind::end) return "end";
    if (typed->kind == Typed::Kind::interrupt) return "interrupt";
    return std::string(typed->line.reveal());
  }
  Lines screen() {
    pollfd query{outside_.get(), POLLIN, 0};
    while (::poll(&query, 1, 50) == 1) {
      std::array<char, 4096> bytes;
      const ssize_t size = ::read(outside_.get(), bytes.data(), bytes.size());
      if (size <= 0) break;
      model_.write({bytes.data(), static_cast<std::size_t>(size)});
    }
    return model_.lines();
  }

 private:
  net::UniqueFd outside_;
  net::UniqueFd inside_;
  std::unique_ptr<net::Reactor> reactor_;
  std::unique_ptr<EditorConsole> console_;
  test::TerminalModel model_{40, {}};
};

TEST_CASE("what arrives stands above what is being typed") {
  Desk desk;
  desk.ask(Asking::command);
  desk.type("message luke hel");
  desk.arrive("leia: hi");
  CHECK(desk.screen() == Lines{"leia: hi", "> message luke hel"});
  desk.type("lo\r");
  CHECK(desk.take() == "message luke hello");
  CHECK(desk.screen() == Lines{"leia: hi", "> message luke hello", ">"});
}

TEST_CASE("a password is not shown, and what is typed behind it waits for the next question") {
  Desk desk;
  desk.ask(Asking::name);
  desk.type("hans\rsecret\rwhoelse\r");
  CHECK(desk.take() == "hans");
  CHECK(desk.take() == "nothing");
  desk.ask(Asking::password);
  CHECK(desk.take() == "secret");
  CHECK(desk.take() == "nothing");
  desk.ask(Asking::command);
  CHECK(desk.take() == "whoelse");
  CHECK(desk.screen() == Lines{"Username: hans", "Password:", "> whoelse", ">"});
}

TEST_CASE("the up key knows commands, and neither names nor passwords") {
  Desk desk;
  desk.ask(Asking::name);
  desk.type("hans\r");
  desk.ask(Asking::password);
  desk.type("secret\r");
  desk.ask(Asking::command);
  desk.type("whoelse\r\x1b[A\x1b[A\x1b[A");
  CHECK(desk.screen().back() == "> whoelse");
}

TEST_CASE("what was typed before the question of trust is no answer to it, and is not shown") {
  Desk desk;
  desk.type("yes\rhans\rsecret\r");
  desk.ask(Asking::trust);
  CHECK(desk.take() == "nothing");
  // A prompt has half of the columns, and its end counts.
  CHECK(desk.screen() == Lines{"rust it? (yes/no):"});
  desk.type("no");
  desk.ask(Asking::trust);
  desk.type("yes\r");
  CHECK(desk.take() == "yes");
  CHECK(desk.screen().front() == "Trust it? (yes/no): yes");
  desk.ask(Asking::command);
  desk.type("\x1b[A");
  CHECK(desk.screen().back() == ">");
}

TEST_CASE("lines wait until somebody wants them; an interrupt does not") {
  Desk desk;
  desk.ask(Asking::command);
  desk.type("one\rtwo\r\x03");
  CHECK(desk.take(false) == "interrupt");
  CHECK(desk.take(false) == "nothing");
  CHECK(desk.take() == "one");
  CHECK(desk.take() == "two");
}

TEST_CASE("Ctrl-C works while nothing is asked, Ctrl-D ends behind the lines before it") {
  Desk desk;
  desk.type("\x03");
  CHECK(desk.take(false) == "interrupt");
  desk.ask(Asking::command);
  desk.type("one\r\x04");
  CHECK(desk.take() == "one");
  CHECK(desk.take() == "end");
}

TEST_CASE("too many lines ahead of the server are refused, and told") {
  Desk desk;
  desk.ask(Asking::command);
  for (std::size_t i = 0; i <= EditorConsole::kLinesAheadMax; ++i) desk.type("x\r");
  for (std::size_t i = 0; i < EditorConsole::kLinesAheadMax; ++i) CHECK(desk.take() == "x");
  CHECK(desk.take() == "nothing");
  const Lines lines = desk.screen();
  const auto told = [](const std::string& line) { return line.starts_with("Error. The server is slow"); };
  CHECK(std::ranges::count_if(lines, told) == 1);
}

}  // namespace
}  // namespace sockchat::client
