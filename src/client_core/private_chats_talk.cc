// What is said in private chats, and what the user wants of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sockchat/base/errc.h"
#include "sockchat/base/limits.h"
#include "sockchat/client_core/private_chats.h"
#include "sockchat/client_core/sanitize.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client_core {
bool PrivateChats::is_off() {
  if (listening_) return false;
  voice_.say(off_);
  return true;
}

// --- the user

Result<void> PrivateChats::prepare_start(std::string_view user) {
  if (!listening_) return fail(Errc::not_listening, off_);
  if (find(user, {State::opening, State::open}) != chats_.end())
    return fail(Errc::already_private,
                fmt::format("Error. Private messaging with {} is already on", sanitize(user)));
  // The server is told of the old end before the new beginning.
  if (const auto old = find(user, {State::ending}); old != chats_.end()) end(old, "left", "", Tell::server);
  if (chats_.size() >= kChatsMax)
    return fail(Errc::busy,
                fmt::format("Error. At most {} private chats at once; stop one first", kChatsMax));
  return {};
}

bool PrivateChats::is_asked() const {
  return std::ranges::any_of(chats_, [](const auto& chat) { return chat.second.state == State::asked; });
}

Result<std::string> PrivateChats::find_asker(std::string_view user) const {
  std::vector<std::string> askers;
  for (const auto& [session, chat] : chats_) {
    if (chat.state == State::asked) askers.push_back(chat.peer);
  }
  if (user.empty() && askers.size() == 1) return askers.front();
  if (user.empty()) {
    std::ranges::sort(askers);
    for (std::string& asker : askers) asker = sanitize(asker);
    return fail(Errc::bad_argument,
                fmt::format("Error. Several people ask; name one of them: {}", fmt::join(askers, ", ")));
  }
  if (std::ranges::find(askers, user) != askers.end()) return std::string(user);
  return fail(Errc::no_request, fmt::format("Error. {} does not wait for an answer", sanitize(user)));
}

void PrivateChats::send_text(std::string_view user, std::string_view text, TimePoint now) {
  if (is_off()) return;
  const std::string name = sanitize(user);
  const auto chat = find(user, {State::open});
  if (chat == chats_.end())
    return voice_.say(fmt::format("Error. Private messaging to {} not enabled", name));
  const std::string cid = output_.fresh_cid();
  std::string frame;
  wire::append_request(frame, "private", std::array{text}, {}, cid);
  // A text of control characters grows on the wire.
  const bool fits = frame.size() - wire::kFrameHeaderBytes <= Limits().frame_max;
  if (text.size() > PrivateTexts::kTextBytesMax || !fits)
    return voice_.say(
        fmt::format("Error. A private message has at most {} bytes", PrivateTexts::kTextBytesMax));
  if (!chat->second.texts.add(cid, text))
    return voice_.say(
        fmt::format("Error. {} has too much to confirm; the private message is not sent", name));
  links_->send(chat->first, frame);
  if (now < active_again_at_) return;
  active_again_at_ = now + kActivePause;
  client_.tell_server("active", {});
}

// The server is told when everything is confirmed: its word to the peer would overtake the last texts.
void PrivateChats::stop(std::string_view user, TimePoint now) {
  if (is_off()) return;
  const auto chat = find(user, {State::opening, State::open});
  if (chat == chats_.end())
    return voice_.say(fmt::format("Error. No private messaging with {}", sanitize(user)));
  if (chat->second.state == State::open) send(chat->first, "stopprivate");
  if (chat->second.texts.unconfirmed().empty()) return end(chat, "left", "", Tell::server);
  chat->second.state = State::ending;
  chat->second.ends_at = now + kStopPatience;
}

void PrivateChats::trust(std::string_view user) {
  if (is_off()) return;
  const std::string name = sanitize(user);
  const auto key = people_.trust(user);
  if (!key) return voice_.say(fmt::format("Error. No key of {} is known", name));
  client_.keep_person(Person{std::string(user), *key});
  const std::array lines{fmt::format("{} is trusted", name)};
  voice_.chat("trusted", user, std::array{ClientVoice::Member{"key", key->text()}}, lines);
}

void PrivateChats::verify(std::string_view user) {
  if (is_off()) return;
  const std::string name = sanitize(user);
  const KeyPin* key = people_.key_of(user);
  if (key == nullptr)
    return voice_.say(
        fmt::format("Error. No key of {} is known; it comes with the first private chat", name));
  const auto [digits, words] = links_->safety_number(own_name_, user, *key);
  const std::array lines{fmt::format("Safety number with {}: {}", name, digits), words};
  voice_.chat("safety_number", user,
              std::array{ClientVoice::Member{"digits", digits}, ClientVoice::Member{"words", words}}, lines);
}

