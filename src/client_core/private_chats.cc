// How private chats begin and end. What is said in them: private_chats_talk.cc.
#include "sockchat/client_core/private_chats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sockchat/base/errc.h"
#include "sockchat/client_core/sanitize.h"

namespace sockchat::client_core {
namespace {

// Between peers.
constexpr std::array<std::string_view, 1> kPeerCidCommands{"private"};
constexpr std::size_t kClosedMax = 16;

std::string_view item(const wire::ServerFrame& frame, std::size_t index) {
  return index < frame.data.size() ? frame.data[index] : std::string_view();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// Without its key there is nothing to go on with.
std::optional<Introduction> parse_introduction(const wire::ServerFrame& event, std::string_view own_name) {
  auto key = KeyPin::parse(item(event, 3));
  const std::string_view address = item(event, 1);
  // Relayed: the address is empty, and so is the port.
  const auto port = address.empty() ? std::optional<std::uint16_t>(0) : parse_port(item(event, 2));
  const bool dials = event.role == "dial";
  if (!key || !port || (!dials && event.role != "listen")) return std::nullopt;
  return Introduction{.session = std::string(event.session),
                      .own_name = std::string(own_name),
                      .peer = std::string(item(event, 0)),
                      .address = std::string(address),
                      .port = *port,
                      .key = *std::move(key),
                      .dials = dials};
}

}  // namespace

PrivateChats::PrivateChats(PeerLinks* links, bool accept_all, std::string_view why_off, Client& client,
                           ClientVoice& voice, ClientOutput& output)
    : links_(links),
      accept_all_(accept_all),
      off_(fmt::format("Error. Private messaging is off in this client{}{}", why_off.empty() ? "" : ": ",
                       why_off)),
      client_(client),
      voice_(voice),
      output_(output),
      reader_(kPeerCidCommands) {}

void PrivateChats::restore(std::vector<Person> people) { people_.restore(std::move(people)); }

void PrivateChats::announce(std::string_view own_name) {
  own_name_ = own_name;
  const auto listening = links_ == nullptr ? std::nullopt : links_->listening();
  listening_ = listening.has_value();
  if (!listening) return;
  const fmt::format_int port(listening->port);
  client_.tell_server("listen", std::array{std::string_view(port.data(), port.size()),
                                           std::string_view(listening->key.text())});
}

// The server has forgotten all of them; a direct link does not need it.
void PrivateChats::on_server_lost() {
  for (auto next = chats_.begin(); next != chats_.end();) {
    const auto chat = next++;
    const bool own_ask = chat->second.state == State::asking;
    const bool linked = chat->second.state >= State::opening;
    const bool goes_on = chat->second.direct && chat->second.state >= State::open;
    chat->second.introduced = false;
    if (!linked) {
      const std::string peer = sanitize(chat->second.peer);
      end(chat, "unanswered", own_ask ? fmt::format("{} did not answer", peer) : "", Tell::nobody);
    } else if (!goes_on) {
      end_unreachable(chat, Tell::nobody);
    } else if (chat->second.state == State::open) {
      const std::array lines{fmt::format("Private messaging with {} goes on", sanitize(chat->second.peer))};
      voice_.chat("goes_on", chat->second.peer, {}, lines);
    }
  }
  tell_expected();
}

void PrivateChats::leave() {
  for (auto next = chats_.begin(); next != chats_.end();) {
    const auto chat = next++;
    if (chat->second.state == State::open) send(chat->first, "logout");
    end(chat, "left", "", Tell::nobody);
  }
  tell_expected();
}

// An answer that was yes is followed by the introduction, or by its refusal.
void PrivateChats::tell_expected() {
  const bool somebody =
      std::ranges::any_of(chats_, [](const auto& chat) { return chat.second.state == State::answered; });
  if (somebody == expecting_) return;
  expecting_ = somebody;
  links_->expect(somebody);
}

// --- the server

void PrivateChats::on_event(const wire::ServerFrame& event) {
  if (!listening_ || event.session.empty() || event.session.size() > kSessionBytesMax) return;
  if (event.command == "relay") return on_relayed(event);
  if (event.command == "startprivate") {
    on_asked(event);
  } else if (event.command == "introduce") {
    on_introduced(event);
  } else if (event.command == "declined") {
    on_declined(event);
  } else if (event.command == "stopprivate") {
    on_stopped(event);
  }
  tell_expected();
}

void PrivateChats::on_relayed(const wire::ServerFrame& event) {
  const auto chat = chats_.find(event.session);
  if (chat != chats_.end() && chat->second.state >= State::opening)
    links_->on_relayed(event.session, item(event, 1));
}

void PrivateChats::on_asked(const wire::ServerFrame& event) {
  const std::string_view peer = item(event, 0);
  if (chats_.contains(event.session)) return;
  // A question of before is over, or there would be no new one.
  if (const auto before = find(peer, {State::asked}); before != chats_.end()) chats_.erase(before);
  if (chats_.size() >= kChatsMax)
    return client_.tell_server("answer", std::array{peer, std::string_view("no")});
  Chat chat{.peer = std::string(peer), .state = accept_all_ ? State::answered : State::asked};
  chats_.emplace(event.session, std::move(chat));
  if (accept_all_) return client_.tell_server("answer", std::array{peer, std::string_view("yes")});
  voice_.show(fmt::format("{} would like to private message, enter y or n: ", sanitize(peer)));
}

void PrivateChats::on_introduced(const wire::ServerFrame& event) {
  const std::string_view peer = item(event, 0);
  const auto chat = chats_.find(event.session);
  const bool known = chat != chats_.end() && chat->second.peer == peer;
  if (known && chat->second.state >= State::opening) return;
  // Nobody is put into a chat that he has not agreed to.
  if (!known || chat->second.state == State::asked)
    return client_.tell_server("stopprivate", std::array{peer});
  chat->second.introduced = true;
  const std::string name = sanitize(peer);
  const auto introduction = parse_introduction(event, own_name_);
  if (!introduction) {
    return end(chat, "bad_introduction",
               fmt::format("Error. What the server says of {} is not the protocol of this client", name),
               Tell::server);
  }
  if (!people_.admits(peer, introduction->key)) {
    return end(
        chat, "key_changed",
        fmt::format("Error. The key of {0} has changed. Compare numbers with: verify {0}. Accept with: "
                    "trust {0}",
                    name),
        Tell::server);
  }
  replace_older(peer, event.session);
  if (chat->second.own_ask) voice_.show(fmt::format("{} accepts private messaging", name));
  chat->second.key = introduction->key;
  chat->second.state = State::opening;
  links_->open(*introduction);
}

// The peer has lost a chat that still stood here, and begun another.
void PrivateChats::replace_older(std::string_view peer, std::string_view session) {
  for (auto next = chats_.begin(); next != chats_.end();) {
    const auto chat = next++;
    if (chat->second.peer != peer || chat->first == session) continue;
    // The server knows nothing of it any more, and would take a word for one about the new chat.
    if (chat->second.state >= State::opening) {
      end_unreachable(chat, Tell::nobody);
    } else {
      chats_.erase(chat);
    }
  }
}

void PrivateChats::on_declined(const wire::ServerFrame& event) {
  const auto chat = chats_.find(event.session);
  if (chat == chats_.end() || chat->second.state >= State::opening) return;
  const std::string name = sanitize(chat->second.peer);
  const bool own_ask = chat->second.own_ask;
  chats_.erase(chat);
  if (!own_ask) return;
  if (event.reason == "expired") return voice_.show(fmt::format("{} did not answer", name));
  if (event.reason == "offline") return voice_.show(fmt::format("Error. {} is not online", name));
  voice_.show(fmt::format("{} declined private messaging", name));
}

void PrivateChats::on_stopped(const wire::ServerFrame& event) {
  const auto chat = chats_.find(event.session);
  if (chat == chats_.end()) return;
  chat->second.introduced = false;
  const std::string name = sanitize(chat->second.peer);
  if (event.reason == "gone") {
    const bool stands = chat->second.direct && chat->second.state >= State::open;
    return stands ? void() : end_unreachable(chat, Tell::nobody);
  }
  const bool stopped = event.reason == "stopped";
  end(chat, event.reason,
      stopped ? fmt::format("{} stopped private messaging", name)
              : fmt::format("{} logged out, private chat concluding", name),
      Tell::nobody);
}

void PrivateChats::on_request(const AskedRequest& asked) {
  if (asked.arguments.empty()) return;
  const bool starts = asked.command == "startprivate";
  const bool accepts = asked.command == "answer" && asked.arguments.size() > 1 && asked.arguments[1] == "yes";
  if (!starts && !accepts) return;
  const auto chat = find(asked.arguments[0], {State::asked});
  if (chat == chats_.end()) return;
  chat->second.state = State::answered;
  // They ask each other: that is an answer.
  chat->second.own_ask = starts;
  tell_expected();
}

void PrivateChats::on_reply(const AskedRequest& asked, const wire::ServerFrame& reply, TimePoint now) {
  if (!listening_ || asked.arguments.empty()) return;
  const bool done = reply.kind == wire::ServerFrameKind::ok;
  if (asked.command == "startprivate") on_start_reply(asked.arguments[0], reply);
  if (asked.command == "answer") {
    const bool accepted = done && asked.arguments.back() == "yes";
    const auto chat = find(asked.arguments[0], {State::asked, State::answered});
    if (!accepted && chat != chats_.end()) chats_.erase(chat);
  }
  if (done && asked.command == "stopprivate") on_stop_reply(asked.arguments[0], now);
  tell_expected();
}

// Written by the user: the server knows.
void PrivateChats::on_stop_reply(std::string_view user, TimePoint now) {
  const auto chat = find(user, {State::opening, State::open});
  if (chat == chats_.end()) return;
  chat->second.introduced = false;
  stop(user, now);
}

void PrivateChats::on_start_reply(std::string_view user, const wire::ServerFrame& reply) {
  if (reply.kind != wire::ServerFrameKind::ok) {
    // Then the question still waits for an answer.
    const auto answered = find(user, {State::answered});
    if (answered == chats_.end() || !answered->second.own_ask) return;
    answered->second.state = State::asked;
    answered->second.own_ask = false;
    return;
  }
  if (reply.session.empty() || reply.session.size() > kSessionBytesMax) return;
  chats_.try_emplace(std::string(reply.session), Chat{.peer = std::string(user)}).first->second.own_ask =
      true;
}

void PrivateChats::on_relay_refused(std::string_view session) {
  const auto chat = chats_.find(session);
  if (chat == chats_.end() || chat->second.state < State::opening) return;
  if (chat->second.state >= State::open && chat->second.direct) return;
  end_unreachable(chat, Tell::server);
}

// --- ends

PrivateChats::Chats::iterator PrivateChats::find(std::string_view user, std::initializer_list<State> states) {
  return std::ranges::find_if(chats_, [&](const Chats::value_type& chat) {
    return chat.second.peer == user && std::ranges::find(states, chat.second.state) != states.end();
  });
}

void PrivateChats::end(Chats::iterator chat, std::string_view reason, std::string line, Tell tell) {
  const auto node = chats_.extract(chat);
  const std::string& session = node.key();
  const Chat& ended = node.mapped();
  const std::string name = sanitize(ended.peer);
  std::vector<std::string> lines;
  if (!line.empty()) lines.push_back(std::move(line));
  voice_.chat("ended", ended.peer, std::array{ClientVoice::Member{"reason", reason}}, lines);
  for (const auto& [cid, text] : ended.texts.unconfirmed()) {
    voice_.chat("unconfirmed", ended.peer, std::array{ClientVoice::Member{"text", text}},
                sanitize_lines(fmt::format("Not confirmed by {}: {}", name, text)));
  }
  if (ended.state >= State::opening) {
    closed_.emplace_back(session, ended.peer);
    if (closed_.size() > kClosedMax) closed_.pop_front();
    links_->close(session);
  }
  if (tell == Tell::server && ended.introduced)
    client_.tell_server("stopprivate", std::array{std::string_view(ended.peer)});
}

void PrivateChats::end_unreachable(Chats::iterator chat, Tell tell) {
  const bool stopped = chat->second.state == State::ending;
  end(chat, stopped ? "left" : "lost",
      stopped ? "" : fmt::format("Error. {} is no longer reachable", sanitize(chat->second.peer)), tell);
}

void PrivateChats::tick(TimePoint now) {
  for (auto next = chats_.begin(); next != chats_.end();) {
    const auto chat = next++;
    if (now >= chat->second.ends_at) end(chat, "left", "", Tell::server);
  }
}

TimePoint PrivateChats::next_deadline() const {
  TimePoint first = kNever;
  for (const auto& [session, chat] : chats_) first = std::min(first, chat.ends_at);
  return first;
}

}  // namespace sockchat::client_core
