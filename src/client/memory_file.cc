// One row a message, one a person, and one row for the rest. Rows carry a digest, since SQLite's pages have
// no checksum: what the user wrote must not go out as something else.
#include "client/memory_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <type_traits>
#include <utility>

#include "client/private_folder.h"
#include "sockchat/net/socket.h"
#include "sockchat/sqlite/migration.h"

namespace sockchat::client {
namespace {

using client_core::Opened;
using client_core::OutboxEntry;
using client_core::Remembered;
using sqlite::Blob;

constexpr std::chrono::milliseconds kPatience{1000};  // nobody else has the file but for a moment
constexpr std::size_t kLogPagesMax = 256;             // then the log goes back into the file

// Deleted rows are overwritten: they were words and tokens.
constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON";

constexpr auto kSteps = std::to_array<const char*>({
    R"sql(
CREATE TABLE outbox(
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  cid TEXT NOT NULL UNIQUE,
  recipient TEXT,
  text BLOB NOT NULL,
  digest INTEGER NOT NULL
) STRICT;

CREATE TABLE mark(
  only INTEGER PRIMARY KEY CHECK (only = 1),
  shown INTEGER NOT NULL,
  time TEXT NOT NULL,
  token BLOB NOT NULL,
  digest INTEGER NOT NULL
) STRICT
)sql",
    R"sql(
CREATE TABLE people(
  name TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  digest INTEGER NOT NULL
) STRICT, WITHOUT ROWID
)sql",
});
// "sock", and the client's.
constexpr sqlite::Schema kSchema{.application_id = 0x736f636c, .steps = kSteps};

// FNV-1a over texts, each with its length.
class Digest final {
 public:
  Digest& add(std::string_view text) {
    for (std::size_t size = text.size(), i = 0; i < sizeof(size); ++i, size >>= 8) mix(size & 0xFF);
    for (const char byte : text) mix(static_cast<unsigned char>(byte));
    return *this;
  }
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(state_); }

 private:
  void mix(std::uint64_t byte) { state_ = (state_ ^ byte) * 0x100000001b3; }
  std::uint64_t state_ = 0xcbf29ce484222325;
};

std::int64_t digest_of(const OutboxEntry& entry) {
  return Digest()
      .add(entry.cid)
      .add(entry.command())
      .add(entry.recipient.value_or(""))
      .add(entry.text)
      .value();
}

std::int64_t digest_of(const client_core::ShownMark& mark, const Secret& token) {
  return Digest().add(fmt::to_string(mark.mid)).add(mark.time).add(token.reveal()).value();
}

std::int64_t digest_of(const client_core::Person& person) {
  return Digest().add(person.name).add(person.key.text()).value();
}

tl::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
  return fail(Errc::system, fmt::format("cannot {} {}: {}", what, path, net::errno_text(errno)));
}

tl::unexpected<Error> damaged(const std::string& path) {
  return fail(Errc::corrupt, fmt::format("{} is damaged", path));
}

// Messages, tokens and keys are waited for as long as a power cut takes to be survived.
bool must_be_synced(const MemoryChange& change) {
  return !std::holds_alternative<ForgetEntry>(change) && !std::holds_alternative<KeepShown>(change);
}

}  // namespace

struct MemoryFile::Tables {
  sqlite::Statement keep;
  sqlite::Statement forget;
  sqlite::Statement mark;
  sqlite::Statement person;
};

MemoryFile::MemoryFile(std::string folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)) {}

MemoryFile::~MemoryFile() { close(); }

void MemoryFile::close() {
  tables_.reset();
  database_.reset();
}

Result<Opened> MemoryFile::open() {
  const auto there = connect(Missing::left);
  Result<Remembered> remembered = !there   ? tl::unexpected(there.error())
                                  : *there ? read()
                                           : Result<Remembered>();
  if (remembered) return Opened{*std::move(remembered)};
  if (remembered.error().code != Errc::corrupt) return tl::unexpected(remembered.error());
  close();
  if (auto aside = set_aside(); !aside) return tl::unexpected(aside.error());
  return Opened{Remembered(), fmt::format("Warning: {}; it is kept as {}.damaged, and a new one begins",
                                          remembered.error().text, path())};
}

