#include <algorithm>
#include <ranges>
#include <utility>

#include "storage/memory_tables.h"
#include "storage/search_words.h"

namespace sockchat::storage {
namespace {

using domain::HistoryPage;

// By one search: the loop has others to serve.
constexpr std::size_t kSearchedMax = 100'000;

// Takes messages until the page is full; the next one only shows that there are more.
struct Gathering {
  std::size_t count_max;
  std::size_t bytes_max;
  HistoryPage page;
  std::size_t bytes = 0;

  // False: there is no room for it.
  bool take(const domain::Message& message) {
    const bool fits = page.messages.size() < count_max && bytes + message.text.size() <= bytes_max;
    if (!page.messages.empty() && !fits) {
      page.more = true;
      return false;
    }
    bytes += message.text.size();
    page.messages.push_back(message);
    return true;
  }
};

}  // namespace

void MemoryStore::history(domain::HistoryQuery query, Completion<Result<HistoryPage>> done) {
  const Tables& tables = *tables_;
  if (tables.is_full()) return tables_->answer<HistoryPage>(std::move(done), fail(Errc::busy));
  const auto is_wanted = [&](const domain::Message& message) {
    if (!query.with) return !tables.refuses(query.asker, message.from);
    return message.from == (message.to == query.asker ? query.with : query.asker);
  };
  // What the one was sent and what the other was sent, from the newest back; broadcasts have one list only.
  static const Tables::Inbox kNothing;
  const Tables::Inbox& left = tables.inbox(query.with);
  const Tables::Inbox& right = query.with && query.with != query.asker ? tables.inbox(query.asker) : kNothing;
  const auto end_of = [&](const Tables::Inbox& ids) {
    return query.before ? std::ranges::lower_bound(ids, query.before) : ids.end();
  };
  auto from_left = end_of(left);
  auto from_right = end_of(right);
  Gathering gathering{query.count_max, query.bytes_max, {}};
  while (from_left != left.begin() || from_right != right.begin()) {
    const bool takes_left = from_right == right.begin() ||
                            (from_left != left.begin() && *std::prev(from_left) > *std::prev(from_right));
    const domain::Message& message = tables.messages.at(takes_left ? *--from_left : *--from_right).message;
    if (is_wanted(message) && !gathering.take(message)) break;
  }
  std::ranges::reverse(gathering.page.messages);
  tables_->answer<HistoryPage>(std::move(done), std::move(gathering.page));
}

void MemoryStore::search(domain::SearchQuery query, Completion<Result<HistoryPage>> done) {
  const Tables& tables = *tables_;
  if (tables.is_full()) return tables_->answer<HistoryPage>(std::move(done), fail(Errc::busy));
  const auto words = parse_search(query.words);
  if (!words) return tables_->answer<HistoryPage>(std::move(done), tl::unexpected(words.error()));
  const auto may_see = [&](const domain::Message& message) {
    if (message.from == query.asker || message.to == query.asker) return true;
    return !message.to && !tables.refuses(query.asker, message.from);
  };
  Gathering gathering{query.count_max, query.bytes_max, {}};
  std::size_t searched = 0;
  for (const auto& [id, stored] : std::views::reverse(tables.messages)) {
    if (++searched > kSearchedMax) {
      gathering.page.more = true;
      break;
    }
    const domain::Message& message = stored.message;
    if (may_see(message) && has_words(message.text, *words) && !gathering.take(message)) break;
  }
  tables_->answer<HistoryPage>(std::move(done), std::move(gathering.page));
}

void MemoryStore::logins(UserId user, std::size_t count_max,
                         Completion<Result<std::vector<domain::LoginRecord>>> done) {
  using Logins = std::vector<domain::LoginRecord>;
  const Tables& tables = *tables_;
  if (tables.is_full()) return tables_->answer<Logins>(std::move(done), fail(Errc::busy));
  Logins newest;
  if (const auto known = tables.logins_of.find(user); known != tables.logins_of.end()) {
    for (const LoginId id :
         std::views::reverse(known->second) | std::views::take(static_cast<std::ptrdiff_t>(count_max)))
      newest.push_back(tables.logins.at(id).record);
  }
  tables_->answer<Logins>(std::move(done), std::move(newest));
}

}  // namespace sockchat::storage
