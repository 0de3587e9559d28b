// What a simulated client asks, and who and what it is about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sockchat::sim {

// Users are numbered from 0; nobody is -1, and so is "everybody" as a recipient.
inline constexpr int kNobody = -1;
inline constexpr std::uint32_t kUsersMax = 12;

enum class Act : std::uint8_t {
  hello,
  login,
  resume,
  message,
  broadcast,
  block,
  unblock,
  ack,
  whoelse,
  ping,
  pong,
  logout,
  listen,
  start_private,
  answer,
  relay,
  stop_private,
  active,
  garbage,
  eof,
};

struct Request {
  Act act = Act::ping;
  std::uint64_t id = 0;     // 0: none, and an answer carries none
  int user = kNobody;       // who logs in, who is blocked, with whom a private chat is
  bool right = false;       // login: the password; answer: yes; listen: there is a port
  std::size_t content = 0;  // message, broadcast: History::Content
  std::uint64_t up_to = 0;  // ack; resume: what the client says it has
  std::string token{};      // resume; listen: the key; relay: the bytes
  std::string json{};

  // Whether exactly one answer comes.
  [[nodiscard]] bool is_answered() const {
    return act != Act::pong && act != Act::relay && act != Act::active && act != Act::eof &&
           (act != Act::ack || id != 0);
  }
};

inline std::string name_of(int user) { return user == kNobody ? "nobody" : "u" + std::to_string(user); }
inline int user_of(std::string_view name) {
  return name.starts_with('u') ? std::stoi(std::string(name.substr(1))) : kNobody;
}

}  // namespace sockchat::sim