Result<void> MemoryFile::apply(std::span<const MemoryChange> changes) {
  if (const auto there = connect(Missing::made); !there) return tl::unexpected(there.error());
  const bool sync = std::ranges::any_of(changes, must_be_synced);
  if (auto set = database_->execute(sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"); !set)
    return set;
  Result<void> done = database_->begin();
  for (const MemoryChange& change : changes) {
    if (done) done = write(change);
  }
  if (done) done = database_->commit();
  if (!done) {
    static_cast<void>(database_->rollback());
    return done;
  }
  // Its failure is that of the next transaction too.
  if (database_->log_pages() > kLogPagesMax) static_cast<void>(database_->checkpoint());
  return {};
}

// --- the file

Result<void> MemoryFile::lock() {
  const std::string beside = folder_ + "/" + name_ + ".lock";
  lock_.reset(::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFileMode));
  if (!lock_) return system_failure("open", beside);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  const bool in_use = errno == EWOULDBLOCK;
  lock_.reset();
  if (in_use) return fail(Errc::busy);
  return system_failure("lock", beside);
}

// Before SQLite opens it: closing a descriptor drops the locks that the process has on the file.
Result<void> MemoryFile::make_file() const {
  const net::UniqueFd file(
      ::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFileMode));
  if (!file) return system_failure("open", path());
  if (::fchmod(file.get(), kPrivateFileMode) != 0) return system_failure("close to others", path());
  return {};
}

