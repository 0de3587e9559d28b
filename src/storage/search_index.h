// The words of all messages, in a file of its own beside the database: search.db, an FTS5 index without the
// texts. It is derived: what is wrong with it is mended by making it anew, and a lost commit only makes it
// lag. One thread, but for opening.
//
// A message is indexed under its id, with the participants as words of a column of their own ("u12 u34"; a
// broadcast has "u0" for everybody), so that one MATCH finds what somebody may see, newest first. What may be
// seen is checked with the message itself all the same.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sockchat/base/result.h"
#include "sockchat/domain/records.h"
#include "sockchat/sqlite/database.h"
#include "storage/history_queries.h"
#include "storage/search_words.h"

namespace sockchat::storage {

class SearchIndex final {
 public:
  // Opens or makes `path`, 0600. What is damaged, not ours, of another database or ahead of this one (an
  // older one was restored) is removed and begun anew, with a line in `notices`. Errors: the system's.
  static Result<std::unique_ptr<SearchIndex>> open(const std::string& path, const MainState& main,
                                                   std::vector<std::string>& notices);
  // Takes the file away, and begins anew.
  static Result<std::unique_ptr<SearchIndex>> rebuild(const std::string& path, const MainState& main);
  ~SearchIndex();

  void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline);
  // Everything up to here is known.
  [[nodiscard]] MessageId position() const { return position_; }
  // In one transaction, with the position.
  Result<void> add(const MessageRun& run);
  // What retention takes out, in two steps, since the messages themselves stand elsewhere: `drop` makes them
  // unfindable, durably, and remembers them as dropped; `forget` does not remember them any more, because the
  // database does not either. `messages` are those that can be read, as they were added.
  Result<void> drop(const std::vector<MessageId>& ids, const std::vector<domain::Message>& messages,
                    const MainState& main);
  Result<void> forget(const std::vector<MessageId>& ids, const MainState& main);
  Result<std::vector<MessageId>> dropped();
  // Candidates, newest first, until `take` says no. Its errors end the walk and are handed on.
  Result<void> find(UserId asker, const std::vector<SearchWord>& words,
                    const std::function<Result<bool>(MessageId)>& take);
  [[nodiscard]] sqlite::DbFault take_fault();

 private:
  struct Statements;
  explicit SearchIndex(std::unique_ptr<sqlite::Database> database);
  static Result<std::unique_ptr<SearchIndex>> make(const std::string& path, const MainState& main);
  static Result<std::unique_ptr<SearchIndex>> open_file(const std::string& path);
  Result<void> bring_up();
  // Why the file is of no use to this database; none when it is.
  Result<std::optional<std::string>> objection(const MainState& main);
  Result<void> transact(const std::function<Result<void>()>& work);

  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<Statements> statements_;  // dies before the database
  MessageId position_;
};

}  // namespace sockchat::storage
