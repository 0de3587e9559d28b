// What private chats need of the client, and the client of them.
#include <algorithm>
#include <array>
#include <utility>

#include "sockchat/client_core/client_core.h"

namespace sockchat::client_core {

void ClientCore::on_peer_open(std::string_view session, bool direct, TimePoint now) {
  if (stage_ == Stage::finished) return;
  now_ = now;
  chats_.on_open(session, direct);
}

void ClientCore::on_peer_frame(std::string_view session, std::span<char> json, TimePoint now) {
  if (stage_ == Stage::finished) return;
  now_ = now;
  chats_.on_frame(session, json);
  end_input();
}

void ClientCore::on_peer_lost(std::string_view session, TimePoint now) {
  if (stage_ == Stage::finished) return;
  now_ = now;
  chats_.on_lost(session);
  end_input();
}

// With the session as its id: so the answer to one that is refused says what is broken.
void ClientCore::relay(std::string_view session, std::string_view base64) {
  const bool connected = stage_ == Stage::online || (stage_ == Stage::leaving && !logout_sent_);
  const std::string* peer = chats_.peer_of(session);
  if (!connected || peer == nullptr) return;
  send_aside("relay", std::array{std::string_view(*peer), base64}, wire::RequestId(std::string(session)));
}

// The id only keeps the answer apart from those to requests of the user.
void ClientCore::tell_server(std::string_view command, std::span<const std::string_view> data) {
  const bool logging_in = stage_ == Stage::login || stage_ == Stage::arriving;
  if (stage_ == Stage::online || (logging_in && announced_))
    send_aside(command, data, wire::RequestId("aside"));
}

void ClientCore::keep_person(const Person& person) {
  if (!remembers_) return;
  memory_->keep_person(person.name, person.key, [this](Result<void> kept) {
    if (!kept) drop_memory(kept.error());
  });
}

// False: the server has to be asked.
bool ClientCore::take_private_line(const Typed& typed, TimePoint now) {
  const auto& [command, arguments] = typed;
  const std::string_view user = arguments.empty() ? std::string_view() : arguments[0];
  switch (command->kind) {
    case CommandKind::private_text:
      chats_.send_text(user, arguments[1], now);
      return true;
    case CommandKind::stop_private:
      chats_.stop(user, now);
      return true;
    case CommandKind::trust:
      chats_.trust(user);
      return true;
    case CommandKind::verify:
      chats_.verify(user);
      return true;
    case CommandKind::start_private: {
      const auto ready = chats_.prepare_start(user);
      if (!ready) voice_.say(ready.error().text);
      return !ready;
    }
    case CommandKind::answer: {
      const auto asker = chats_.find_asker(user);
      if (!asker) voice_.say(asker.error().text);
      return !asker;
    }
    case CommandKind::request:
    case CommandKind::message:
    case CommandKind::history:
    case CommandKind::passwd:
    case CommandKind::help:
    case CommandKind::logout:
      return false;
  }
  return false;
}

// The end of the input has come: the client leaves when what was typed is sent, and the peers have confirmed
// what they were told.
void ClientCore::end_input() {
  if (!input_ended_ || asked_ || held_ || !outbox_.empty()) return;
  if (peers_until_ != kNever && chats_.is_unconfirmed()) return;
  peers_until_ = kNever;
  leave(now_);
}

}  // namespace sockchat::client_core
