#include "server_core/login_desk.h"

#include <utility>

#include "server_core/core.h"
#include "server_core/replies.h"
#include "sockchat/base/check.h"

namespace sockchat::server_core {

bool LoginDesk::submit(Attempt attempt) {
  if (waiting_ >= core_.config.limits.hash_queue) return false;
  Line* line = core_.lines.find(attempt.connection);
  SOCKCHAT_CHECK(line);
  ++waiting_;
  core_.lines.begin_slow(*line);
  // A change may overtake and be overtaken; after a login everything else has to wait for it.
  if (attempt.purpose != Purpose::password_change) core_.lines.wait(*line, Wait::login);
  const Key key = core_.hasher.digest(attempt.user);
  queues_[key].attempts.push_back(std::move(attempt));
  advance(key);
  return true;
}

void LoginDesk::announce(std::span<const domain::UserName> names) {
  for (const domain::UserName& name : names) announced_.insert(name.text());
}

void LoginDesk::arrived(const std::string& name) {
  announced_.erase(name);
  advance(core_.hasher.digest(name));
}

void LoginDesk::end_imports() {
  const std::set<std::string> never_came = std::exchange(announced_, {});
  for (const std::string& name : never_came) advance(core_.hasher.digest(name));
}

void LoginDesk::stop() {
  for (const std::string& name : announced_) advance(core_.hasher.digest(name));
}

// Starts the first attempt that is worth it.
void LoginDesk::advance(const Key& key) {
  for (;;) {
    const auto found = queues_.find(key);
    if (found == queues_.end() || found->second.under_way) return;
    if (found->second.attempts.empty()) {
      queues_.erase(found);
      return;
    }
    const Attempt& attempt = found->second.attempts.front();
    const Line* line = core_.lines.find(attempt.connection);
    if (!line || line->closed) {
      finish(key);
      continue;
    }
    if (announced_.contains(attempt.user)) {
      if (!core_.stopping) return;
      refuse(key, Errc::busy);
      continue;
    }
    if (attempt.purpose == Purpose::registration) {
      found->second.under_way = true;
      return register_user(key);
    }
    if (const auto shut = core_.lockout.locked_for(key, core_.now().wall)) {
      refuse(key, Errc::locked, {.retry_after = seconds_up(*shut)});
      continue;
    }
    found->second.under_way = true;
    return start(key);
  }
}

void LoginDesk::start(const Key& key) {
  const domain::LockoutRecord before = core_.lockout.current(key);
  const domain::LockoutRecord counted = core_.lockout.record_failure(key, core_.now().wall);
  core_.store.save_lockout(counted, [this, key, before, counted](Result<void> stored) {
    if (stored) {
      // What the store told meanwhile, of an operator at work, may have been read before this was counted.
      core_.lockout.restore(counted, core_.now().wall);
      return check(key, before);
    }
    core_.lockout.restore(before, core_.now().wall);
    refuse(key, stored.error().code);
    advance(key);
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
  refuse(key, Errc::busy);
  advance(key);
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
  advance(key);
}

void LoginDesk::right(const Key& key, std::string replacement_hash) {
  const Attempt& attempt = front(key);
  const UserId user = core_.directory.find(attempt.user)->id;
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
                          advance(key);
                        }});
}

void LoginDesk::change_password(const Key& key, UserId user) {
  const bool accepted = core_.hasher.hash(std::exchange(front(key).new_password, {}),
                                          [this, key, user](Result<std::string> hash) {
                                            if (hash) return store_password(key, user, *std::move(hash));
                                            refuse(key, Errc::internal);
                                            advance(key);
                                          });
  if (accepted) return;
  refuse(key, Errc::busy);
  advance(key);
}

// Whoever has a token of the account, but for the one who asks, has to know the new password.
void LoginDesk::store_password(const Key& key, UserId user, std::string hash) {
  const Line* line = line_of(key);
  const domain::Session* session = line ? core_.sessions.find(line->session) : nullptr;
  std::vector<domain::TokenDigest> drops = core_.entrance.others(user, session ? session->family : LoginId());
  core_.entrance.dropped(drops);
  core_.store.set_password(user, hash, std::move(drops), [this, key, user, hash](Result<void> stored) {
    if (!stored) {
      refuse(key, stored.error().code);
      return advance(key);
    }
    core_.directory.edit(user)->password_hash = hash;
    core_.journal.note({.notice = Notice::password_changed, .user = core_.directory.name_of(user)});
    core_.scratch.clear();
    encode_ok(core_.scratch, front(key).command, front(key).id, {});
    answer(key, core_.scratch);
    finish(key);
    advance(key);
  });
}

void LoginDesk::register_user(const Key& key) {
  Attempt& attempt = front(key);
  const auto name = domain::UserName::parse_new(attempt.user, core_.config.limits.name_max);
  SOCKCHAT_CHECK(name.has_value());
  if (core_.directory.is_taken(*name)) {
    refuse(key, Errc::name_taken);
    return advance(key);
  }
  const bool accepted = core_.hasher.hash(
      std::exchange(attempt.password, {}), [this, key, name = *name](Result<std::string> hash) {
        if (!hash) {
          refuse(key, Errc::internal);
          return advance(key);
        }
        // Hashing took its time: a name that differs only in case may have been quicker.
        if (core_.directory.is_taken(name) || !registering_.insert(name.folded()).second) {
          refuse(key, Errc::name_taken);
          return advance(key);
        }
        core_.store.add_account(name, std::move(*hash), core_.now().wall,
                                [this, key, name](Result<domain::Account> account) {
                                  registering_.erase(name.folded());
                                  on_registered(key, std::move(account));
                                });
      });
  if (accepted) return;
  refuse(key, Errc::busy);
  advance(key);
}

void LoginDesk::on_registered(const Key& key, Result<domain::Account> account) {
  if (!account) {
    refuse(key, account.error().code);
    return advance(key);
  }
  const UserId user = account->id;
  core_.journal.note({.notice = Notice::registered, .user = account->name.text()});
  core_.directory.put(std::move(*account));
  enter(key, user);
}

// --- the attempt at the front

Attempt& LoginDesk::front(const Key& key) {
  const auto found = queues_.find(key);
  SOCKCHAT_CHECK(found != queues_.end() && !found->second.attempts.empty());
  return found->second.attempts.front();
}

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
  const ConnectionId connection = front(key).connection;
  const Purpose purpose = front(key).purpose;
  Queue& queue = queues_[key];
  queue.attempts.pop_front();
  queue.under_way = false;
  --waiting_;
  Line* line = core_.lines.find(connection);
  if (!line) return;
  if (purpose != Purpose::password_change) core_.lines.go_on(*line, Wait::login);
  core_.lines.end_slow(*line);
}

}  // namespace sockchat::server_core
