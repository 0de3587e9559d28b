// Who has agreed to a private chat with whom, as far as requests and answers tell, and what must follow:
// nobody is introduced who has not agreed, each time anew; bytes come from the other one of a chat that
// stands, once and in order. Every method that judges returns what is wrong, or nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/request.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::sim {

class PrivateLedger final {
 public:
  // --- what the users ask for, logged in
  void listened(int user, std::string key, bool has_port) {
    People& self = at(user);
    self.keys.insert(std::move(key));
    self.ever_hidden = self.ever_hidden || !has_port;
    self.ever_seen = self.ever_seen || has_port;
  }
  // Asked for a chat, or said yes.
  void agreed(int user, int peer) { ++at(user).consents[index(peer)]; }
  void relayed(int user, int peer, std::string bytes) {
    at(user).under_way[index(peer)].push_back(std::move(bytes));
  }
  void left(int user) {
    at(user) = {};
    for (auto& [session, chat] : chats_) chat.has_ended = chat.has_ended || chat.has(user);
  }
  // The simulated source of chance begins anew with its process, and so do the sessions.
  void restart() {
    people_ = {};
    chats_.clear();
  }

  // --- what the server says to `user`
  // The answer to a question may wait behind others, until the chat has ended.
  [[nodiscard]] std::string_view started(int user, int peer, std::string_view session) {
    const auto [place, is_new] = chats_.try_emplace(std::string(session), Chat{.asker = user, .asked = peer});
    return place->second.has(user) && place->second.has(peer) ? "" : "a session of others";
  }
  [[nodiscard]] std::string_view event(int user, const wire::ServerFrame& frame) {
    const int peer = frame.data.empty() ? kNobody : user_of(frame.data[0]);
    if (peer == kNobody || peer == user) return "nobody is meant";
    if (frame.command == "startprivate") return question(user, peer, frame.session);
    const auto found = chats_.find(std::string(frame.session));
    if (found == chats_.end()) return "a session that nobody began";
    Chat& chat = found->second;
    if (!chat.has(user) || !chat.has(peer)) return "a session of others";
    if (frame.command == "introduce") return introduction(chat, user, peer, frame);
    if (frame.command == "relay") return bytes(chat, user, peer, frame);
    chat.has_ended = true;
    return "";
  }

 private:
  struct Chat {
    int asker = kNobody;
    int asked = kNobody;
    bool was_asked = false;
    bool is_introduced_to_asker = false;
    bool is_introduced_to_asked = false;
    bool has_ended = false;
    [[nodiscard]] bool has(int user) const { return user == asker || user == asked; }
  };
  struct People {
    std::set<std::string, std::less<>> keys;
    bool ever_hidden = false;
    bool ever_seen = false;
    std::array<std::size_t, kUsersMax> consents{};
    std::array<std::size_t, kUsersMax> introductions{};
    std::array<std::deque<std::string>, kUsersMax> under_way{};
  };

  static std::size_t index(int user) { return static_cast<std::size_t>(user); }
  People& at(int user) { return people_[index(user)]; }

  std::string_view question(int user, int peer, std::string_view session) {
    const auto [place, is_new] = chats_.try_emplace(std::string(session), Chat{.asker = peer, .asked = user});
    Chat& chat = place->second;
    if (chat.asker != peer || chat.asked != user || chat.has_ended)
      return "a session of others, or an old one";
    if (std::exchange(chat.was_asked, true)) return "asked twice";
    return at(peer).consents[index(user)] == 0 ? "a question that nobody has" : "";
  }

  std::string_view introduction(Chat& chat, int user, int peer, const wire::ServerFrame& frame) {
    const bool dials = user == chat.asker;
    bool& is_introduced = dials ? chat.is_introduced_to_asker : chat.is_introduced_to_asked;
    if (chat.has_ended || std::exchange(is_introduced, true)) return "introduced twice, or after the end";
    People& self = at(user);
    const People& other = at(peer);
    if (++self.introductions[index(peer)] > self.consents[index(peer)])
      return "introduced without his consent";
    if (other.consents[index(user)] == 0) return "introduced without the other's consent";
    if (frame.role != (dials ? "dial" : "listen")) return "the wrong role";
    if (dials && !chat.is_introduced_to_asked) return "who dials heard of it first";
    if (frame.data.size() != 4 || !other.keys.contains(frame.data[3])) return "a key that is not the other's";
    const bool is_hidden = frame.data[1].empty() && frame.data[2].empty();
    if (is_hidden && !self.ever_hidden && !other.ever_hidden) return "an address is missing";
    if (!is_hidden && (!self.ever_seen || !other.ever_seen)) return "an address of who wants to be hidden";
    return "";
  }

  // What was refused is gone, and everything behind it comes still.
  std::string_view bytes(const Chat& chat, int user, int peer, const wire::ServerFrame& frame) {
    if (chat.has_ended) return "bytes after the end";
    if (!chat.is_introduced_to_asker || !chat.is_introduced_to_asked) return "bytes before the introduction";
    std::deque<std::string>& sent = at(peer).under_way[index(user)];
    const auto found = frame.data.size() == 2 ? std::ranges::find(sent, frame.data[1]) : sent.end();
    if (found == sent.end()) return "bytes that the other has not sent, or twice, or out of order";
    sent.erase(sent.begin(), std::next(found));
    return "";
  }

  std::map<std::string, Chat> chats_;
  std::array<People, kUsersMax> people_{};
};

}  // namespace sockchat::sim
