#include "sim/sim_world.h"

#include <algorithm>
#include <utility>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"

namespace sockchat::sim {
namespace {

using std::chrono::seconds;

// Small, so that every bound is met.
server_core::Config config_of(Random& random) {
  server_core::Config config;
  config.block_duration = seconds(60);
  config.idle_timeout = seconds(200);
  Limits& limits = config.limits;
  limits.send_queue_soft = random.chance(50) ? 1024 : 4096;
  limits.send_queue_hard = 16 * 1024;
  limits.unconfirmed_max = random.between(1, 8);
  limits.requests_pending = random.between(2, 16);
  limits.mailbox_messages = random.between(4, 40);
  limits.hash_queue = 4;
  if (random.chance(50)) {
    limits.message_rate = 5;
    limits.message_burst = 10;
    limits.broadcast_rate = 2;
    limits.broadcast_burst = 4;
  }
  return config;
}

// Nothing that is done at one moment takes more; then the core does not come to rest.
constexpr int kStepsMax = 200'000;

}  // namespace

bool SimHasher::verify(std::string stored_hash, Secret password, Completion<domain::PasswordVerdict> done) {
  if (full) return false;
  const std::string_view shown = password.reveal();
  std::string name(shown.substr(0, shown.find(':')));
  history_.checked_password(name, store_.asked_at());
  return fake_.verify(
      std::move(stored_hash), std::move(password),
      [this, name = std::move(name), done = std::move(done)](domain::PasswordVerdict verdict) mutable {
        if (verdict.correct) history_.password_was_right(name);
        done(std::move(verdict));
      });
}

bool SimHasher::hash(Secret password, Completion<Result<std::string>> done) {
  return fake_.hash(std::move(password), std::move(done));
}

SimWorld::SimWorld(std::uint64_t seed, Plant plant)
    : random_(seed),
      plant_(plant),
      users_(static_cast<int>(random_.between(3, random_.chance(60) ? 5 : kUsersMax))),
      config_(config_of(random_)),
      history_(trace_, config_),
      memory_(store_executor_, storage::MemoryStoreLimits{}),
      store_(
          memory_, store_executor_,
          [this](test::StoreOperation operation) { return decide_fault(operation); }, plant),
      hasher_(history_, store_) {
  store_.on_confirm_failed(
      [this](UserId user) { history_.confirm_failed(static_cast<int>(user.value()) - 1); });
  store_.note_time(clock_.moment.wall);
  for (int user = 0; user < users_; ++user) {
    const auto name = domain::UserName::parse(name_of(user), 32);
    SOCKCHAT_CHECK(name.has_value());
    store_.add_account(*name, "hash:" + name_of(user) + ":right", clock_.moment.wall,
                       [](Result<domain::Account>) {});
  }
  start_core();
}

SimWorld::~SimWorld() {
  // Completions hold the core.
  store_.crash(0);
  hasher_.drop_all();
}

// --- the process

void SimWorld::start_core() {
  server_core::Links& links = *this;
  server_core::Journal& journal = *this;
  core_ = std::make_unique<server_core::ServerCore>(config_, server_core::Ports{.store = store_,
                                                                                .hasher = hasher_,
                                                                                .token_source = tokens_,
                                                                                .clock = clock_,
                                                                                .links = links,
                                                                                .journal = journal});
  bool ready = false;
  core_->start([&ready](Result<void> started) { ready = started.has_value(); });
  while (store_.tell_one()) {
  }
  SOCKCHAT_CHECK(ready);
}

void SimWorld::stop_core() {
  trace_.note("shutdown");
  disk_is_slow_ = false;
  history_.stopping();
  core_->begin_shutdown();
  settle();
  if (failed()) return;
  if (core_->connections() != 0 || core_->sessions() != 0 || store_.in_flight() != 0) {
    return trace_.violate("rest", "{} connections, {} sessions, {} operations after a shutdown",
                          core_->connections(), core_->sessions(), store_.in_flight());
  }
  core_.reset();
  store_.crash(0);
  history_.stopped(false, clock_.moment.mono);
}

void SimWorld::kill_core() {
  const std::size_t waiting = store_.waiting();
  const std::size_t done = random_.below(waiting + 1);
  trace_.note("kill: {} of {} operations are on the disk", done, waiting);
  core_.reset();
  store_.crash(done);
  hasher_.drop_all();
  peers_.clear();
  history_.stopped(true, clock_.moment.mono);
}

test::StoreFault SimWorld::decide_fault(test::StoreOperation operation) {
  // Whoever answers early must be right about the mid, or it is found by that.
  if (plant_ == Plant::early_ok && operation == test::StoreOperation::append) return test::StoreFault::none;
  if (fault_percent_ == 0 || !random_.chance(fault_percent_)) return test::StoreFault::none;
  if (plant_ == Plant::survive_unknown) return test::StoreFault::unknown;
  return random_.chance(50) ? test::StoreFault::busy : test::StoreFault::storage;
}

// --- one thing happens

// Begins at a random kind, and does the first that can be done.
bool SimWorld::step() {
  constexpr std::size_t kKinds = 6;
  const std::size_t first = random_.below(kKinds);
  for (std::size_t i = 0; i < kKinds; ++i) {
    const std::size_t kind = (first + i) % kKinds;
    if (kind == 0 && (!disk_is_slow_ || random_.chance(2)) && store_.commit_one()) return true;
    if (kind == 1 && store_.tell_one()) return true;
    if (kind == 2 && hasher_.run_one()) return true;
    if (kind < 3 || peers_.empty()) continue;
    auto peer = std::next(peers_.begin(), static_cast<std::ptrdiff_t>(random_.below(peers_.size())));
    for (std::size_t tried = 0; tried < peers_.size(); ++tried) {
      if (step_peer(peer->second, kind)) return true;
      if (++peer == peers_.end()) peer = peers_.begin();
    }
  }
  return false;
}

bool SimWorld::step_peer(Peer& peer, std::size_t kind) {
  if (kind == 3) return take(peer);
  if (kind == 4) return offer(peer);
  return finish_closing(peer);
}

bool SimWorld::take(Peer& peer) {
  const std::uint64_t unsent = peer.sent_total - peer.taken_total;
  if (peer.is_stalled || peer.closing || unsent == 0) return false;
  peer.taken_total += random_.chance(70) ? unsent : random_.between(1, unsent);
  const ConnectionId id = peer.id;
  history_.taken(id, peer.taken_total, true);
  while (!peer.pings.empty() && peer.pings.front() <= peer.taken_total) {
    peer.pings.erase(peer.pings.begin());
    if (!peer.is_silent) ask(peer, Act::pong, {}, {});
  }
  for (; !peer.tokens.empty() && peer.tokens.front().first <= peer.taken_total; peer.tokens.pop_front()) {
    std::string& token = peer.tokens.front().second;
    const int user = history_.user_of(id);
    tokens_seen_.emplace_back(user, token);
    tokens_kept_[static_cast<std::size_t>(user)] = std::move(token);
  }
  if (peer.acknowledges && random_.chance(50)) acknowledge(peer, false);
  core_->on_written(id, peer.taken_total);
  return true;
}

// As the program does: nothing is read while the core has asked to wait, or too much output waits.
bool SimWorld::offer(Peer& peer) {
  if (peer.outbox.empty() || peer.is_held || peer.closing) return false;
  if (peer.sent_total - peer.taken_total > config_.limits.send_queue_soft) return false;
  const Request request = std::move(peer.outbox.front());
  peer.outbox.pop_front();
  const ConnectionId id = peer.id;
  // An ack without an id is for a session; without one it would be answered.
  if (request.act == Act::ack && !history_.is_ready(id)) return true;
  history_.offered(id, request, clock_.moment.mono);
  if (request.act == Act::eof) {
    peer.outbox.clear();
    core_->on_eof(id);
    return true;
  }
  ByteBuffer padded;
  padded.append(request.json);
  peer.is_released = false;
  if (!core_->on_frame(id, padded.bytes()) && !peer.is_released) peer.is_held = true;
  return true;
}

bool SimWorld::finish_closing(Peer& peer) {
  if (!peer.closing) return false;
  // What was sent leaves first, if the peer takes it.
  if (!peer.is_stalled) history_.taken(peer.id, peer.sent_total, false);
  const ConnectionId id = peer.id;
  const CloseReason reason = *peer.closing;
  trace_.note("{} has ended", id.value());
  core_->on_closed(id, reason);
  history_.closed(id);
  peers_.erase(id);
  return true;
}

void SimWorld::steps(std::size_t count) {
  for (; count > 0 && !failed() && step(); --count) {
  }
}

void SimWorld::settle() {
  for (int i = 0; i < kStepsMax; ++i) {
    if (failed() || !step()) return;
  }
  trace_.violate("rest", "still busy after {} steps", kStepsMax);
}

// Serves every deadline at its time; what else happens meanwhile, happens at any of these times.
void SimWorld::advance(Duration by) {
  trace_.note("advance {} ms", std::chrono::duration_cast<std::chrono::milliseconds>(by).count());
  const TimePoint end = clock_.moment.mono + by;
  for (int i = 0; i < kStepsMax && !failed(); ++i) {
    const TimePoint next = std::max(core_->next_deadline(), clock_.moment.mono);
    clock_.advance(std::min(next, end) - clock_.moment.mono);
    store_.note_time(clock_.moment.wall);
    if (next > end) return;
    core_->tick();
    history_.ticked(clock_.moment.mono);
    steps(random_.below(20));
  }
  trace_.violate("rest", "time stands still");
}

// --- what the core does to its connections

SimWorld::Peer* SimWorld::find(ConnectionId id) {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : &found->second;
}

void SimWorld::send(ConnectionId id, std::string_view frames) {
  Peer* peer = find(id);
  if (!peer || peer->closing) return;
  std::string bytes(frames);
  std::span<char> rest(bytes);
  while (!rest.empty()) {
    const wire::FrameCut cut = wire::next_frame(rest, wire::kServerFrameMax);
    SOCKCHAT_CHECK(cut.state == wire::FrameState::complete);
    peer->sent_total += cut.consumed;
    rest = rest.subspan(cut.consumed);
    spoil_and_tell(*peer, std::string(cut.payload.data(), cut.payload.size()));
  }
  const std::uint64_t unsent = peer->sent_total - peer->taken_total;
  if (unsent > config_.limits.send_queue_hard)
    trace_.violate("bound", "{}: {} bytes of output wait", id.value(), unsent);
}

void SimWorld::multicast(std::span<const ConnectionId> ids, std::string_view frames) {
  for (const ConnectionId id : ids) send(id, frames);
}

// What the peer will see of it, with a fault planted.
void SimWorld::spoil_and_tell(Peer& peer, std::string frame) {
  const bool is_event = !frame.starts_with(R"({"status")");
  const bool is_delivery = is_event && frame.find(R"("mid":)") != std::string::npos;
  if (is_delivery && plant_ != Plant::none && random_.chance(10)) {
    if (plant_ == Plant::drop_delivery) return;
    if (plant_ == Plant::deliver_twice) tell_history(peer, frame);
    if (plant_ == Plant::alter_text) frame.replace(frame.find("text "), 5, "tent ");
    if (plant_ == Plant::reorder && peer.swapped.empty()) {
      peer.swapped = std::move(frame);
      return;
    }
  }
  const auto begins = [&frame](std::string_view words) { return frame.starts_with(words); };
  if (plant_ == Plant::relay_twice && begins(R"({"command":"relay")")) tell_history(peer, frame);
  if (plant_ == Plant::introduce_early && begins(R"({"command":"startprivate")")) {
    std::string early = frame;
    early.replace(early.find("startprivate"), 12, "introduce");
    early.replace(early.find("\"]"), 2, R"(","127.0.0.1","5000",""])");
    tell_history(peer, frame);
    return tell_history(peer, early);
  }
  tell_history(peer, frame);
  if (is_delivery && !peer.swapped.empty()) tell_history(peer, std::exchange(peer.swapped, {}));
}

