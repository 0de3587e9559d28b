#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sockchat/base/planted.h"
#include "storage/fnv1a.h"
#include "storage/message_row.h"
#include "storage/sqlite_queries.h"
#include "storage/sqlite_statements.h"

namespace sockchat::storage {
namespace {

using domain::TokenDigest;
using domain::TokenRecord;

// Messages that one login looks at to count those that wait for it.
constexpr std::size_t kLookedAtMax = 10'000;

std::string_view bytes_of(const TokenDigest& token) {
  return {reinterpret_cast<const char*>(token.data()), token.size()};
}

std::int64_t token_digest(const TokenRecord& token) {
  return Fnv1a()
      .add(bytes_of(token.digest))
      .add(token.user.value())
      .add(token.family.value())
      .add(token.login.value())
      .add(static_cast<std::uint64_t>(token.issued.time_since_epoch().count()))
      .as_column();
}

}  // namespace

// --- logins

Result<domain::StoredLogin> SqliteQueries::run(const domain::NewLogin& login) {
  domain::StoredLogin stored{.id = {}, .begin = login.begin.value_or(MessageId(newest_))};
  {
    auto insertion =
        statements_->insert_login.with(login.user, login.time, std::string_view(login.address), stored.begin);
    const auto inserted = insertion.next();
    if (!inserted) return tl::unexpected(inserted.error());
    stored.id = insertion.id<LoginId>(0);
    if (auto done = insertion.run(); !done) return tl::unexpected(done.error());
  }
  if (auto done = statements_->enter.with(login.user, login.time).run(); !done)
    return tl::unexpected(done.error());
  if (auto dropped = drop(login.drops); !dropped) return tl::unexpected(dropped.error());
  if (login.token) {
    const TokenRecord token{.digest = *login.token,
                            .user = login.user,
                            .family = login.family ? login.family : stored.id,
                            .login = stored.id,
                            .issued = login.time};
    if (auto kept = keep_token(token); !kept) return tl::unexpected(kept.error());
  }
  if (auto counted = count_waiting(login, stored); !counted) return tl::unexpected(counted.error());
  return stored;
}

Result<void> SqliteQueries::count_waiting(const domain::NewLogin& login, domain::StoredLogin& stored) {
  if (!login.count_after) return {};
  auto ids = statements_->list_messages.with(login.user, *login.count_after,
                                             std::max(*login.count_after, stored.begin));
  for (std::size_t looked_at = 0; stored.waiting < login.count_max; ++looked_at) {
    const auto row = ids.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (looked_at == kLookedAtMax) break;
    const auto message = read_for(login.user, ids.id<MessageId>(0), ids.id<UserId>(1));
    if (!message) return tl::unexpected(message.error());
    if (*message && (*message)->time >= login.count_not_before) ++stored.waiting;
  }
  stored.may_wait = true;
  return {};
}

Result<void> SqliteQueries::run(const RecordLogout& logout) {
  auto update = statements_->close_login.with(logout.login, logout.now, std::string_view(logout.reason));
  const auto closed = update.next();
  if (!closed) return tl::unexpected(closed.error());
  if (!*closed) return {};
  const auto user = update.id<UserId>(0);
  if (auto done = update.run(); !done) return done;
  return statements_->leave.with(user, logout.now).run();
}

Result<void> SqliteQueries::close_logins(WallTime now) {
  if (auto done = statements_->leave_all.with(now).run(); !done) return done;
  return statements_->close_logins.with(now).run();
}

Result<void> SqliteQueries::load_logouts(domain::Snapshot& snapshot) {
  auto logouts = statements_->list_logouts.with();
  for (;;) {
    const auto row = logouts.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    snapshot.logouts.push_back({.user = logouts.id<UserId>(0), .time = logouts.time(1)});
  }
}

// --- tokens

Result<void> SqliteQueries::keep_token(const TokenRecord& token) {
  if (planted(Plant::token_not_stored)) return {};
  return statements_->write_token
      .with(Blob{bytes_of(token.digest)}, token.user, token.family, token.login, token.issued,
            token_digest(token))
      .run();
}

Result<void> SqliteQueries::run(const DropTokens& drop_them) { return drop(drop_them.drops); }

Result<void> SqliteQueries::drop(const std::vector<TokenDigest>& tokens) {
  for (const TokenDigest& token : tokens) {
    if (auto done = statements_->delete_token.with(Blob{bytes_of(token)}).run(); !done) return done;
  }
  return {};
}

Result<void> SqliteQueries::forget_tokens(UserId user) {
  return statements_->delete_tokens_of.with(user).run();
}

Result<void> SqliteQueries::load_tokens(const domain::LoadQuery& query, domain::Snapshot& snapshot) {
  if (auto done = statements_->delete_dead_tokens.with(query.tokens_not_before).run(); !done) return done;
  auto tokens = statements_->list_tokens.with();
  for (;;) {
    const auto row = tokens.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    TokenRecord token{.digest = {},
                      .user = tokens.id<UserId>(1),
                      .family = tokens.id<LoginId>(2),
                      .login = tokens.id<LoginId>(3),
                      .issued = tokens.time(4)};
    const std::string_view bytes = tokens.bytes(0);
    std::ranges::transform(bytes.substr(0, token.digest.size()), token.digest.begin(),
                           [](char byte) { return static_cast<std::byte>(byte); });
    if (bytes.size() != token.digest.size() || tokens.integer(5) != token_digest(token)) {
      damages_.add(fmt::format("a token of user {} is damaged and is left out", token.user.value()));
      continue;
    }
    snapshot.tokens.push_back(token);
  }
  auto absences = statements_->list_absences.with(query.absent_since);
  for (;;) {
    const auto row = absences.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    snapshot.absences.push_back({.login = absences.id<LoginId>(0),
                                 .user = absences.id<UserId>(1),
                                 .begin = absences.id<MessageId>(2),
                                 .left = absences.time(3)});
  }
}

}  // namespace sockchat::storage
