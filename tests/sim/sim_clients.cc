// What the clients do, and what happens to the server meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "sim/sim_world.h"
#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/request.h"

namespace sockchat::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kConnectionsMax = 16;
constexpr std::size_t kOutboxMax = 30;

std::string_view command_of(Act act) {
  switch (act) {
    case Act::hello:
      return "hello";
    case Act::login:
      return "login";
    case Act::resume:
      return "resume";
    case Act::message:
      return "message";
    case Act::broadcast:
      return "broadcast";
    case Act::block:
      return "block";
    case Act::unblock:
      return "unblock";
    case Act::ack:
      return "ack";
    case Act::whoelse:
      return "whoelse";
    case Act::ping:
      return "ping";
    case Act::pong:
      return "pong";
    case Act::logout:
      return "logout";
    case Act::listen:
      return "listen";
    case Act::start_private:
      return "startprivate";
    case Act::answer:
      return "answer";
    case Act::relay:
      return "relay";
    case Act::stop_private:
      return "stopprivate";
    case Act::active:
      return "active";
    case Act::garbage:
    case Act::eof:
      break;
  }
  return {};
}

}  // namespace

void SimWorld::run() {
  const std::size_t events = random_.between(100, 400);
  for (std::size_t i = 0; i < events && !failed(); ++i) {
    act();
    steps(random_.chance(20) ? random_.below(30) : random_.below(4));
  }
  if (!failed()) finish();
}

void SimWorld::act() {
  // A process whose disk is broken ends soon.
  if (store_.is_broken() && random_.chance(30)) {
    kill_core();
    start_core();
  }
  const std::size_t dice = random_.below(100);
  if (dice < 12) return connect_somebody();
  if (dice < 85) return act_on_connection();
  act_on_world();
}

void SimWorld::act_on_connection() {
  Peer* peer = somebody();
  if (!peer || peer->outbox.size() >= kOutboxMax) return;
  if (random_.chance(20)) return talk_privately(*peer);
  const std::size_t dice = random_.below(100);
  if (dice < 45) {
    for (std::size_t i = random_.chance(70) ? 1 : random_.between(2, 12); i > 0; --i) say_something(*peer);
  } else if (dice < 55) {
    say_again(*peer);
  } else if (dice < 63) {
    ask_about_user(*peer, random_.chance(60) ? Act::block : Act::unblock);
  } else if (dice < 73) {
    acknowledge(*peer, false);
  } else if (dice < 77) {
    ask(*peer, Act::whoelse, {}, {.id = ++last_request_});
  } else if (dice < 79) {
    ask(*peer, Act::ping, {}, {.id = ++last_request_});
  } else if (dice < 81) {
    for (std::size_t i = random_.between(1, 3); i > 0; --i) talk_garbage(*peer);
  } else if (dice < 83) {
    ask(*peer, Act::logout, {}, {.id = ++last_request_});
  } else if (dice < 87) {
    vanish(*peer, CloseReason::peer_reset);
  } else if (dice < 96) {
    peer->is_stalled = !peer->is_stalled && random_.chance(70);
  } else if (dice < 97) {
    peer->is_silent = !peer->is_silent;
  } else if (dice < 98) {
    ask(*peer, Act::eof, {}, {});
  } else {
    ask_login(*peer, static_cast<int>(random_.below(static_cast<std::size_t>(users_))), random_.chance(50));
  }
}

void SimWorld::act_on_world() {
  const std::size_t dice = random_.below(100);
  if (dice < 45) {
    advance(milliseconds(random_.below(3000)));
  } else if (dice < 60) {
    advance(seconds(random_.between(3, 70)));
  } else if (dice < 62) {
    advance(seconds(random_.between(70, 260)));
  } else if (dice < 78) {
    settle();
  } else if (dice < 82) {
    disk_is_slow_ = !disk_is_slow_;
  } else if (dice < 88) {
    fault_percent_ = random_.chance(60) ? 0 : random_.between(1, 20);
  } else if (dice < 93) {
    hasher_.full = random_.chance(25);
  } else if (dice < 95) {
    stop_core();
    if (!failed()) start_core();
  } else if (dice < 97) {
    const std::size_t done = random_.below(store_.waiting() + 1);
    trace_.note("sync fails: {} of {} operations are on the disk", done, store_.waiting());
    store_.break_sync(done);
  } else {
    kill_core();
    start_core();
  }
}

// --- connections