void SimWorld::tell_history(Peer& peer, std::string_view frame) {
  ByteBuffer padded;
  padded.append(frame);
  const Result<wire::ServerFrame> read = reader_.read(padded.bytes());
  if (!read) return trace_.violate("reply", "not a frame: {}", frame);
  if (read->kind == wire::ServerFrameKind::event && read->command == "ping")
    peer.pings.push_back(peer.sent_total);
  if (read->token) peer.tokens.emplace_back(peer.sent_total, *read->token);
  history_.sent(peer.id, *read, peer.sent_total, clock_.moment.mono);
}

void SimWorld::release(ConnectionId id) {
  Peer* peer = find(id);
  if (!peer) return;
  peer->is_held = false;
  peer->is_released = true;
}

void SimWorld::close(ConnectionId id, CloseReason reason) {
  Peer* peer = find(id);
  if (!peer) return;
  history_.closing(id, reason);
  peer->closing = reason;
}

void SimWorld::note(const server_core::JournalEntry& entry) {
  if (entry.notice == server_core::Notice::logged_in)
    history_.logged_in(entry.connection, entry.user, clock_.moment.mono);
  if (entry.notice == server_core::Notice::logged_out)
    history_.logged_out(entry.connection, entry.detail, clock_.moment.mono);
}

}  // namespace sockchat::sim
