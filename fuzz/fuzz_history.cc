// What the store has goes back to the wire: rows of messages, some of them damaged after they were written,
// some of them written with a text that no frame can hold. The good ones come through, each as it
// was written, in order, in a mailbox and in a page of history, as frames that our client understands; the
// others are left out, and every one is reported. Input: the rows; of each, what is done to it, a byte, and
// its text, a length and bytes.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzz_input.h"
#include "sockchat/wire/events.h"
#include "sockchat/wire/server_frame.h"
#include "storage/history_queries.h"
#include "storage/message_row.h"
#include "storage/open_database.h"
#include "support/padded_text.h"
#include "support/strict_json.h"
#include "support/temporary_directory.h"

namespace sockchat {
namespace {

// As many as a store reports by name at once.
constexpr std::size_t kRowsMax = 12;
constexpr UserId kAlice(1);
constexpr UserId kBob(2);

struct Row {
  MessageId id;
  std::string text;
  bool is_good = true;
};

bool can_be_framed(std::string_view text) {
  std::string copy;
  while (!text.empty()) {
    if (!test::strict::take_utf8(text, copy)) return false;
  }
  return true;
}

// Opened once: a run changes the rows of one table.
class Archive final {
 public:
  Archive() {
    auto opened = storage::open_database(directory_.path(), storage::OpenMode::server);
    SOCKCHAT_CHECK(opened.has_value());
    open_ = std::make_unique<storage::OpenDatabase>(*std::move(opened));
    SOCKCHAT_CHECK(open_->database->execute("PRAGMA synchronous = OFF").has_value());
    auto queries = storage::HistoryQueries::open(directory_ / "sockchat.db");
    SOCKCHAT_CHECK(queries.has_value());
    history_ = *std::move(queries);
    auto insert = open_->database->prepare(
        "INSERT INTO messages(mid, sender, recipient, time, digest, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    SOCKCHAT_CHECK(insert.has_value());
    insert_.emplace(*std::move(insert));
  }

  void clear() { run("BEGIN IMMEDIATE; DELETE FROM messages"); }
  void commit() { run("COMMIT"); }

  // `how` says what is changed behind the back of the digest.
  void put(Row& row, std::uint8_t how) {
    storage::MessageRow stored{.id = row.id,
                               .from = kAlice,
                               .to = kBob,
                               .time = WallTime(std::chrono::milliseconds(1'000)),
                               .text = row.text,
                               .refusers = {}};
    std::int64_t digest = storage::digest_of(stored);
    row.is_good = can_be_framed(row.text) && how % 8 < 4;
    std::string other = row.text;
    switch (how % 8) {
      case 4:
        digest ^= std::int64_t{1} << how / 8;
        break;
      case 5:
        stored.time += std::chrono::milliseconds(how + 1);
        break;
      case 6:
        stored.from = UserId(kAlice.value() + 256);
        break;
      case 7:
        other += static_cast<char>(how);
        break;
      default:
        break;
    }
    const bool stored_well =
        insert_->with(stored.id, stored.from, stored.to, stored.time, digest, sqlite::Blob{other})
            .run()
            .has_value();
    SOCKCHAT_CHECK(stored_well);
  }

  domain::FetchedPage fetch() {
    auto page = open_->queries->run(domain::FetchRange{.reader = kBob,
                                                       .after = {},
                                                       .broadcasts_after = {},
                                                       .not_before = WallTime(),
                                                       .count_max = 1'000,
                                                       .bytes_max = std::size_t{1} << 30});
    SOCKCHAT_CHECK(page.has_value());
    return *std::move(page);
  }
  domain::HistoryPage history() {
    auto page = history_->history(
        {.asker = kBob, .with = kAlice, .before = {}, .count_max = 200, .bytes_max = std::size_t{1} << 30});
    SOCKCHAT_CHECK(page.has_value());
    return *std::move(page);
  }
  std::vector<std::string> take_damages() { return open_->queries->take_damages(); }
  std::vector<std::string> take_history_damages() { return history_->take_damages(); }

 private:
  void run(const char* sql) { SOCKCHAT_CHECK(open_->database->execute(sql).has_value()); }

  test::TemporaryDirectory directory_;
  std::unique_ptr<storage::OpenDatabase> open_;
  std::unique_ptr<storage::HistoryQueries> history_;
  std::optional<sqlite::Statement> insert_;
};

void check_frame(const domain::Message& message) {
  std::string frame;
  wire::MessageEvent{
      .from = "alice", .text = message.text, .mid = message.id, .time = message.time, .stored = true}
      .encode(frame);
  test::PaddedText json(std::string_view(frame).substr(4));
  static wire::ServerFrameReader reader;
  const auto read = reader.read(json.span());
  SOCKCHAT_CHECK(read && read->data.size() == 2 && read->data[1] == message.text);
}

void check_messages(const std::vector<domain::Message>& found, const std::vector<Row>& rows) {
  auto next = found.begin();
  for (const Row& row : rows) {
    if (!row.is_good) continue;
    SOCKCHAT_CHECK(next != found.end() && next->id == row.id && next->text == row.text);
    SOCKCHAT_CHECK(next->from == kAlice && next->to == kBob);
    check_frame(*next++);
  }
  SOCKCHAT_CHECK(next == found.end());
}

// Each by its number, and nothing that the row holds.
void check_reports(const std::vector<std::string>& lines, const std::vector<Row>& rows) {
  std::size_t next = 0;
  for (const Row& row : rows) {
    if (row.is_good) continue;
    SOCKCHAT_CHECK(next < lines.size());
    SOCKCHAT_CHECK(lines[next++].starts_with(fmt::format("message {} ", row.id.value())));
  }
  SOCKCHAT_CHECK(next == lines.size());
}

std::string take_text(std::string_view& rest) {
  const std::size_t size = std::min<std::size_t>(fuzz::take_byte(rest), rest.size());
  std::string text(rest.substr(0, size));
  rest.remove_prefix(size);
  return text;
}

}  // namespace
}  // namespace sockchat

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockchat;
  static Archive archive;
  std::string_view rest = fuzz::text_of(data, size);
  archive.clear();
  std::vector<Row> rows;
  while (!rest.empty() && rows.size() < kRowsMax) {
    const std::uint8_t how = fuzz::take_byte(rest);
    Row row{.id = MessageId(rows.size() + 1), .text = take_text(rest)};
    archive.put(row, how);
    rows.push_back(std::move(row));
  }
  archive.commit();

  check_messages(archive.fetch().messages, rows);
  check_reports(archive.take_damages(), rows);
  // A row whose sender was changed stands under another name in the index, where nobody looks for it.
  auto page = archive.history();
  check_messages(page.messages, rows);
  static_cast<void>(archive.take_history_damages());
  return 0;
}
