#include "support/core_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"

namespace sockchat::test {

bool FakeHasher::verify(std::string stored_hash, Secret password, Completion<domain::PasswordVerdict> done) {
  if (full) return false;
  ++checks;
  const bool correct = stored_hash == fmt::format("hash:{}", password.reveal());
  executor_.post([done = std::move(done), correct, undecided = without_memory]() mutable {
    done({.correct = correct && !undecided, .undecided = undecided, .replacement_hash = {}});
  });
  return true;
}

bool FakeHasher::hash(Secret password, Completion<Result<std::string>> done) {
  if (full) return false;
  executor_.post(
      [done = std::move(done), made = fmt::format("hash:{}", password.reveal())]() mutable { done(made); });
  return true;
}

domain::NameDigest FakeHasher::digest(std::string_view name) const {
  domain::NameDigest digest{};
  std::memcpy(digest.data(), name.data(), std::min(name.size(), digest.size()));
  digest[15] = static_cast<std::byte>(name.size());
  return digest;
}

Secret FakeTokens::fresh_token() { return Secret(fmt::format("token {}", ++given_)); }

domain::TokenDigest FakeTokens::token_digest(std::string_view token) const {
  domain::TokenDigest digest{};
  std::memcpy(digest.data(), token.data(), std::min(token.size(), digest.size()));
  return digest;
}

server_core::Config CoreWorld::standard_config() {
  server_core::Config config;
  config.block_duration = std::chrono::seconds(60);
  config.idle_timeout = std::chrono::seconds(600);
  return config;
}

CoreWorld::CoreWorld(server_core::Config config)
    : config_(std::move(config)),
      hasher_(executor_),
      store_(std::make_unique<storage::MemoryStore>(executor_, storage::MemoryStoreLimits{})) {
  start_core();
}

CoreWorld::~CoreWorld() {
  // Completions hold the core.
  executor_.drop_all();
}

void CoreWorld::start_core() {
  server_core::Links& links = *this;
  server_core::Journal& journal = *this;
  core_ = std::make_unique<server_core::ServerCore>(config_, server_core::Ports{.store = *store_,
                                                                                .hasher = hasher_,
                                                                                .token_source = tokens_,
                                                                                .clock = clock_,
                                                                                .links = links,
                                                                                .journal = journal});
  bool ready = false;
  core_->start([&ready](Result<void> started) { ready = started.has_value(); });
  settle();
  SOCKCHAT_CHECK(ready);
}

void CoreWorld::restart() {
  executor_.drop_all();
  for (auto& [id, wire] : wires_) {
    if (!wire.closed) wire.closed = CloseReason::peer_reset;
  }
  core_.reset();
  start_core();
}

void CoreWorld::add_user(std::string_view name, std::string_view password) {
  auto parsed = domain::UserName::parse(name, 32);
  SOCKCHAT_CHECK(parsed.has_value());
  bool stored = false;
  core_->import_account(*parsed, fmt::format("hash:{}", password),
                        [&stored](Result<void> outcome) { stored = outcome.has_value(); });
  settle();
  SOCKCHAT_CHECK(stored);
}

ConnectionId CoreWorld::connect(std::string address) {
  const ConnectionId id(++last_connection_);
  wires_.try_emplace(id);
  core_->on_open(id, std::move(address));
  return id;
}

void CoreWorld::say(ConnectionId id, std::string_view json) {
  say_unsettled(id, json);
  settle();
}

void CoreWorld::say_unsettled(ConnectionId id, std::string_view json) {
  Wire& wire = wires_[id];
  wire.waiting.emplace_back(json);
  if (wire.waiting.size() == 1) offer(id, wire);
}

// As the program does: no frame while the core has asked to wait.
bool CoreWorld::offer(ConnectionId id, Wire& wire) {
  bool any = false;
  while (!wire.waiting.empty() && !wire.closing && !wire.closed && !held_[id]) {
    any = true;
    ByteBuffer padded;
    padded.append(wire.waiting.front());
    wire.waiting.pop_front();
    wire.released = false;
    if (!core_->on_frame(id, padded.bytes()) && !wire.released) held_[id] = true;
  }
  return any;
}

ConnectionId CoreWorld::log_in(std::string_view name, std::string_view password, std::string_view hello) {
  const ConnectionId id = connect();
  if (!hello.empty()) say(id, hello);
  say(id, fmt::format(R"({{"command":"login","data":["{}","{}"]}})", name, password));
  const std::vector<std::string> heard = hear(id);
  SOCKCHAT_CHECK(!heard.empty());
  SOCKCHAT_CHECK(std::ranges::any_of(heard, [](const std::string& frame) {
    return frame.starts_with(R"({"status":"ok","command":"login")");
  }));
  for (auto& [other, wire] : wires_) wire.sent.clear();
  return id;
}

std::vector<std::string> CoreWorld::hear(ConnectionId id) {
  std::vector<std::string> frames;
  std::string& sent = wires_[id].sent;
  std::span<char> rest(sent);
  for (;;) {
    const wire::FrameCut cut = wire::next_frame(rest, wire::kServerFrameMax);
    if (cut.state != wire::FrameState::complete) break;
    frames.emplace_back(cut.payload.data(), cut.payload.size());
    rest = rest.subspan(cut.consumed);
  }
  SOCKCHAT_CHECK(rest.empty());
  sent.clear();
  return frames;
}

void CoreWorld::vanish(ConnectionId id, CloseReason reason) {
  Wire& wire = wires_[id];
  if (wire.closed) return;
  wire.closed = reason;
  core_->on_closed(id, reason);
}

void CoreWorld::forget(ConnectionId id) {
  SOCKCHAT_CHECK(wires_[id].closed);
  wires_.erase(id);
  held_.erase(id);
}

void CoreWorld::settle() {
  // Bounded, so that a core that never comes to rest fails instead of hanging.
  for (int steps = 0; steps < 1'000'000; ++steps) {
    const bool ran = executor_.run_one();
    const bool moved = step_wires();
    if (!ran && !moved) return;
  }
  check_failed("the core comes to rest", __FILE__, __LINE__);
}

bool CoreWorld::step_wires() {
  bool moved = false;
  for (auto& [id, wire] : wires_) {
    if (wire.closed || !core_) continue;
    if (!wire.stalled && wire.told_total != wire.sent_total) {
      wire.told_total = wire.sent_total;
      core_->on_written(id, wire.told_total);
      moved = true;
    }
    if (wire.closing) {
      wire.closed = wire.closing;
      core_->on_closed(id, *wire.closing);
      moved = true;
      continue;
    }
    if (offer(id, wire)) moved = true;
  }
  return moved;
}

void CoreWorld::advance(Duration by) {
  const TimePoint end = clock_.moment.mono + by;
  for (;;) {
    settle();
    const TimePoint next = std::max(core_->next_deadline(), clock_.moment.mono);
    if (next > end) break;
    clock_.advance(next - clock_.moment.mono);
    core_->tick();
    settle();
  }
  clock_.advance(end - clock_.moment.mono);
}

bool CoreWorld::noted(server_core::Notice notice) const {
  return std::ranges::find(notices_, notice) != notices_.end();
}

void CoreWorld::send(ConnectionId id, std::string_view frames) {
  Wire& wire = wires_[id];
  if (wire.closing || wire.closed) return;
  wire.sent += frames;
  wire.sent_total += frames.size();
}

void CoreWorld::multicast(std::span<const ConnectionId> ids, std::string_view frames) {
  for (const ConnectionId id : ids) send(id, frames);
}

void CoreWorld::release(ConnectionId id) {
  held_[id] = false;
  wires_[id].released = true;
}

void CoreWorld::close(ConnectionId id, CloseReason reason) {
  Wire& wire = wires_[id];
  SOCKCHAT_CHECK(!wire.closing);  // told once
  wire.closing = reason;
}

void CoreWorld::note(const server_core::JournalEntry& entry) { notices_.push_back(entry.notice); }

}  // namespace sockchat::test
