// Removes what is older than it has to be kept, in rounds through the messages in the order of acceptance, a
// few at a time: first out of the search index, which needs the text for it, then, by the writer, out of the
// database. What is on its way stands in the index as dropped, so that a process that dies in between leaves
// nothing half done. On the reader's thread.
//
// A round ends where messages are young. They are in the order of acceptance and not of their times, since a
// clock may be set; so it ends behind a whole look at messages none of which is due.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>
#include <vector>

#include "sockchat/storage/sqlite_store.h"
#include "storage/history_queries.h"
#include "storage/operations.h"
#include "storage/search_index.h"

namespace sockchat::storage {

class Retention final {
 public:
  // Hands them to the writer; when they are gone, the database says so.
  using Remove = std::move_only_function<void(RemoveMessages)>;

  Retention(StoreRetention settings, HistoryQueries& queries, Remove remove)
      : settings_(std::move(settings)), queries_(queries), remove_(std::move(remove)) {}

  // One step, and when the next one is due. `index` may be none: then nobody finds anything anyway. Errors of
  // the index are told by its take_fault().
  Result<Duration> step(SearchIndex* index);

 private:
  Result<bool> are_gone();
  // Gathers what is due; false: the round is over.
  Result<bool> look(MessageId end);
  Result<bool> still_waits(const AgedMessage& message, WallTime now);
  Result<void> take_out(SearchIndex* index, const MainState& main);
  Result<void> submit();
  [[nodiscard]] WallTime now() const;

  const StoreRetention settings_;
  HistoryQueries& queries_;
  Remove remove_;
  MessageId looked_up_to_;                           // of the round
  std::unordered_map<UserId, MessageId> confirmed_;  // as asked in this round
  std::vector<MessageId> under_way_;
  Duration waited_{};  // for them
  Duration patience_{};
};

}  // namespace sockchat::storage