// True when there is a file, and it is open.
Result<bool> MemoryFile::connect(Missing missing) {
  if (tables_) return true;
  struct stat status {};
  const bool there = ::stat(path().c_str(), &status) == 0;
  if (!there && errno != ENOENT && errno != ENOTDIR) return system_failure("look at", path());
  if (!there && missing == Missing::left) return false;
  if (!there) {
    if (auto made = make_private_folder(folder_); !made) return tl::unexpected(made.error());
  }
  if (!lock_) {
    if (auto locked = lock(); !locked) return tl::unexpected(locked.error());
  }
  if (auto made = make_file(); !made) return tl::unexpected(made.error());
  auto database = sqlite::Database::open(path(), kPatience);
  if (!database) return fail(Errc::system, database.error().text);
  database_ = *std::move(database);
  if (auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
  return true;
}

Result<void> MemoryFile::prepare() {
  const auto judge = [this](Error error) -> Result<void> {
    if (error.code == Errc::corrupt || database_->take_fault() == sqlite::DbFault::damaged)
      return damaged(path());
    if (error.code == Errc::system) error.text = fmt::format("{}: {}", path(), error.text);
    return tl::unexpected(std::move(error));
  };
  if (auto set = database_->execute(kSettings); !set) return judge(set.error());
  const auto verdict = database_->ask("PRAGMA integrity_check(1)");
  if (!verdict) return judge(verdict.error());
  if (*verdict != "ok") return damaged(path());
  if (auto migrated = sqlite::migrate(*database_, kSchema); !migrated) return judge(migrated.error());

  auto keep = database_->prepare("INSERT INTO outbox(cid, recipient, text, digest) VALUES (?1, ?2, ?3, ?4)");
  if (!keep) return judge(keep.error());
  auto forget = database_->prepare("DELETE FROM outbox WHERE cid = ?1");
  if (!forget) return judge(forget.error());
  auto mark = database_->prepare("INSERT OR REPLACE INTO mark VALUES (1, ?1, ?2, ?3, ?4)");
  if (!mark) return judge(mark.error());
  auto person = database_->prepare("INSERT OR REPLACE INTO people VALUES (?1, ?2, ?3)");
  if (!person) return judge(person.error());
  tables_ =
      std::make_unique<Tables>(*std::move(keep), *std::move(forget), *std::move(mark), *std::move(person));
  return {};
}

Result<Remembered> MemoryFile::read() {
  Remembered remembered;
  auto entries = database_->prepare("SELECT cid, recipient, text, digest FROM outbox ORDER BY position");
  if (!entries) return tl::unexpected(entries.error());
  sqlite::Cursor entry = entries->with();
  Result<bool> row;
  while ((row = entry.next()) && *row) {
    OutboxEntry& kept =
        remembered.outbox.emplace_back(std::string(entry.text(0)), std::nullopt, std::string(entry.bytes(2)));
    if (!entry.is_null(1)) kept.recipient = entry.text(1);
    if (digest_of(kept) != entry.integer(3)) return damaged(path());
  }
  if (!row) return damaged(path());
  if (auto people = read_people(remembered); !people) return tl::unexpected(people.error());

  auto marks = database_->prepare("SELECT shown, time, token, digest FROM mark");
  if (!marks) return tl::unexpected(marks.error());
  sqlite::Cursor mark = marks->with();
  row = mark.next();
  if (!row) return damaged(path());
  if (!*row) return remembered;
  shown_ = {.mid = mark.bits(0), .time = std::string(mark.text(1))};
  token_ = Secret(mark.bytes(2));
  if (digest_of(shown_, token_) != mark.integer(3)) return damaged(path());
  remembered.shown = shown_;
  if (!token_.empty()) remembered.token.emplace(token_.reveal());
  return remembered;
}

Result<void> MemoryFile::read_people(Remembered& remembered) {
  auto people = database_->prepare("SELECT name, key, digest FROM people ORDER BY name");
  if (!people) return tl::unexpected(people.error());
  sqlite::Cursor person = people->with();
  Result<bool> row;
  while ((row = person.next()) && *row) {
    const auto key = client_core::KeyPin::parse(person.text(1));
    if (!key) return damaged(path());
    const client_core::Person& kept = remembered.people.emplace_back(std::string(person.text(0)), *key);
    if (digest_of(kept) != person.integer(2)) return damaged(path());
  }
  if (!row) return damaged(path());
  return {};
}

// The log first: without its file it would be taken for that of the next one.
Result<void> MemoryFile::set_aside() {
  shown_ = {};
  token_ = Secret();
  for (const char* part : {"-wal", ""}) {
    const std::string from = path() + part;
    const std::string to = path() + ".damaged" + part;
    if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) return system_failure("rename", from);
  }
  return {};
}

// --- changes

Result<void> MemoryFile::write(const MemoryChange& change) {
  if (const auto* keep = std::get_if<KeepEntry>(&change)) {
    const OutboxEntry& entry = keep->entry;
    const std::optional<std::string_view> recipient = entry.recipient;
    return tables_->keep.with(std::string_view(entry.cid), recipient, Blob{entry.text}, digest_of(entry))
        .run();
  }
  if (const auto* forget = std::get_if<ForgetEntry>(&change))
    return tables_->forget.with(std::string_view(forget->cid)).run();
  if (const auto* keep = std::get_if<KeepPerson>(&change)) {
    const client_core::Person& person = keep->person;
    return tables_->person
        .with(std::string_view(person.name), std::string_view(person.key.text()), digest_of(person))
        .run();
  }
  if (const auto* shown = std::get_if<KeepShown>(&change)) shown_ = shown->mark;
  if (const auto* token = std::get_if<KeepToken>(&change))
    token_ = Secret(token->token ? token->token->reveal() : std::string_view());
  return write_mark();
}

Result<void> MemoryFile::write_mark() {
  return tables_->mark
      .with(static_cast<std::int64_t>(shown_.mid), std::string_view(shown_.time), Blob{token_.reveal()},
            digest_of(shown_, token_))
      .run();
}

}  // namespace sockchat::client
