// Forty commands of a few people, asked one after the other while something fails, and what each of them was
// told: so that it can be judged after a restart what has to be there, what must not be, and what may.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "faults/server_run.h"
#include "faults/talker.h"

namespace sockchat::faults {

// hans and yoda talk; luke is away, vader is nobody's business, and somebody guesses at leia.
inline constexpr const char* kCredentials =
    "hans falcon99\nyoda wise#@!man\nvader sithlord**\nluke light==saber\nleia princess\n";

enum class Fate : std::uint8_t {
  accepted,
  refused,  // an answer that means: never stored
  unknown,  // none, or `storage`
};

struct Sent {
  std::string from;
  std::string to;  // empty: everybody
  std::string text;
  std::string cid;
  Fate fate;
};

// What may be true of something that was changed: one value when it is known.
using Possible = std::set<std::string>;

struct Ledger {
  std::vector<Sent> sent;  // in the order of asking
  std::map<std::string, Possible> passwords;
  std::map<std::string, Possible> blocked;  // "hans leia" -> yes, no
  std::set<std::string> seen;               // texts that yoda was shown
  std::set<std::string> confirmed;          // of those, the ones whose ack was answered
  std::set<std::string> perhaps_confirmed;
  std::string guesses_left;  // at leia, as the last answer said; empty: not known
};

class Session final {
 public:
  struct Patience {
    milliseconds answer;
    bool silence_is_wrong;  // while the server lives and the connection stands
  };
  Session(ServerRun& server, Patience patience);

  // Everything, or as far as the server lives.
  void talk();
  // As many messages from hans to luke, each waiting for its answer.
  void send_messages(int count);
  void hang_up();
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  // What cannot be excused by a failure.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] int commands() const { return commands_; }

 private:
  struct Person {
    std::string name;
    Talker talker;
    bool gave_up = false;
  };
  using Data = std::initializer_list<std::string_view>;

  [[nodiscard]] bool is_over();
  bool come_online(Person& person);
  bool log_in(Person& person, const std::string& password);
  std::string ask(Person& person, std::string_view command, Data data, std::string_view cid = {});
  void query(Person& person, std::string_view command, Data data);
  void message(Person& from, std::string_view to, std::string text);
  void block(Person& person, std::string_view whom, bool blocked);
  void change_password(Person& person, std::string_view to);
  void log_out(Person& person);
  void guess();
  void read_events(Person& person);
  void acknowledge(Person& person);
  void judge(const std::string& reply, std::string_view what,
             std::initializer_list<std::string_view> excused);

  ServerRun& server_;
  Patience patience_;
  Ledger ledger_;
  std::vector<std::string> complaints_;
  Person hans_{"hans", {}, false};
  Person yoda_{"yoda", {}, false};
  std::uint64_t last_id_ = 0;
  int commands_ = 0;
  std::string last_seen_mid_;
};

[[nodiscard]] std::map<std::string, Possible> passwords_at_first();

}  // namespace sockchat::faults
