#include "storage/schema.h"

#include <array>

namespace sockchat::storage {
namespace {

// - Message ids come from counters.newest_mid, so that one is not given again when its row is gone; the same
//   row counts the commits, at no page more than a commit writes anyway: compared with the directory's
//   `progress` file, the count shows transactions that were lost.
// - Digests tell a damaged row from a whole one: SQLite's pages carry no checksum.
// - The cursors stand apart from the accounts because they move with every delivery, and are small.
// - messages_by_recipient ends with the rowid, as every index does: it is (recipient, mid).
//
// Step 2:
// - counters.lineage tells this database from every other one, and from none of its copies: a search index
//   belongs to one. counters.cut: retention has removed what was older.
// - refusers stands with nearly no message. A digest covers it where it does, so the older ones hold.
// - outlived_cids: what was removed before its cid could be forgotten. `content` is a digest.
// - tokens.token is the digest of a token; `digest`, that of the row: a flipped bit must not make it somebody
//   else's.
constexpr auto kSteps = std::to_array<const char*>({
    R"sql(
CREATE TABLE counters(
  only INTEGER PRIMARY KEY CHECK (only = 1),
  newest_mid INTEGER NOT NULL,
  commits INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES (1, 0, 0);

CREATE TABLE accounts(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0,
  digest INTEGER NOT NULL,
  created INTEGER NOT NULL,
  last_login INTEGER,
  last_logout INTEGER,
  failures INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE cursors(
  user INTEGER PRIMARY KEY,
  confirmed INTEGER NOT NULL,
  digest INTEGER NOT NULL
) STRICT;

CREATE TABLE messages(
  mid INTEGER PRIMARY KEY,
  sender INTEGER NOT NULL,
  recipient INTEGER NOT NULL,
  time INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  cid TEXT,
  text BLOB NOT NULL
) STRICT;
CREATE INDEX messages_by_recipient ON messages(recipient);
CREATE UNIQUE INDEX messages_by_cid ON messages(sender, cid) WHERE cid IS NOT NULL;

CREATE TABLE blocks(
  owner INTEGER NOT NULL,
  target INTEGER NOT NULL,
  PRIMARY KEY (owner, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE lockouts(
  digest BLOB PRIMARY KEY,
  failures INTEGER NOT NULL,
  locked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE logins(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL,
  login INTEGER NOT NULL,
  logout INTEGER,
  reason TEXT,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX logins_open ON logins(user) WHERE logout IS NULL;
)sql",
    R"sql(
ALTER TABLE counters ADD COLUMN lineage INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counters ADD COLUMN cut INTEGER;
UPDATE counters SET lineage = random();

ALTER TABLE messages ADD COLUMN refusers BLOB;
CREATE INDEX messages_between ON messages(sender, recipient) WHERE recipient != 0;

CREATE TABLE outlived_cids(
  mid INTEGER PRIMARY KEY,
  sender INTEGER NOT NULL,
  cid TEXT NOT NULL,
  time INTEGER NOT NULL,
  content INTEGER NOT NULL,
  UNIQUE (sender, cid)
) STRICT;

CREATE INDEX blocks_by_target ON blocks(target);

ALTER TABLE logins ADD COLUMN begin INTEGER NOT NULL DEFAULT 0;
CREATE INDEX logins_by_user ON logins(user);

CREATE TABLE tokens(
  token BLOB PRIMARY KEY,
  user INTEGER NOT NULL,
  family INTEGER NOT NULL,
  login INTEGER NOT NULL,
  issued INTEGER NOT NULL,
  digest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql",
});

}  // namespace

const sqlite::Schema& schema() {
  static constexpr sqlite::Schema kSchema{.application_id = 0x534b4348, .steps = kSteps};  // "SKCH"
  return kSchema;
}

}  // namespace sockchat::storage
