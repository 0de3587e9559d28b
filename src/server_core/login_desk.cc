#include "server_core/login_desk.h"

#include <algorithm>
#include <utility>

#include "server_core/core.h"
#include "server_core/replies.h"
#include "sockchat/base/check.h"

namespace sockchat::server_core {

namespace {

// Under way for each thread that hashes, counted on disk or hashed: enough to keep it busy over a commit of
// 150 ms, and few enough that whose turn it is does not wait long behind them.
constexpr std::size_t kAheadMax = 8;
// About 8 MiB.
constexpr std::size_t kAddressesMax = 65'536;

}  // namespace

LoginDesk::LoginDesk(Core& core)
    : core_(core),
      queue_(core.config.limits),
      checking_max_(kAheadMax * core.config.limits.hash_workers),
      address_failures_(std::max<std::size_t>(core.config.limits.address_login_failures_hour, 1),
                        kAddressesMax) {}

std::optional<Refusal> LoginDesk::submit(Attempt attempt) {
  Line* line = core_.lines.find(attempt.connection);
  SOCKCHAT_CHECK(line);
  attempt.address = line->group;
  attempt.key = core_.hasher.digest(attempt.user);
  if (const auto refusal = shut(attempt, *line)) return refusal;
  if (const auto limit = queue_.obstacle(attempt.address)) {
    core_.met(*limit, *line);
    const bool is_shared = *limit == LimitField(&Limits::hash_queue);
    const auto displaced = is_shared ? queue_.displace_for(attempt.address) : std::nullopt;
    if (!displaced) return Refusal{};
    refuse_waiting(*displaced, {});
  }
  core_.lines.begin_slow(*line);
  // What follows has to see its outcome.
  core_.lines.wait(*line, Wait::login);
  queue_.push(std::move(attempt));
  advance();
  return std::nullopt;
}

// Before anything is hashed. The address comes first: what is said of it must not depend on the name.
std::optional<Refusal> LoginDesk::shut(const Attempt& attempt, const Line& line) {
  if (attempt.purpose == Purpose::registration) return std::nullopt;
  if (counts_failures(attempt)) {
    if (const auto left = address_failures_.refused_for(attempt.address, core_.now().mono)) {
      core_.met(&Limits::address_login_failures_hour, line);
      return Refusal{Errc::rate_limited, seconds_up(*left)};
    }
  }
  if (const auto left = core_.lockout.locked_for(attempt.key, core_.now().wall)) {
    core_.met(&Limits::login_failures, line);
    return Refusal{Errc::locked, seconds_up(*left)};
  }
  return std::nullopt;
}

bool LoginDesk::counts_failures(const Attempt& attempt) const {
  return core_.config.limits.address_login_failures_hour > 0 && core_.counts_addresses(attempt.address);
}

void LoginDesk::announce(std::span<const domain::UserName> names) {
  for (const domain::UserName& name : names) announced_.insert(name.text());
}

void LoginDesk::arrived(const std::string& name) {
  announced_.erase(name);
  advance();
}

void LoginDesk::end_imports() {
  announced_.clear();
  advance();
}

void LoginDesk::stop() { advance(); }

// Starts whatever may, as far as the hasher is to be kept busy.
void LoginDesk::advance() {
  while (checking_ < checking_max_) {
    auto next = queue_.take([this](const Attempt& attempt) {
      return !under_way_.contains(attempt.key) && (core_.stopping || !announced_.contains(attempt.user));
    });
    if (!next) return;
    begin(*std::move(next));
  }
}

void LoginDesk::begin(Attempt attempt) {
  const Line* line = core_.lines.find(attempt.connection);
  const bool is_there = line && !line->closed;
  auto refusal = is_there ? shut(attempt, *line) : Refusal{};
  if (announced_.contains(attempt.user)) refusal = Refusal{};
  if (refusal) {
    queue_.done(attempt.address);
    return is_there ? refuse_waiting(attempt, *refusal) : release(attempt.connection);
  }
  ++checking_;
  const Key key = attempt.key;
  const Purpose purpose = attempt.purpose;
  under_way_.emplace(key, UnderWay{.attempt = std::move(attempt)});
  purpose == Purpose::registration ? register_user(key) : start(key);
}

// It makes room for the next. What is left of it costs the hasher nothing.
void LoginDesk::checked(const Key& key) {
  UnderWay& under_way = under_way_.at(key);
  if (!std::exchange(under_way.is_checking, false)) return;
  --checking_;
  queue_.done(under_way.attempt.address);
}

void LoginDesk::start(const Key& key) {
  if (counts_failures(front(key))) address_failures_.count(front(key).address, core_.now().mono);
  const domain::LockoutRecord before = core_.lockout.current(key);
  const domain::LockoutRecord counted = core_.lockout.record_failure(key, core_.now().wall);
  core_.store.save_lockout(counted, [this, key, before, counted](Result<void> stored) {
    if (stored) {
      // What the store told meanwhile, of an operator at work, may have been read before this was counted.
      core_.lockout.restore(counted, core_.now().wall);
      return check(key, before);
    }
    core_.lockout.restore(before, core_.now().wall);
    if (counts_failures(front(key))) address_failures_.take_back(front(key).address);
    refuse(key, stored.error().code);
    advance();
  });
}

void LoginDesk::check(const Key& key, const domain::LockoutRecord& before) {
  Attempt& attempt = front(key);
  const domain::Account* account = core_.directory.find(attempt.user);
  // Without an account the hasher does the same work for nothing: the time must not tell.
  std::string stored_hash = account ? account->password_hash : std::string();
  const bool accepted = core_.hasher.verify(std::move(stored_hash), std::exchange(attempt.password, {}),
                                            [this, key, before](domain::PasswordVerdict verdict) {
                                              verdict.undecided ? not_checked(key, before)
                                                                : on_verdict(key, std::move(verdict));
                                            });
  if (!accepted) not_checked(key, before);
}

// It was counted before it was checked, and is no failure of anybody.
void LoginDesk::not_checked(const Key& key, const domain::LockoutRecord& before) {
  take_back(before);
  if (counts_failures(front(key))) address_failures_.take_back(front(key).address);
  refuse(key, Errc::busy);
  advance();
}

// Once more when it is stored: as above, what the store told meanwhile may be older.
void LoginDesk::take_back(const domain::LockoutRecord& to) {
  core_.lockout.restore(to, core_.now().wall);
  core_.store.save_lockout(to, [this, to](Result<void> stored) {
    if (stored) core_.lockout.restore(to, core_.now().wall);
  });
}

void LoginDesk::on_verdict(const Key& key, domain::PasswordVerdict verdict) {
  if (verdict.correct && core_.directory.find(front(key).user)) {
    right(key, std::move(verdict.replacement_hash));
  } else {
    wrong(key);
  }
}

void LoginDesk::wrong(const Key& key) {
  const Attempt& attempt = front(key);
  const domain::Account* account = core_.directory.find(attempt.user);
  if (account) ++core_.directory.edit(account->id)->failures_since;
  // For an unknown name too: a commit less would be seen in the time of what is asked next.
  core_.store.count_failure(account ? account->id : UserId(), [](Result<void>) {});
  const std::string_view known_name = account ? std::string_view(account->name.text()) : std::string_view();
  const auto shut = core_.lockout.locked_for(key, core_.now().wall);
  core_.journal.note({.notice = shut ? Notice::locked_out : Notice::login_refused,
                      .connection = attempt.connection,
                      .user = known_name,
                      .code = Errc::bad_credentials});
  if (shut) {
    refuse(key, Errc::locked,
           {.sentence = "Invalid Password. Your account has been blocked. Please try again later",
            .retry_after = seconds_up(*shut),
            .attempts_left = 0});
  } else {
    refuse(key, Errc::bad_credentials, {.attempts_left = core_.lockout.attempts_left(key, core_.now().wall)});
  }
  advance();
}

void LoginDesk::right(const Key& key, std::string replacement_hash) {
  const Attempt& attempt = front(key);
  const UserId user = core_.directory.find(attempt.user)->id;
  if (counts_failures(attempt)) address_failures_.take_back(attempt.address);
  if (const auto cleared = core_.lockout.record_success(key)) take_back(*cleared);
  if (!replacement_hash.empty()) {
    // Known here when the store has it: until then what the store tells of accounts has the old one, and a
    // difference would look like an operator's new password.
    core_.store.set_password(user, replacement_hash, {}, [this, user, replacement_hash](Result<void> stored) {
      if (stored) core_.directory.edit(user)->password_hash = replacement_hash;
    });
  }
  if (attempt.purpose == Purpose::password_change) return change_password(key, user);
  enter(key, user);
}

void LoginDesk::enter(const Key& key, UserId user) {
  checked(key);
  const Attempt& attempt = front(key);
  core_.entrance.enter({.connection = attempt.connection,
                        .user = user,
                        .command = attempt.command,
                        .id = attempt.id,
                        .resumption = std::nullopt,
                        .answer = [this, key](Result<std::string_view> ok) {
                          if (ok) {
                            answer(key, *ok);
                            core_.router.begin_feed(*line_of(key));
                            finish(key);
                          } else {
                            refuse(key, ok.error().code);
                          }
                          advance();
                        }});
  advance();
}

void LoginDesk::change_password(const Key& key, UserId user) {
  const bool accepted = core_.hasher.hash(std::exchange(front(key).new_password, {}),
                                          [this, key, user](Result<std::string> hash) {
                                            if (hash) return store_password(key, user, *std::move(hash));
                                            refuse(key, Errc::internal);
                                            advance();
                                          });
  if (accepted) return;
  refuse(key, Errc::busy);
  advance();
}

// Whoever has a token of the account, but for the one who asks, has to know the new password.
void LoginDesk::store_password(const Key& key, UserId user, std::string hash) {
  checked(key);
  const Line* line = line_of(key);
  const domain::Session* session = line ? core_.sessions.find(line->session) : nullptr;
  std::vector<domain::TokenDigest> drops = core_.entrance.others(user, session ? session->family : LoginId());
  core_.entrance.dropped(drops);
  core_.store.set_password(user, hash, std::move(drops), [this, key, user, hash](Result<void> stored) {
    if (!stored) {
      refuse(key, stored.error().code);
      return advance();
    }
    core_.directory.edit(user)->password_hash = hash;
    core_.journal.note({.notice = Notice::password_changed, .user = core_.directory.name_of(user)});
    core_.scratch.clear();
    encode_ok(core_.scratch, front(key).command, front(key).id, {});
    answer(key, core_.scratch);
    finish(key);
    advance();
  });
}

void LoginDesk::register_user(const Key& key) {
  Attempt& attempt = front(key);
  const auto name = domain::UserName::parse_new(attempt.user, core_.config.limits.name_max);
  SOCKCHAT_CHECK(name.has_value());
  if (core_.directory.is_taken(*name)) {
    refuse(key, Errc::name_taken);
    return advance();
  }
  const bool accepted = core_.hasher.hash(
      std::exchange(attempt.password, {}), [this, key, name = *name](Result<std::string> hash) {
        if (!hash) {
          refuse(key, Errc::internal);
          return advance();
        }
        // Hashing took its time: a name that differs only in case may have been quicker.
        if (core_.directory.is_taken(name) || !registering_.insert(name.folded()).second) {
          refuse(key, Errc::name_taken);
          return advance();
        }
        core_.store.add_account(name, std::move(*hash), core_.now().wall,
                                [this, key, name](Result<domain::Account> account) {
                                  registering_.erase(name.folded());
                                  on_registered(key, std::move(account));
                                });
      });
  if (accepted) return;
  refuse(key, Errc::busy);
  advance();
}

void LoginDesk::on_registered(const Key& key, Result<domain::Account> account) {
  if (!account) {
    refuse(key, account.error().code);
    return advance();
  }
  const UserId user = account->id;
  core_.journal.note({.notice = Notice::registered, .user = account->name.text()});
  core_.directory.put(std::move(*account));
  enter(key, user);
}

// --- the attempt under way

Attempt& LoginDesk::front(const Key& key) { return under_way_.at(key).attempt; }

Line* LoginDesk::line_of(const Key& key) { return core_.lines.find(front(key).connection); }

void LoginDesk::refuse(const Key& key, Errc code) { refuse(key, code, {}); }

void LoginDesk::refuse(const Key& key, Errc code, const ErrorDetail& detail) {
  const Attempt& attempt = front(key);
  core_.scratch.clear();
  encode_error(core_.scratch, attempt.command, attempt.id, code, detail);
  answer(key, core_.scratch);
  finish(key);
}

void LoginDesk::answer(const Key& key, std::string_view frame) {
  if (Line* line = line_of(key)) core_.lines.send(*line, frame);
}

// The attempt is over, whatever became of it; its connection is read again.
void LoginDesk::finish(const Key& key) {
  checked(key);
  const ConnectionId connection = front(key).connection;
  under_way_.erase(key);
  release(connection);
}

void LoginDesk::refuse_waiting(const Attempt& attempt, const Refusal& refusal) {
  core_.scratch.clear();
  encode_error(core_.scratch, attempt.command, attempt.id, refusal.code,
               {.retry_after = refusal.retry_after});
  if (Line* line = core_.lines.find(attempt.connection)) core_.lines.send(*line, core_.scratch);
  release(attempt.connection);
}

void LoginDesk::release(ConnectionId connection) {
  Line* line = core_.lines.find(connection);
  if (!line) return;
  core_.lines.go_on(*line, Wait::login);
  core_.lines.end_slow(*line);
}

}  // namespace sockchat::server_core
