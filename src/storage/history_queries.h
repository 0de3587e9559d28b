// What is read beside the writer, through a connection of its own: history, sessions, and what the search
// index and retention need to know. One thread, but for opening. No transaction outlives a call: a reader who
// stayed in one would stop the log from being copied back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/domain/ports.h"
#include "sockchat/sqlite/database.h"
#include "storage/damages.h"
#include "storage/read_message.h"

namespace sockchat::storage {

// Where the messages stand.
struct MainState {
  MessageId newest;
  std::uint64_t commits = 0;
  std::int64_t lineage = 0;
  std::optional<WallTime> cut;
};

// Takes messages until a page is full; the next one only shows that there are more.
struct PageFiller {
  std::size_t count_max;
  std::size_t bytes_max;
  domain::HistoryPage page;
  std::size_t bytes = 0;

  // False: there is no room for it.
  bool take(domain::Message message);
};

// A part of the messages in the order of acceptance.
struct MessageRun {
  std::vector<domain::Message> messages;  // without damaged ones
  MessageId up_to;                        // all up to here were looked at
  MainState state;                        // in the same moment
};

// A message as retention sees it.
struct AgedMessage {
  MessageId id;
  UserId recipient;
  WallTime time;
};

class HistoryQueries final {
 public:
  // The database must have been brought up.
  static Result<std::unique_ptr<HistoryQueries>> open(const std::string& path);
  ~HistoryQueries();

  // Errors of the database are busy when it took longer than until the deadline, and storage otherwise.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline);

  Result<domain::HistoryPage> history(const domain::HistoryQuery& query);
  Result<std::vector<domain::LoginRecord>> logins(UserId user, std::size_t count_max);

  Result<MainState> state();
  Result<std::vector<UserId>> refused_by(UserId owner);  // ascending
  // None: it is gone, or damaged.
  Result<std::optional<domain::Message>> message(MessageId id);
  // Behind `after`: at most so many rows, and about so many bytes of text.
  Result<MessageRun> run_of(MessageId after, std::size_t rows_max, std::size_t bytes_max);
  Result<std::vector<AgedMessage>> aged_behind(MessageId after, std::size_t rows_max);
  Result<MessageId> confirmed_of(UserId user);

  [[nodiscard]] std::vector<std::string> take_damages() { return damages_.take(); }

 private:
  [[nodiscard]] Result<MainState> take_state(sqlite::Cursor& row);
  struct Statements;
  explicit HistoryQueries(std::unique_ptr<sqlite::Database> database);
  Result<void> fill(sqlite::Cursor ids, UserId broadcast_to, PageFiller& filler);
  tl::unexpected<Error> failure(const Error& error);

  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<Statements> statements_;  // dies before the database
  Damages damages_;
};

}  // namespace sockchat::storage
