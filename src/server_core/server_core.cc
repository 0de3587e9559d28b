#include "sockchat/server_core/server_core.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server_core/core.h"
#include "server_core/replies.h"
#include "server_core/strikes.h"
#include "sockchat/base/check.h"
#include "sockchat/wire/events.h"

namespace sockchat::server_core {
namespace {

constexpr std::uint8_t kStrikesMax = 3;
// Names whose failures are remembered, unknown ones included: about 10 MiB at most.
constexpr std::size_t kLockoutNamesMax = 65'536;

void dispatch(Core& core, Line& line, const wire::Request& request) {
  const CommandSpec* spec = find_command(request.command);
  if (!spec) {
    core.scratch.clear();
    encode_error(core.scratch, request.command, request.id, Errc::unknown_command);
    core.lines.answer(line, core.scratch);
    return;
  }
  Context context{core, line, *spec, request};
  const bool logged_in = static_cast<bool>(line.session);
  if (spec->access == Access::in && !logged_in) return answer_error(context, Errc::not_logged_in);
  if (spec->access == Access::out && logged_in) return answer_error(context, Errc::already_logged_in);
  spec->run(context, request);
}

void log_out_idle(Core& core, Line& line) {
  const domain::Session* session = core.sessions.find(line.session);
  if (!session) return;
  const TimePoint expires = session->last_active + core.config.idle_timeout;
  if (core.now().mono < expires) return core.deadlines.arm(expires, line.id, Due::idle);
  core.router.close(line, "timeout");
  core.lines.end(line, CloseReason::idle_timeout);
}

void check_silence(Core& core, Line& line) {
  const Limits& limits = core.config.limits;
  const domain::Session* session = core.sessions.find(line.session);
  // It is we who do not read: what the peer says waits in the socket. A peer that takes no output meanwhile
  // is ended as send_stalled.
  if (!Lines::is_read(line) || (session && session->feed.unsent() > limits.send_queue_soft)) {
    line.last_heard = core.now().mono;
  }
  const Duration silent = core.now().mono - line.last_heard;
  if (silent >= limits.dead_seconds) {
    core.met(&Limits::dead_seconds, line);
    core.router.close(line, name_of(CloseReason::dead_peer));
    core.lines.end_now(line, CloseReason::dead_peer);
    return;
  }
  if (silent >= limits.ping_seconds && !line.pinged) {
    core.counters.count(&Limits::ping_seconds);
    line.pinged = true;
    core.scratch.clear();
    wire::PingEvent{}.encode(core.scratch);
    core.lines.send(line, core.scratch);
  }
  const Duration patience =
      line.pinged ? limits.dead_seconds : std::min(limits.ping_seconds, limits.dead_seconds);
  core.deadlines.arm(line.last_heard + patience, line.id, Due::silence);
}

void fall_due(Core& core, Line& line, Due due) {
  switch (due) {
    case Due::login:
      if (line.session) break;
      core.met(&Limits::login_seconds, line);
      core.lines.end_now(line, CloseReason::login_timeout);
      break;
    case Due::silence:
      check_silence(core, line);
      break;
    case Due::idle:
      log_out_idle(core, line);
      break;
    case Due::throttle:
      core.lines.go_on(line, Wait::throttle);
      break;
    case Due::claim:
      core.router.grant_claim(line);
      break;
    case Due::invitation:
      if (const domain::Session* session = core.sessions.find(line.session))
        core.privates.expire(session->user);
      break;
    case Due::refetch:
      if (domain::Session* session = core.sessions.find(line.session)) core.router.catch_up(*session);
      break;
  }
}

void restore(Core& core, domain::Snapshot snapshot) {
  const Moment now = core.now();
  std::size_t there = 0;
  for (domain::Account& account : snapshot.accounts) {
    there += account.removed ? 0 : 1;
    core.directory.put(std::move(account));
  }
  for (const domain::BlockRecord& block : snapshot.blocks) core.blocklist.add(block);
  for (const domain::LockoutRecord& lockout : snapshot.lockouts) core.lockout.restore(lockout, now.wall);
  for (const domain::WaitingRecord& waiting : snapshot.waiting) core.mailboxes.add(waiting);
  core.router.begin_at(snapshot.newest);
  core.entrance.restore(snapshot);
  if (core.config.presence_history) {
    for (const domain::LogoutRecord& logout : snapshot.logouts) {
      core.presence_log.went_offline(logout.user,
                                     now.mono - std::max(Duration::zero(), Duration(now.wall - logout.time)));
    }
  }
  core.journal.note({.notice = Notice::started, .number = there});
}

// Somebody worked on the data directory while we serve.
void apply_changes(Core& core, domain::AccountChanges changes) {
  for (domain::Account& account : changes.accounts) {
    const domain::Account* known = core.directory.find(account.id);
    if (!known) core.journal.note({.notice = Notice::account_added, .user = account.name.text()});
    const bool kick = known && !known->removed && account.removed;
    const bool kills_tokens = known && (kick || known->password_hash != account.password_hash);
    if (kills_tokens) core.entrance.drop_all(account.id);
    if (known) {
      // What this process counts itself is newer here than in the change.
      account.confirmed = std::max(account.confirmed, known->confirmed);
      account.last_login = known->last_login;
      account.failures_since = known->failures_since;
    }
    const UserId user = account.id;
    core.directory.put(std::move(account));
    if (!kick) continue;
    core.journal.note({.notice = Notice::account_removed, .user = core.directory.name_of(user)});
    const domain::Session* session = core.sessions.find_user(user);
    Line* line = session ? core.lines.find(session->connection) : nullptr;
    if (!line) continue;
    core.router.close(*line, "kicked");
    core.lines.end(*line, CloseReason::kicked);
  }
  core.lockout.replace_all(changes.lockouts, core.now().wall);
}

void spend_token(Core& core, const Line& line) {
  if (const domain::Session* session = core.sessions.find(line.session))
    core.entrance.spend_replaced(session->user, session->family);
}

}  // namespace

Core::Core(Config given, Ports ports)
    : config(std::move(given)),
      store(ports.store),
      hasher(ports.hasher),
      token_source(ports.token_source),
      clock(ports.clock),
      journal(ports.journal),
      lockout(static_cast<std::uint32_t>(config.limits.login_failures), config.block_duration,
              kLockoutNamesMax),
      mailboxes(config.limits.mailbox_messages, config.limits.mailbox_bytes),
      lines(config.limits, counters, sessions, ports.links),
      router(*this),
      entrance(*this),
      desk(*this),
      privates(*this) {}

void Core::met(LimitField limit, const Line& line) {
  counters.count(limit);
  journal.note({.notice = Notice::limited,
                .connection = line.id,
                .detail = line.address,
                .limit = spec_of(limit).name});
}

domain::Session& Context::session() const {
  domain::Session* session = core.sessions.find(line.session);
  SOCKCHAT_CHECK(session);
  return *session;
}

PendingReply Context::defer() const { return {line.id, core.lines.expect(line), spec.name, request.id}; }

void strike(Core& core, Line& line, std::string_view command, const wire::RequestId& id,
            std::string_view why) {
  core.scratch.clear();
  encode_error(core.scratch, command, id, Errc::bad_request, {.sentence = why});
  core.lines.answer(line, core.scratch);
  if (++line.strikes < kStrikesMax) return;
  core.router.close(line, "bad_requests");
  core.lines.end(line, CloseReason::bad_requests);
}

ServerCore::ServerCore(Config config, Ports ports)
    : core_(std::make_unique<Core>(std::move(config), ports)) {}

ServerCore::~ServerCore() = default;

void ServerCore::start(Completion<Result<void>> ready) {
  const Limits& limits = core_->config.limits;
  core_->store.load(
      {.now = core_->now().wall,
       .waiting_not_before = core_->offered_since(),
       .tokens_not_before = core_->wall_before(limits.token_days),
       .absent_since = core_->wall_before(limits.dead_seconds)},
      [core = core_.get(), ready = std::move(ready)](Result<domain::Snapshot> snapshot) mutable {
        if (!snapshot) return ready(tl::unexpected(snapshot.error()));
        restore(*core, std::move(*snapshot));
        core->store.watch_accounts(
            [core](domain::AccountChanges changes) { apply_changes(*core, std::move(changes)); });
        ready({});
      });
}

bool ServerCore::needs_import(const domain::UserName& name) const {
  return !core_->directory.knows(name.text());
}

void ServerCore::announce_imports(std::span<const domain::UserName> names) { core_->desk.announce(names); }

void ServerCore::import_account(domain::UserName name, std::string password_hash,
                                Completion<Result<void>> stored) {
  core_->store.add_account(
      name, std::move(password_hash), core_->now().wall,
      [core = core_.get(), name, stored = std::move(stored)](Result<domain::Account> account) mutable {
        if (account) core->directory.put(*account);
        core->desk.arrived(name.text());
        if (account) return stored({});
        stored(tl::unexpected(account.error()));
      });
}

void ServerCore::end_imports() { core_->desk.end_imports(); }

void ServerCore::on_open(ConnectionId id, std::string address) {
  const TimePoint now = core_->now().mono;
  core_->journal.note({.notice = Notice::connected, .connection = id, .detail = address});
  Line& line = core_->lines.open(id, std::move(address), now);
  core_->deadlines.arm(now + core_->config.limits.login_seconds, id, Due::login);
  if (core_->stopping) core_->lines.end_now(line, CloseReason::shutdown);
}

bool ServerCore::on_frame(ConnectionId id, std::span<char> json) {
  Line* line = core_->lines.find(id);
  if (!line || !Lines::is_read(*line)) return false;
  line->last_heard = core_->now().mono;
  line->pinged = false;
  if (line->challenge) core_->router.refuse_claim(*line);
  if (std::exchange(line->resumed, false)) spend_token(*core_, *line);
  const wire::RequestReading reading = core_->reader.read(json);
  if (reading.error) {
    strike(*core_, *line, reading.request.command, reading.request.id, reading.error->text);
  } else {
    const std::uint8_t strikes = line->strikes;
    dispatch(*core_, *line, reading.request);
    // A misplaced hello is well-formed and yet a bad request.
    if (line->strikes == strikes) line->strikes = 0;
  }
  line->asked = true;
  return Lines::is_read(*line);
}

void ServerCore::on_bad_frame(ConnectionId id) {
  Line* line = core_->lines.find(id);
  if (!line || line->ending) return;
  core_->met(line->session ? &Limits::frame_max : &Limits::frame_max_login, *line);
  core_->scratch.clear();
  encode_error(core_->scratch, {}, {}, Errc::bad_frame);
  core_->lines.answer(*line, core_->scratch);
  core_->router.close(*line, "bad_frame");
  core_->lines.end(*line, CloseReason::bad_frame);
}

void ServerCore::on_plaintext_refused(ConnectionId id) {
  Line* line = core_->lines.find(id);
  if (!line || line->ending) return;
  core_->scratch.clear();
  encode_error(core_->scratch, {}, {}, Errc::tls_required);
  core_->lines.answer(*line, core_->scratch);
  core_->lines.end(*line, CloseReason::tls_required);
}

void ServerCore::on_eof(ConnectionId id) {
  Line* line = core_->lines.find(id);
  if (!line) return;
  core_->router.close(*line, name_of(CloseReason::peer_closed));
  core_->lines.end(*line, CloseReason::peer_closed);
}

void ServerCore::on_written(ConnectionId id, std::uint64_t total) {
  if (Line* line = core_->lines.find(id)) core_->router.on_written(*line, total);
}

void ServerCore::on_closed(ConnectionId id, CloseReason reason) {
  Line* line = core_->lines.find(id);
  if (!line) return;
  line->closed = true;
  core_->router.close(*line, name_of(reason));
  core_->journal.note({.notice = Notice::disconnected, .connection = id, .reason = reason});
  core_->lines.erase(id);
}

void ServerCore::on_limit(LimitField limit, ConnectionId id, std::string_view address) {
  core_->counters.count(limit);
  core_->journal.note(
      {.notice = Notice::limited, .connection = id, .detail = address, .limit = spec_of(limit).name});
}

Counters& ServerCore::counters() { return core_->counters; }

std::size_t ServerCore::strangers() const { return core_->lines.strangers(); }

std::size_t ServerCore::frame_max(ConnectionId id) const {
  const Line* line = core_->lines.find(id);
  const bool logged_in = line && line->session;
  return logged_in ? core_->config.limits.frame_max : core_->config.limits.frame_max_login;
}

void ServerCore::tick() {
  Core& core = *core_;
  const TimePoint now = core.now().mono;
  while (const auto deadline = core.deadlines.take_due(now)) {
    Line* line = core.lines.find(deadline->connection);
    if (line && !line->ending) fall_due(core, *line, deadline->due);
  }
  if (now >= core.router.confirms_at()) core.router.send_confirmations();
  if (core.deadlines.size() > 8 * core.lines.size() + 1024) {
    core.deadlines.sweep([&core](ConnectionId id) { return core.lines.find(id) != nullptr; });
  }
}

TimePoint ServerCore::next_deadline() const {
  return std::min(core_->deadlines.next(), core_->router.confirms_at());
}

void ServerCore::adjust(bool registration_open, const Limits& limits) {
  core_->config.registration_open = registration_open;
  Limits& ours = core_->config.limits;
  for (const auto rate :
       {&Limits::message_rate, &Limits::message_burst, &Limits::broadcast_rate, &Limits::broadcast_burst,
        &Limits::query_rate, &Limits::query_burst, &Limits::private_invites_minute})
    ours.*rate = limits.*rate;
}

void ServerCore::begin_shutdown() {
  core_->stopping = true;
  std::vector<ConnectionId> open;
  open.reserve(core_->lines.size());
  for (const auto& [id, line] : core_->lines.all()) open.push_back(id);
  std::ranges::sort(open);
  for (const ConnectionId id : open) {
    Line& line = *core_->lines.find(id);
    // Ended before the session goes, so that nobody is told of everybody's leaving.
    core_->lines.end(line, CloseReason::shutdown);
  }
  core_->desk.stop();
  core_->router.send_confirmations();
}

std::size_t ServerCore::sessions() const { return core_->sessions.size(); }

std::size_t ServerCore::connections() const { return core_->lines.size(); }

}  // namespace sockchat::server_core
