#include "faults/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace sockchat::faults {
namespace {

// What a failure below may be told as. `busy` and `already_online` mean that nothing was done.
constexpr std::array<std::string_view, 4> kExcuses{"storage", "busy", "internal", "already_online"};

Fate fate_of(const std::string& reply) {
  if (is_ok(reply)) return Fate::accepted;
  const std::string code = code_of(reply);
  return code.empty() || code == "storage" ? Fate::unknown : Fate::refused;
}

}  // namespace

std::map<std::string, Possible> passwords_at_first() {
  std::map<std::string, Possible> passwords;
  std::istringstream lines{std::string(kCredentials)};
  for (std::string name, password; lines >> name >> password;) passwords[name] = {password};
  return passwords;
}

Session::Session(ServerRun& server, Patience patience) : server_(server), patience_(patience) {
  ledger_.passwords = passwords_at_first();
}

bool Session::is_over() { return server_.has_ended(); }

// --- asking

// The reply, or nothing when none came.
std::string Session::ask(Person& person, std::string_view command, Data data, std::string_view cid) {
  ++commands_;
  if (!person.talker.is_open()) return {};
  const std::uint64_t id = ++last_id_;
  person.talker.send(request(command, data, id, cid));
  auto reply = person.talker.await_reply(id, patience_.answer);
  if (reply) return *std::move(reply);
  if (person.talker.is_open()) {
    // Nobody answers: whoever waited once does not wait for everything else as well.
    person.gave_up = !patience_.silence_is_wrong;
    person.talker.close();
    if (patience_.silence_is_wrong) {
      complaints_.push_back(fmt::format("{}: no answer to {}", person.name, command));
    }
  }
  return {};
}

void Session::judge(const std::string& reply, std::string_view what,
                    std::initializer_list<std::string_view> excused) {
  if (reply.empty() || is_ok(reply)) return;
  const std::string code = code_of(reply);
  if (std::ranges::count(kExcuses, code) > 0 || std::ranges::count(excused, code) > 0) return;
  complaints_.push_back(fmt::format("{}: {}", what, reply));
}

bool Session::log_in(Person& person, const std::string& password) {
  if (!person.talker.connect(server_.port())) return false;
  judge(ask(person, "hello", {"ack", "resume"}), "hello", {});
  const Possible& possible = ledger_.passwords[person.name];
  const std::string reply = ask(person, "login", {person.name, password});
  const bool is_known = possible.size() == 1;
  judge(reply, "login",
        is_known ? std::initializer_list<std::string_view>{}
                 : std::initializer_list<std::string_view>{"bad_credentials"});
  if (!is_ok(reply)) return false;
  if (member(reply, "failed") != "0" && is_known) {
    complaints_.push_back("a failed login was invented: " + reply);
  }
  ledger_.passwords[person.name] = {password};
  return true;
}

// Where the connection was lost, or never made: twice, since one failure may have to do with the first.
bool Session::come_online(Person& person) {
  for (int attempt = 0; attempt < 2 && !person.talker.is_open() && !person.gave_up; ++attempt) {
    const Possible possible = ledger_.passwords[person.name];
    for (const std::string& password : possible) {
      if (is_over()) return false;
      if (log_in(person, password)) return true;
      person.talker.close();
    }
  }
  return person.talker.is_open();
}

// --- what people do

void Session::query(Person& person, std::string_view command, Data data) {
  if (!come_online(person)) return;
  judge(ask(person, command, data), command, {"unknown_command"});
}

void Session::message(Person& from, std::string_view to, std::string text) {
  if (!come_online(from)) return;
  Sent sent{from.name, std::string(to), std::move(text), fmt::format("c{}", ledger_.sent.size()),
            Fate::unknown};
  const std::string reply = to.empty() ? ask(from, "broadcast", {sent.text}, sent.cid)
                                       : ask(from, "message", {to, sent.text}, sent.cid);
  judge(reply, "message", {});
  sent.fate = fate_of(reply);
  ledger_.sent.push_back(std::move(sent));
  read_events(yoda_);
}