SimWorld::Peer& SimWorld::connect(bool acknowledges) {
  const ConnectionId id(++last_connection_);
  Peer& peer = peers_[id];
  peer.id = id;
  peer.acknowledges = acknowledges;
  history_.opened(id, acknowledges);
  core_->on_open(id, "127.0.0.1");
  if (acknowledges) {
    std::vector<std::string_view> features{"ack"};
    if (random_.chance(70)) features.push_back("resume");
    ask(peer, Act::hello, std::move(features), {.id = ++last_request_});
  } else if (random_.chance(30)) {
    ask(peer, Act::hello, {"presence"}, {.id = ++last_request_});
  }
  return peer;
}

void SimWorld::connect_somebody() {
  if (peers_.size() >= kConnectionsMax) return;
  Peer& peer = connect(random_.chance(50));
  peer.is_silent = random_.chance(10);
  const bool is_known = random_.chance(95);
  const int user = is_known ? static_cast<int>(random_.below(static_cast<std::size_t>(users_))) : kNobody;
  if (is_known && random_.chance(60)) ask_resume(peer, user, random_.chance(70));
  while (random_.chance(20)) ask_login(peer, user, false);
  if (random_.chance(90)) ask_login(peer, user, is_known);
}

SimWorld::Peer* SimWorld::somebody() {
  if (peers_.empty()) return nullptr;
  const auto pick = [&] {
    return &std::next(peers_.begin(), static_cast<std::ptrdiff_t>(random_.below(peers_.size())))->second;
  };
  Peer* peer = pick();
  return history_.is_ready(peer->id) ? peer : pick();  // rather one that can do something
}

void SimWorld::vanish(Peer& peer, CloseReason reason) {
  const ConnectionId id = peer.id;
  trace_.note("{} vanishes", id.value());
  peers_.erase(id);
  core_->on_closed(id, reason);
  history_.closed(id);
}

// --- requests

void SimWorld::ask(Peer& peer, Act act, std::vector<std::string_view> data, Request request) {
  request.act = act;
  const wire::RequestId id = request.id == 0 ? wire::RequestId() : wire::RequestId(request.id);
  std::optional<std::string_view> cid;
  if (act == Act::message || act == Act::broadcast) {
    const std::string& own = history_.contents()[request.content].cid;
    if (!own.empty()) cid = own;
  }
  if (request.json.empty() && act != Act::eof) {
    wire::append_request(request.json, command_of(act), data, id, cid);
    request.json.erase(0, wire::kFrameHeaderBytes);
  }
  if (!peer.has_finished) peer.outbox.push_back(std::move(request));
  if (act == Act::eof) peer.has_finished = true;
}

void SimWorld::ask_login(Peer& peer, int user, bool right) {
  const std::string name = name_of(user);
  const std::string password = fmt::format("{}:{}", name, right ? "right" : "wrong");
  ask(peer, Act::login, {name, password}, {.id = ++last_request_, .user = user, .right = right});
}

// As a client that keeps its token and what it has shown, or as one that does not.
void SimWorld::ask_resume(Peer& peer, int user, bool honest) {
  std::string token = tokens_kept_[static_cast<std::size_t>(user)];
  if (token.empty()) return;
  if (!honest && random_.chance(30)) std::tie(user, token) = tokens_seen_[random_.below(tokens_seen_.size())];
  if (!honest && random_.chance(10)) token = "forged";
  const std::uint64_t shown = history_.newest_shown(user);
  const std::size_t dice = honest ? 0 : random_.below(100);
  std::uint64_t last = dice < 30 ? shown : 0;
  if (dice >= 60 && shown > 0) last = random_.between(1, shown);
  if (dice >= 95) last = history_.newest() + 100;
  const std::string last_mid = std::to_string(last);
  ask(peer, Act::resume, {token, last_mid}, {.id = ++last_request_, .up_to = last, .token = token});
}

// Unlike every other text, some long, some with what JSON has to escape.
std::string SimWorld::new_text() {
  constexpr std::array<std::string_view, 4> kTails = {"", " \"quoted\" \\", " \n\t", " ünïcödé"};
  std::string text = fmt::format("text {}{}", ++last_text_, kTails[random_.below(kTails.size())]);
  if (random_.chance(20)) text.append(random_.below(600), '.');
  return text;
}

