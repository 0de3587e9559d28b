#include "client/client.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <utility>

#include "sockchat/base/check.h"
#include "sockchat/base/limits.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client {
namespace {

using client_core::ExitCode;

constexpr int kFramesPerTurn = 64;
constexpr int kLinesPerTurn = 64;

net::ConnectionLimits connection_limits() {
  const Limits limits;
  return {.turn_bytes = limits.turn_bytes,
          .send_queue_soft = limits.send_queue_soft,
          .send_queue_hard = limits.send_queue_hard,
          .send_stall = limits.send_stall_seconds,
          .linger = limits.shutdown_seconds};
}

}  // namespace

Client::Client(net::Reactor& reactor, Console& console, client_core::ClientConfig config,
               std::vector<net::SocketAddress> addresses, client_core::ClientMemory* memory,
               PasswordSource password)
    : reactor_(reactor),
      console_(console),
      server_(config.server),
      addresses_(std::move(addresses)),
      password_(std::move(password)),
      core_(std::move(config), *this, memory) {
  // Before the table: what flush() below confirms to the server leaves in the same turn.
  reactor_.join_turn(*this);
  net::ConnectionObserver& observer = *this;  // make_unique does not see private bases
  table_ = std::make_unique<net::ConnectionTable>(reactor_, observer, connection_limits());
  connect();
}

Client::~Client() {
  reactor_.cancel(timer_);
  reactor_.leave_turn(*this);
}

void Client::on_connect(Result<net::UniqueFd> socket) {
  connector_.reset();
  const auto adopted = socket ? table_->adopt(*std::move(socket))
                              : tl::unexpected(socket.error());
  if (adopted) {
    was_connected_ = true;
    connection_ = *adopted;
    paused_ = false;
    return core_.on_connected(now());
  }
  if (was_connected_) return core_.on_unreachable(now());
  complain(fmt::format("Error. Cannot connect to {}: {}", server_, adopted.error().text));
  finish(ExitCode::unreachable);
}

void Client::interrupt() {
  if (std::exchange(interrupted_, true) || finished_) return end(finished_.value_or(ExitCode::done));
  core_.on_interrupt(now());
}

// --- what the core wants

void Client::connect() {
  disconnect();
  connector_ = std::make_unique<net::Connector>(
      reactor_, addresses_, kConnectPatience,
      [this](Result<net::UniqueFd> socket, const net::SocketAddress&) { on_connect(std::move(socket)); });
}

// What the table still says about that connection is about nobody.
void Client::disconnect() {
  connector_.reset();
  table_->close(std::exchange(connection_, {}), CloseReason::user_quit);
}

void Client::send(std::string_view frames) { table_->send(connection_, frames); }

void Client::print(std::string_view line) {
  unflushed_ = true;
  console_.print(line);
}

void Client::complain(std::string_view line) {
  unflushed_ = true;
  console_.complain(line);
}

void Client::ask(client_core::Asking asking) {
  unflushed_ = true;
  console_.ask(asking);
}

std::string Client::fresh_cid() { return fmt::format("{:016x}{:016x}", random(), random()); }

std::uint64_t Client::random() {
  std::uint64_t number = 0;
  // So few bytes are given whole or, before the kernel is seeded, waited for.
  SOCKCHAT_CHECK(::getrandom(&number, sizeof(number), 0) == static_cast<ssize_t>(sizeof(number)));
  return number;
}

std::optional<Secret> Client::read_password() { return password_ ? password_() : std::nullopt; }

void Client::finish(ExitCode code) {
  unflushed_ = true;
  finished_ = code;
  disconnect();
}

void Client::end(ExitCode code) {
  exit_code_ = code;
  reactor_.stop();
}

// --- what the server sends

std::size_t Client::on_input(ConnectionId id, std::span<char> input) {
  std::size_t consumed = 0;
  for (int frames = 0; !finished_ && !paused_ && id == connection_; ++frames) {
    if (frames == kFramesPerTurn) {
      table_->revisit(id);
      break;
    }
    const wire::FrameCut cut = wire::next_frame(input.subspan(consumed), wire::kServerFrameMax);
    if (cut.state == wire::FrameState::bad) core_.on_bad_frame(now());
    if (cut.state != wire::FrameState::complete) break;
    core_.on_frame(cut.payload, now());
    consumed += cut.consumed;
    regulate();
  }
  return consumed;
}

void Client::on_eof(ConnectionId id) {
  if (id == connection_) core_.on_lost(now());
}

void Client::on_close(ConnectionId id, CloseReason) {
  if (id == connection_) core_.on_lost(now());
}

// A reader that is slower than the server slows the server down, and not only fills our memory.
void Client::regulate() {
  const bool full = paused_ ? console_.queued() > 0 : console_.queued() > kUnreadMax;
  if (full == paused_) return;
  paused_ = full;
  core_.on_reading(!paused_, now());
  if (paused_) {
    table_->pause(connection_);
  } else {
    table_->resume(connection_);
  }
}

// --- the turn

bool Client::may_type() const {
  return !finished_ && core_.wants_line() && table_->queued_bytes(connection_) < Limits().send_queue_soft;
}

void Client::revisit() {
  console_.read(may_type());
  for (int lines = 0; lines < kLinesPerTurn; ++lines) {
    const std::optional<Typed> typed = console_.take(may_type());
    if (!typed) return;
    switch (typed->kind) {
      case Typed::Kind::line:
        core_.on_line(typed->line.reveal(), now());
        break;
      case Typed::Kind::end:
        core_.on_end_of_input(now());
        break;
      case Typed::Kind::interrupt:
        interrupt();
        break;
    }
  }
}

bool Client::has_revisits() const { return unflushed_ || console_.has_input(may_type()); }

void Client::flush() {
  unflushed_ = false;
  console_.flush();
  // Nobody is left to talk to; the server takes the lost connection for a logout.
  if (console_.broken()) return end(ExitCode::done);
  if (console_.queued() == 0) core_.on_flushed();
  regulate();
  if (finished_ && (console_.queued() == 0 || interrupted_)) return end(*finished_);
  arm_timer();
}

void Client::arm_timer() {
  const TimePoint deadline = core_.next_deadline();
  if (deadline == timer_at_) return;
  reactor_.cancel(timer_);
  timer_at_ = deadline;
  if (deadline == kNever) return;
  timer_ = reactor_.schedule(deadline, [this] {
    timer_at_ = kNever;
    core_.tick(now());
  });
}

}  // namespace sockchat::client