void Session::block(Person& person, std::string_view whom, bool blocked) {
  if (!come_online(person)) return;
  Possible& possible = ledger_.blocked[fmt::format("{} {}", person.name, whom)];
  if (possible.empty()) possible = {"no"};
  const std::string reply = ask(person, blocked ? "block" : "unblock", {whom});
  // Where an earlier answer is missing, it may be done already, or never have been.
  judge(reply, "block", {"already_blocked", "not_blocked"});
  const std::string code = code_of(reply);
  const std::string wanted = blocked ? "yes" : "no";
  if ((code == "already_blocked" && !possible.contains("yes")) ||
      (code == "not_blocked" && !possible.contains("no"))) {
    complaints_.push_back(fmt::format("block was half done: {}", reply));
  }
  if (is_ok(reply) || code.ends_with("_blocked")) {
    possible = {wanted};
  } else if (fate_of(reply) == Fate::unknown) {
    possible.insert(wanted);
  }
}

void Session::change_password(Person& person, std::string_view to) {
  if (!come_online(person)) return;
  Possible& possible = ledger_.passwords[person.name];
  const std::string reply = ask(person, "passwd", {*possible.begin(), to});
  judge(reply, "passwd", {});
  if (is_ok(reply)) possible = {std::string(to)};
  if (fate_of(reply) == Fate::unknown) possible.insert(std::string(to));
}

void Session::log_out(Person& person) {
  if (!come_online(person)) return;
  judge(ask(person, "logout", {}), "logout", {});
  person.talker.close();
}

// Somebody at leia's door, once.
void Session::guess() {
  Person stranger{"leia", {}, false};
  if (!stranger.talker.connect(server_.port())) return;
  const std::string reply = ask(stranger, "login", {"leia", "a guess"});
  judge(reply, "login", {"bad_credentials"});
  ledger_.guesses_left = member(reply, "attempts_left");
}

void Session::read_events(Person& person) {
  for (const std::string& event : person.talker.take_events()) {
    const auto data = data_of(event);
    if (!event.starts_with("{\"command\":\"message\"") || data.size() != 2) continue;
    ledger_.seen.insert(data[1]);
    last_seen_mid_ = member(event, "mid");
  }
}

void Session::acknowledge(Person& person) {
  if (!come_online(person)) return;
  read_events(person);
  if (last_seen_mid_.empty()) return;
  const std::set<std::string> texts = ledger_.seen;
  const std::string reply = ask(person, "ack", {last_seen_mid_});
  // After another login, a position that was not delivered there.
  judge(reply, "ack", {"bad_argument"});
  if (is_ok(reply)) ledger_.confirmed.insert(texts.begin(), texts.end());
  ledger_.perhaps_confirmed.insert(texts.begin(), texts.end());
}

void Session::hang_up() {
  read_events(yoda_);
  hans_.talker.close();
  yoda_.talker.close();
}

void Session::talk() {
  come_online(hans_);
  come_online(yoda_);
  guess();
  query(hans_, "whoelse", {});
  for (int n = 1; n <= 4; ++n) message(hans_, "yoda", fmt::format("hans to yoda {}", n));
  for (int n = 1; n <= 4; ++n) message(hans_, "luke", fmt::format("hans to luke {}", n));
  acknowledge(yoda_);
  block(hans_, "leia", true);
  block(hans_, "vader", true);
  block(hans_, "leia", false);
  message(hans_, "", "hans to all");
  message(yoda_, "luke", "yoda to luke 1");
  block(yoda_, "vader", true);
  query(yoda_, "blocked", {});
  query(yoda_, "whoelsesince", {"600"});
  query(yoda_, "history", {"hans"});
  query(yoda_, "search", {"hans luke"});
  query(yoda_, "sessions", {});
  change_password(hans_, "chewbacca");
  message(hans_, "yoda", "hans to yoda 5");
  message(hans_, "luke", "hans to luke 5");
  query(hans_, "ping", {});
  log_out(hans_);
  message(hans_, "yoda", "hans to yoda 6");
  message(yoda_, "luke", "yoda to luke 2");
  message(yoda_, "", "yoda to all");
  acknowledge(yoda_);
  message(hans_, "yoda", "hans to yoda 7");
  log_out(yoda_);
  message(hans_, "luke", "hans to luke 6");
  log_out(hans_);
  hang_up();
}

void Session::send_messages(int count) {
  for (int n = 1; n <= count && !is_over(); ++n) message(hans_, "luke", fmt::format("hans to luke {}", n));
  hang_up();
}

}  // namespace sockchat::faults