void SimWorld::say_something(Peer& peer) {
  if (!history_.is_ready(peer.id)) return;
  const int from = history_.user_of(peer.id);
  const bool is_broadcast = random_.chance(20);
  int to = kNobody;
  if (!is_broadcast) {
    to = static_cast<int>(random_.below(static_cast<std::size_t>(users_)));
    if (to == from) to = (to + 1) % users_;
  }
  std::string cid;
  if (random_.chance(60)) cid = fmt::format("c{}", random_.chance(97) ? last_text_ + 1 : last_text_ / 2);
  const std::size_t content = history_.draft(from, to, new_text(), std::move(cid));
  const std::string& text = history_.contents()[content].text;
  const Request request{.id = ++last_request_, .content = content};
  if (is_broadcast) return ask(peer, Act::broadcast, {text}, request);
  ask(peer, Act::message, {name_of(to), text}, request);
}

// The same cid, from any connection of the same user, whatever became of the earlier ones.
void SimWorld::say_again(Peer& peer) {
  const std::size_t count = history_.contents().size();
  if (!history_.is_ready(peer.id) || count == 0) return;
  const int from = history_.user_of(peer.id);
  std::size_t index = random_.below(count);
  for (std::size_t tried = 0; tried < count; ++tried, index = (index + 1) % count) {
    const History::Content& content = history_.contents()[index];
    if (content.from != from || content.cid.empty()) continue;
    const std::string to = name_of(content.to);
    const std::string text = content.text;
    const Request request{.id = ++last_request_, .content = index};
    if (content.to == kNobody) return ask(peer, Act::broadcast, {text}, request);
    return ask(peer, Act::message, {to, text}, request);
  }
}

void SimWorld::ask_about_user(Peer& peer, Act act) {
  if (!history_.is_ready(peer.id)) return;
  const int self = history_.user_of(peer.id);
  int user = static_cast<int>(random_.below(static_cast<std::size_t>(users_)));
  if (user == self) user = (user + 1) % users_;
  ask(peer, act, {name_of(user)}, {.id = ++last_request_, .user = user});
}

// In order, late or partial; a plain client may say it too.
void SimWorld::acknowledge(Peer& peer, bool everything) {
  const std::vector<std::uint64_t>& taken = history_.taken_mids(peer.id);
  if (taken.empty() || !history_.is_ready(peer.id)) return;
  const std::size_t back = everything || random_.chance(60) ? 0 : random_.below(taken.size());
  const std::uint64_t up_to = taken[taken.size() - 1 - back];
  const std::uint64_t id = everything || random_.chance(50) ? ++last_request_ : 0;
  ask(peer, Act::ack, {std::to_string(up_to)}, {.id = id, .up_to = up_to});
}

void SimWorld::talk_garbage(Peer& peer) {
  constexpr std::array<std::string_view, 6> kGarbage = {
      "{", "[]", R"({"command":"message","x":1})", R"({"command":"dance"})", "\xFF\xFE", R"({"command":7})"};
  ask(peer, Act::garbage, {}, {.json = std::string(kGarbage[random_.below(kGarbage.size())])});
}

// --- the end: everything is healed, everybody reads everything

void SimWorld::finish() {
  trace_.note("finish");
  fault_percent_ = 0;
  disk_is_slow_ = false;
  hasher_.full = false;
  if (store_.is_broken()) {
    kill_core();
    start_core();
  }
  for (auto& [id, peer] : peers_) peer.is_stalled = false;
  settle();
  // Until every lock is over, and every idle connection has ended.
  advance(seconds(400));
  settle();
  log_everybody_in();
  if (!failed()) history_.drained();
  if (!failed()) stop_core();
}

void SimWorld::log_everybody_in() {
  // Whoever is still busy with what it had to say.
  while (!peers_.empty()) vanish(peers_.begin()->second, CloseReason::peer_reset);
  settle();
  for (int user = 0; user < users_ && !failed(); ++user) {
    Peer& peer = connect(random_.chance(50));
    if (random_.chance(50)) ask_resume(peer, user, true);
    ask_login(peer, user, true);
    settle();
    if (!failed() && !history_.is_online(user)) trace_.violate("reply", "{} cannot log in", name_of(user));
  }
  // A confirmation makes room for more, until there is no more.
  for (std::size_t before = 0, taken = 1; taken != before && !failed();) {
    before = std::exchange(taken, 0);
    for (auto& [id, peer] : peers_) acknowledge(peer, true);
    settle();
    for (const auto& [id, peer] : peers_) taken += history_.taken_mids(id).size();
  }
}

}  // namespace sockchat::sim
