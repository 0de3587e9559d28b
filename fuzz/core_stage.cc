#include "core_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/base/check.h"
#include "support/padded_text.h"

namespace sockchat::fuzz {
namespace {

using std::chrono::seconds;

constexpr std::size_t kConnectionsMax = 12;
constexpr std::size_t kWaitingMax = 64;
// Nothing that is done at one moment takes more: a core that does not come to rest is a finding.
constexpr int kStepsMax = 100'000;

}  // namespace

server_core::Config CoreStage::small_config() {
  server_core::Config config;
  config.block_duration = seconds(60);
  config.idle_timeout = seconds(200);
  config.registration_open = true;
  Limits& limits = config.limits;
  limits.send_queue_soft = 1024;
  limits.send_queue_hard = std::size_t{16} * 1024;
  limits.unconfirmed_max = 3;
  limits.requests_pending = 4;
  limits.mailbox_messages = 6;
  limits.block_list_max = 2;
  limits.message_rate = 5;
  limits.message_burst = 20;
  return config;
}

CoreStage::CoreStage(server_core::Config config)
    : config_(config),
      hasher_(executor_),
      memory_(executor_, storage::MemoryStoreLimits{}),
      store_(memory_, executor_, [this](test::StoreOperation) {
        if (faults_left_ == 0) return test::StoreFault::none;
        --faults_left_;
        return fault_;
      }) {
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
  settle();
  SOCKCHAT_CHECK(ready);
}

CoreStage::~CoreStage() {
  // Completions hold the core.
  executor_.drop_all();
}

void CoreStage::add_user(std::string_view name, std::string_view password) {
  const auto parsed = domain::UserName::parse(name, 32);
  SOCKCHAT_CHECK(parsed.has_value());
  core_->import_account(*parsed, fmt::format("hash:{}", password), [](const Result<void>&) {});
  settle();
  judge_.know(std::string(name), std::string(password));
}

std::optional<ConnectionId> CoreStage::open(std::string address) {
  if (wires_.size() == kConnectionsMax) return std::nullopt;
  const ConnectionId id(++last_connection_);
  wires_.try_emplace(id);
  judge_.opened(id);
  core_->on_open(id, std::move(address));
  return id;
}

std::optional<ConnectionId> CoreStage::pick(std::uint8_t which) const {
  if (wires_.empty()) return std::nullopt;
  return std::next(wires_.begin(), static_cast<std::ptrdiff_t>(which % wires_.size()))->first;
}

void CoreStage::say(ConnectionId id, std::string json) {
  Wire& wire = wires_.at(id);
  if (!json.empty() && wire.waiting.size() < kWaitingMax) wire.waiting.push_back(std::move(json));
}

void CoreStage::say_bad_length(ConnectionId id) {
  Wire& wire = wires_.at(id);
  if (std::exchange(wire.is_deaf, true) || wire.closing) return;
  judge_.offered_bad_frame(id);
  core_->on_bad_frame(id);
}

void CoreStage::end_input(ConnectionId id) {
  Wire& wire = wires_.at(id);
  if (std::exchange(wire.is_deaf, true) || wire.closing) return;
  core_->on_eof(id);
}

void CoreStage::vanish(ConnectionId id) {
  const Wire& wire = wires_.at(id);
  gone(id, wire.closing.value_or(CloseReason::peer_reset));
}

void CoreStage::stall(ConnectionId id, bool stalled) { wires_.at(id).is_stalled = stalled; }

void CoreStage::fail_next(test::StoreFault fault, std::size_t operations) {
  fault_ = fault;
  faults_left_ = operations;
}

// One thing of each kind that can happen now.
bool CoreStage::step() {
  bool moved = store_.commit_one();
  moved |= executor_.run_one();
  std::vector<ConnectionId> ids;
  for (const auto& [id, wire] : wires_) ids.push_back(id);
  for (const ConnectionId id : ids) {
    const auto wire = wires_.find(id);
    if (wire != wires_.end()) moved |= step_wire(id, wire->second);
  }
  return moved;
}

bool CoreStage::step_wire(ConnectionId id, Wire& wire) {
  if (wire.is_stalled) return false;
  if (wire.closing) {
    gone(id, *wire.closing);
    return true;
  }
  if (wire.told_total != wire.sent_total) {
    wire.told_total = wire.sent_total;
    core_->on_written(id, wire.told_total);
    return true;
  }
  if (wire.waiting.empty() || wire.is_held || wire.is_deaf) return false;
  offer_front(id, wire);
  return true;
}

void CoreStage::offer_front(ConnectionId id, Wire& wire) {
  const std::string json = std::move(wire.waiting.front());
  wire.waiting.pop_front();
  if (json.size() > core_->frame_max(id)) return say_bad_length(id);
  judge_.offered(id, json);
  test::PaddedText padded(json);
  wire.is_released = false;
  if (!core_->on_frame(id, padded.span()) && !wire.is_released) wire.is_held = true;
}

void CoreStage::settle() {
  for (int steps = 0; steps < kStepsMax; ++steps) {
    if (!step()) return;
  }
  check_failed("the core comes to rest", __FILE__, __LINE__);
}

void CoreStage::advance(Duration by) {
  const TimePoint end = now() + by;
  for (int steps = 0; steps < kStepsMax; ++steps) {
    const TimePoint next = std::max(core_->next_deadline(), now());
    clock_.advance(std::min(next, end) - now());
    if (next > end) return;
    core_->tick();
    settle();
  }
  check_failed("time goes on", __FILE__, __LINE__);
}

void CoreStage::come_to_rest() {
  faults_left_ = 0;
  hasher_.full = hasher_.without_memory = false;
  for (auto& [id, wire] : wires_) wire.is_stalled = false;
  settle();
  // A second login waits for the first session to prove that it lives.
  advance(seconds(10));
  settle();
  judge_.at_rest();
  for (const auto& [id, wire] : wires_) SOCKCHAT_CHECK(wire.waiting.empty() || wire.is_deaf);
}

void CoreStage::shut_down() {
  core_->begin_shutdown();
  settle();
  SOCKCHAT_CHECK(wires_.empty());
  SOCKCHAT_CHECK(core_->connections() == 0 && core_->sessions() == 0 && store_.in_flight() == 0);
}

std::string CoreStage::take_sent(ConnectionId id) {
  const auto wire = wires_.find(id);
  return wire == wires_.end() ? std::string() : std::exchange(wire->second.sent, {});
}

bool CoreStage::is_open(ConnectionId id) const {
  const auto wire = wires_.find(id);
  return wire != wires_.end() && !wire->second.closing;
}

void CoreStage::send(ConnectionId id, std::string_view frames) {
  const auto found = wires_.find(id);
  if (found == wires_.end() || found->second.closing) return;
  found->second.sent += frames;
  found->second.sent_total += frames.size();
  judge_.sent(id, frames);
}

void CoreStage::multicast(std::span<const ConnectionId> ids, std::string_view frames) {
  for (const ConnectionId id : ids) send(id, frames);
}

void CoreStage::release(ConnectionId id) {
  const auto found = wires_.find(id);
  if (found == wires_.end()) return;
  found->second.is_held = false;
  found->second.is_released = true;
}

void CoreStage::close(ConnectionId id, CloseReason reason) {
  const auto found = wires_.find(id);
  SOCKCHAT_CHECK(found != wires_.end() && !found->second.closing);  // told once
  found->second.closing = reason;
}

void CoreStage::note(const server_core::JournalEntry& entry) {
  if (entry.notice == server_core::Notice::logged_out) judge_.logged_out(entry.connection);
}

void CoreStage::gone(ConnectionId id, CloseReason reason) {
  core_->on_closed(id, reason);
  judge_.closed(id);
  wires_.erase(id);
}

}  // namespace sockchat::fuzz
