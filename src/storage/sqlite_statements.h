// Every statement that SqliteQueries runs, prepared once, by the table that it is about. Nothing else holds
// SQL, but the schema.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "storage/read_message.h"
#include "storage/sqlite_queries.h"

namespace sockchat::storage {

// Collects the first failure of many.
struct Preparer {
  Database& database;
  std::optional<Error> error;

  Statement operator()(std::string_view sql) {
    auto statement = database.prepare(sql);
    if (statement) return std::move(*statement);
    if (!error) error = statement.error();
    return {};
  }
};

struct SqliteStatements {
  SqliteStatements(Database& a_database, Preparer& a_preparer) : database(a_database), prepare(a_preparer) {}

  Database& database;
  Preparer& prepare;

  Statement read_counters = prepare("SELECT newest_mid, commits FROM counters");
  Statement write_counters = prepare("UPDATE counters SET newest_mid = ?1, commits = ?2");
  Statement data_version = prepare("PRAGMA data_version");

  Statement insert_message = prepare(
      "INSERT INTO messages(mid, sender, recipient, time, digest, cid, text, refusers) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  Statement find_cid =
      prepare("SELECT mid, recipient, time, text FROM messages WHERE sender = ?1 AND cid = ?2");
  Statement read_message = prepare(kReadMessage);
  // The index alone answers these.
  Statement list_messages = prepare(
      "SELECT mid, recipient FROM messages WHERE recipient = ?1 AND mid > ?2 "
      "UNION ALL SELECT mid, recipient FROM messages WHERE recipient = 0 AND mid > ?3 ORDER BY mid");
  Statement list_waiting = prepare(
      "SELECT mid, length(text), time FROM messages INDEXED BY messages_by_recipient "
      "WHERE recipient = ?1 AND mid > ?2 ORDER BY mid");

  Statement read_outgoing = prepare("SELECT sender, recipient, time, cid, text FROM messages WHERE mid = ?1");
  Statement delete_message = prepare("DELETE FROM messages WHERE mid = ?1");
  Statement insert_outlived = prepare(
      "INSERT OR IGNORE INTO outlived_cids(mid, sender, cid, time, content) VALUES (?1, ?2, ?3, ?4, ?5)");
  Statement find_outlived =
      prepare("SELECT mid, time, content FROM outlived_cids WHERE sender = ?1 AND cid = ?2");
  // A few at a time; those that were accepted first are the oldest, but for a clock that was set.
  Statement trim_outlived = prepare(
      "DELETE FROM outlived_cids WHERE time < ?1 "
      "AND mid IN (SELECT mid FROM outlived_cids ORDER BY mid LIMIT 200)");
  Statement write_cut = prepare("UPDATE counters SET cut = max(coalesce(cut, ?1), ?1)");

  Statement write_cursor = prepare(
      "INSERT INTO cursors(user, confirmed, digest) VALUES (?1, ?2, ?3) ON CONFLICT(user) DO UPDATE "
      "SET confirmed = excluded.confirmed, digest = excluded.digest WHERE excluded.confirmed > confirmed");
  Statement list_cursors = prepare("SELECT user, confirmed, digest FROM cursors ORDER BY user");

  Statement insert_account = prepare(
      "INSERT INTO accounts(name, password_hash, digest, created) VALUES (?1, ?2, 0, ?3) "
      "ON CONFLICT(name) DO NOTHING RETURNING id");
  Statement list_accounts = prepare(
      "SELECT id, name, password_hash, removed, digest, last_login, failures FROM accounts ORDER BY id");
  Statement find_account = prepare(
      "SELECT id, name, password_hash, removed, digest, last_login, failures FROM accounts WHERE name = ?1");
  Statement read_account = prepare(
      "SELECT id, name, password_hash, removed, digest, last_login, failures FROM accounts WHERE id = ?1");
  Statement write_account =
      prepare("UPDATE accounts SET password_hash = ?2, removed = ?3, digest = ?4 WHERE id = ?1");
  Statement count_failure = prepare("UPDATE accounts SET failures = failures + 1 WHERE id = ?1");
  Statement enter = prepare("UPDATE accounts SET last_login = ?2, failures = 0 WHERE id = ?1");
  Statement leave = prepare("UPDATE accounts SET last_logout = ?2 WHERE id = ?1");
  Statement list_logouts =
      prepare("SELECT id, last_logout FROM accounts WHERE last_logout IS NOT NULL ORDER BY id");

  Statement insert_login =
      prepare("INSERT INTO logins(user, login, address, begin) VALUES (?1, ?2, ?3, ?4) RETURNING id");
  Statement close_login = prepare(
      "UPDATE logins SET logout = max(login, ?2), reason = ?3 WHERE id = ?1 AND logout IS NULL RETURNING "
      "user");
  Statement leave_all = prepare(
      "UPDATE accounts SET last_logout = ?1 WHERE id IN (SELECT user FROM logins WHERE logout IS NULL)");
  Statement close_logins =
      prepare("UPDATE logins SET logout = max(login, ?1), reason = 'crash' WHERE logout IS NULL");

  Statement write_token = prepare(
      "INSERT OR REPLACE INTO tokens(token, user, family, login, issued, digest) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  Statement delete_token = prepare("DELETE FROM tokens WHERE token = ?1");
  Statement delete_tokens_of = prepare("DELETE FROM tokens WHERE user = ?1");
  Statement delete_dead_tokens = prepare(
      "DELETE FROM tokens WHERE issued < ?1 "
      "OR user NOT IN (SELECT id FROM accounts WHERE removed = 0)");
  Statement list_tokens = prepare("SELECT token, user, family, login, issued, digest FROM tokens");
  Statement list_absences = prepare(
      "SELECT id, user, begin, logout FROM logins "
      "WHERE id IN (SELECT login FROM tokens) AND logout >= ?1 ORDER BY id");

  Statement insert_block = prepare("INSERT OR IGNORE INTO blocks(owner, target) VALUES (?1, ?2)");
  Statement delete_block = prepare("DELETE FROM blocks WHERE owner = ?1 AND target = ?2");
  Statement list_refusers = prepare("SELECT owner FROM blocks WHERE target = ?1 ORDER BY owner");
  Statement list_blocks = prepare("SELECT owner, target FROM blocks");

  Statement write_lockout =
      prepare("INSERT OR REPLACE INTO lockouts(digest, failures, locked_until) VALUES (?1, ?2, ?3)");
  Statement delete_lockout = prepare("DELETE FROM lockouts WHERE digest = ?1");
  Statement delete_past_lockouts = prepare("DELETE FROM lockouts WHERE locked_until <= ?1");
  // As domain::Lockout forgets: those without a lock first, then those whose lock ends soonest.
  Statement trim_lockouts = prepare(
      "DELETE FROM lockouts WHERE digest IN (SELECT digest FROM lockouts ORDER BY locked_until, failures "
      "LIMIT max(0, (SELECT count(*) FROM lockouts) - ?1))");
  Statement list_lockouts = prepare("SELECT digest, failures, locked_until FROM lockouts");
};

}  // namespace sockchat::storage
