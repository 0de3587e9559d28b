#include "faults/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "sockchat/sqlite/database.h"

namespace sockchat::faults {
namespace {

constexpr milliseconds kPatience{10'000};

class Judge final {
 public:
  Judge(ServerRun& server, const Ledger& ledger) : server_(server), ledger_(ledger) {}
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  std::vector<std::string> run();

 private:
  template <class... Arguments>
  void complain(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    complaints_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  bool log_in(Talker& talker, const std::string& name);
  std::vector<std::string> read_mailbox(Talker& talker, const std::string& name);
  void check_mailbox(const std::string& name, const std::vector<std::string>& texts);
  void check_order(const std::vector<std::string>& texts);
  void check_blocks(Talker& talker, const std::string& name);
  void check_guesses(const std::string& name, const std::set<std::string>& allowed);
  void resend(Talker& talker, const std::string& name);

  ServerRun& server_;
  const Ledger& ledger_;
  std::vector<std::string> complaints_;
  std::string waiting_;
};

// With what the password may be: at most one of two is wrong, which is no lock-out.
bool Judge::log_in(Talker& talker, const std::string& name) {
  const Possible& possible = ledger_.passwords.at(name);
  std::string reply;
  for (const std::string& password : possible) {
    if (!talker.connect(server_.port())) break;
    talker.send(request("hello", {"ack"}, 1));
    static_cast<void>(talker.await_reply(1, kPatience));
    talker.send(request("login", {name, password}, 2));
    reply = talker.await_reply(2, kPatience).value_or("");
    if (!is_ok(reply)) continue;
    waiting_ = member(reply, "waiting");
    if (possible.size() == 1 && member(reply, "failed") != "0") complain("failures are invented: {}", reply);
    return true;
  }
  complain("{} cannot log in: {}", name, reply);
  return false;
}

std::vector<std::string> Judge::read_mailbox(Talker& talker, const std::string& name) {
  const auto count = static_cast<std::size_t>(std::atoi(waiting_.c_str()));
  std::vector<std::string> texts;
  while (texts.size() < count) {
    const auto event = talker.receive(kPatience);
    if (!event) {
      complain("{}: {} messages came of {}", name, texts.size(), count);
      break;
    }
    if (event->starts_with("{\"command\":\"message\"")) texts.push_back(data_of(*event).at(1));
  }
  return texts;
}

void Judge::check_mailbox(const std::string& name, const std::vector<std::string>& texts) {
  const std::set<std::string> there(texts.begin(), texts.end());
  if (there.size() != texts.size()) complain("{}: something came twice", name);
  const bool is_yoda = name == "yoda";
  for (const Sent& sent : ledger_.sent) {
    if (sent.to != name) continue;
    const bool came = there.contains(sent.text);
    const bool was_confirmed = is_yoda && ledger_.confirmed.contains(sent.text);
    const bool perhaps = is_yoda && ledger_.perhaps_confirmed.contains(sent.text);
    const bool was_seen = is_yoda && ledger_.seen.contains(sent.text);
    if (came && was_confirmed) complain("{}: confirmed, and came again: {}", name, sent.text);
    if (came && sent.fate == Fate::refused) complain("{}: refused, and stored: {}", name, sent.text);
    if (!came && sent.fate == Fate::accepted && !perhaps) complain("{}: lost: {}", name, sent.text);
    if (!came && was_seen && !perhaps) complain("{}: was shown, and is not stored: {}", name, sent.text);
  }
  for (const std::string& text : there) {
    if (std::ranges::none_of(ledger_.sent, [&](const Sent& sent) { return sent.text == text; })) {
      complain("{}: nobody sent: {}", name, text);
    }
  }
  check_order(texts);
}

// What one person sent to another, in the order of sending.
void Judge::check_order(const std::vector<std::string>& texts) {
  for (const std::string from : {"hans", "yoda"}) {
    std::size_t last = 0;
    for (const std::string& text : texts) {
      const auto found = std::ranges::find(ledger_.sent, text, &Sent::text);
      if (found == ledger_.sent.end() || found->from != from) continue;
      const auto place = static_cast<std::size_t>(found - ledger_.sent.begin()) + 1;
      if (place < last) complain("not in the order of sending: {}", text);
      last = place;
    }
  }
}

void Judge::check_blocks(Talker& talker, const std::string& name) {
  talker.send(request("blocked", {}, 3));
  const std::string reply = talker.await_reply(3, kPatience).value_or("");
  if (!is_ok(reply)) return complain("{}: blocked: {}", name, reply);
  const auto names = data_of(reply);
  for (const auto& [pair, possible] : ledger_.blocked) {
    if (!pair.starts_with(name)) continue;
    const bool is_blocked = std::ranges::count(names, pair.substr(name.size() + 1)) > 0;
    if (!possible.contains(is_blocked ? "yes" : "no")) complain("{} blocks {}", name, reply);
  }
}

void Judge::check_guesses(const std::string& name, const std::set<std::string>& allowed) {
  Talker talker;
  talker.connect(server_.port());
  talker.send(request("login", {name, "a guess"}, 1));
  const std::string reply = talker.await_reply(1, kPatience).value_or("");
  if (!allowed.contains(member(reply, "attempts_left"))) complain("guessing at {}: {}", name, reply);
}

// What has no answer yet is asked again: whatever became of it, it must be there once now.
void Judge::resend(Talker& talker, const std::string& name) {
  std::uint64_t id = 100;
  for (const Sent& sent : ledger_.sent) {
    if (sent.from != name || sent.fate != Fate::unknown) continue;
    talker.send(sent.to.empty() ? request("broadcast", {sent.text}, ++id, sent.cid)
                                : request("message", {sent.to, sent.text}, ++id, sent.cid));
    const std::string reply = talker.await_reply(id, kPatience).value_or("");
    if (!is_ok(reply)) complain("asked again: {}: {}", sent.text, reply);
  }
}

std::vector<std::string> Judge::run() {
  Talker yoda;
  Talker luke;
  Talker hans;
  std::vector<std::string> at_luke;
  if (log_in(yoda, "yoda")) check_mailbox("yoda", read_mailbox(yoda, "yoda"));
  if (log_in(luke, "luke")) {
    at_luke = read_mailbox(luke, "luke");
    check_mailbox("luke", at_luke);
  }
  if (log_in(hans, "hans")) check_blocks(hans, "hans");
  check_blocks(yoda, "yoda");
  check_guesses("vader", {"2"});
  // An attempt without an answer may have been counted before it was checked.
  check_guesses("leia",
                ledger_.guesses_left.empty() ? std::set<std::string>{"1", "2"} : std::set<std::string>{"1"});
  resend(hans, "hans");
  resend(yoda, "yoda");
  luke.send(request("ping", {}, 4));  // behind everything that he was sent
  static_cast<void>(luke.await_reply(4, kPatience));
  for (const std::string& event : luke.take_events()) {
    if (event.starts_with("{\"command\":\"message\"")) at_luke.push_back(data_of(event).at(1));
  }
  for (const Sent& sent : ledger_.sent) {
    if (sent.to == "luke" && sent.fate != Fate::refused && std::ranges::count(at_luke, sent.text) != 1) {
      complain("in the end luke has {} times: {}", std::ranges::count(at_luke, sent.text), sent.text);
    }
  }
  return std::move(complaints_);
}

}  // namespace

std::vector<std::string> judge_after_restart(const Programs& programs, const std::string& directory,
                                             const Ledger& ledger) {
  // Whoever reads here acknowledges nothing.
  ServerRun server(programs, directory, nullptr, {"--limit", "unconfirmed_max=100000"});
  if (!server.await_port(kPatience)) return {"it does not start again: " + server.said()};
  std::vector<std::string> complaints = Judge(server, ledger).run();
  server.signal(SIGTERM);
  const auto status = server.await_end(kPatience);
  if (status != 0) complaints.push_back("it does not stop in order after the restart: " + server.said());
  const auto broken = judge_integrity(directory);
  complaints.insert(complaints.end(), broken.begin(), broken.end());
  return complaints;
}

std::vector<std::string> judge_integrity(const std::string& directory) {
  const auto database = sqlite::Database::open(directory + "/data/sockchat.db", std::chrono::seconds(1));
  if (!database) return {database.error().text};
  const auto verdict = (*database)->ask("PRAGMA integrity_check");
  if (!verdict) return {verdict.error().text};
  if (*verdict == "ok") return {};
  return {"integrity_check: " + verdict->value_or("no verdict")};
}

}  // namespace sockchat::faults