// --- the links

void PrivateChats::on_open(std::string_view session, bool direct) {
  const auto found = chats_.find(session);
  if (found == chats_.end()) return;
  Chat& chat = found->second;
  if (chat.state != State::opening && chat.state != State::open) return;
  chat.state = State::open;
  chat.direct = direct;
  const std::string_view way = direct ? "direct" : "through the server, encrypted";
  const std::array lines{fmt::format("Start private messaging with {} ({})", sanitize(chat.peer), way)};
  voice_.chat("open", chat.peer, std::array{ClientVoice::Member{"way", direct ? "direct" : "relayed"}},
              lines);
  if (people_.learn(chat.peer, *chat.key)) client_.keep_person(Person{chat.peer, *chat.key});
}

void PrivateChats::on_frame(std::string_view session, std::span<char> json) {
  const auto chat = chats_.find(session);
  if (chat == chats_.end() || chat->second.state < State::open) return;
  const auto [frame, error] = reader_.read(json);
  if (error) return on_malformed(chat);
  if (frame.command == "private") return on_text(chat, frame);
  if (frame.command == "ack") {
    if (frame.data.size() != 1) return on_malformed(chat);
    return on_confirmed(chat, frame.data[0]);
  }
  const bool stops = frame.command == "stopprivate";
  // What a newer client says besides is no error.
  if (!stops && frame.command != "logout") return;
  const std::string name = sanitize(chat->second.peer);
  // Two that stop at once have nothing to say to each other.
  if (chat->second.state == State::ending) return end(chat, "left", "", Tell::server);
  if (stops) return end(chat, "stopped", fmt::format("{} stopped private messaging", name), Tell::server);
  end(chat, "logout", fmt::format("{} logged out, private chat concluding", name), Tell::server);
}

void PrivateChats::on_text(Chats::iterator found, const wire::Request& frame) {
  Chat& chat = found->second;
  const bool whole = frame.cid && frame.data.size() == 1 && !frame.data[0].empty() &&
                     frame.data[0].size() <= PrivateTexts::kTextBytesMax;
  if (!whole) return on_malformed(found);
  if (chat.texts.take(*frame.cid)) {
    const std::string_view text = frame.data[0];
    voice_.chat("text", chat.peer,
                std::array{ClientVoice::Member{"text", text}, ClientVoice::Member{"cid", *frame.cid}},
                sanitize_lines(fmt::format("{}(private): {}", sanitize(chat.peer), text)));
  }
  // One that comes again has lost its confirmation.
  send(found->first, "ack", std::array{*frame.cid});
}

void PrivateChats::on_confirmed(Chats::iterator chat, std::string_view cid) {
  chat->second.texts.confirm(cid);
  const bool stopped = chat->second.state == State::ending;
  if (stopped && chat->second.texts.unconfirmed().empty()) end(chat, "left", "", Tell::server);
}

void PrivateChats::on_malformed(Chats::iterator chat) {
  if (++chat->second.malformed < kMalformedMax) return;
  end(chat, "malformed",
      fmt::format("Error. What {0} sends is not the protocol of this client; private messaging with {0} is "
                  "over",
                  sanitize(chat->second.peer)),
      Tell::server);
}

void PrivateChats::on_lost(std::string_view session) {
  const auto chat = chats_.find(session);
  if (chat != chats_.end() && chat->second.state >= State::opening) end_unreachable(chat, Tell::server);
}

const std::string* PrivateChats::peer_of(std::string_view session) const {
  const auto chat = chats_.find(session);
  if (chat != chats_.end()) return &chat->second.peer;
  const auto closed = std::ranges::find(closed_, session, &std::pair<std::string, std::string>::first);
  return closed == closed_.end() ? nullptr : &closed->second;
}

bool PrivateChats::is_unconfirmed() const {
  return std::ranges::any_of(chats_,
                             [](const auto& chat) { return !chat.second.texts.unconfirmed().empty(); });
}

void PrivateChats::send(std::string_view session, std::string_view command,
                        std::span<const std::string_view> data, std::optional<std::string_view> cid) {
  std::string frames;
  wire::append_request(frames, command, data, {}, cid);
  links_->send(session, frames);
}

}  // namespace sockchat::client_core
