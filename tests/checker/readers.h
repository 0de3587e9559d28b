// What came to each user, session by session, and the rules about it.
//   K1 no loss, K2 nothing that was refused, K3 no duplicate, K5 order, K6 no gap, K8 nothing to a blocker
//
// A session that took up an earlier one (`resumed`) belongs to the same stay: broadcasts of the time between
// are owed too. Any other login begins a new stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "checker/calls.h"

namespace sockchat::checker {

// What has to hold of a resume, as the run was set up.
struct ResumeTerms {
  std::int64_t dead = 0;    // `dead_seconds`, in nanoseconds; 0: not known
  std::int64_t margin = 0;  // by which client and server may see the end of a session apart
};

class Readers final {
 public:
  void add(const Event& event, Calls& calls, Verdict& verdict);
  // Behind the last event. `drained`: everything that was accepted must have been shown.
  void finish(const Calls& calls, const BlockSpans& blocks, bool drained, Verdict& verdict);

  void set_terms(ResumeTerms terms) { terms_ = terms; }
  // The greatest mid that the user ever acknowledged, 0: none.
  [[nodiscard]] std::uint64_t acknowledged(int user) const;
  [[nodiscard]] std::size_t wire_repeats() const { return wire_repeats_; }
  // From the answer to the sender until it was shown to somebody who was there, at most.
  [[nodiscard]] std::int64_t slowest_delivery() const { return slowest_delivery_; }
  [[nodiscard]] const std::unordered_set<std::uint64_t>& delivered_calls() const { return delivered_; }

 private:
  struct Delivery {
    std::int64_t at;
    std::uint64_t mid;
    std::uint64_t call;
  };
  struct Session {
    int user = kNobody;
    std::int64_t invoked = 0;
    std::int64_t opened = kNever;
    std::int64_t ended = kNever;
    bool is_resume = false;
    std::uint64_t floor = 0;  // everything for the user behind it has to come
    // Of the stay: its first login.
    std::int64_t stay_invoked = 0;
    std::int64_t stay_opened = 0;
    std::vector<Delivery> deliveries{};
  };
  struct Reader {
    std::uint64_t acknowledged = 0;
    std::uint64_t newest_shown = 0;
    std::uint64_t newest_delivered = 0;
    std::uint64_t last_session = 0;  // that was opened
    std::unordered_set<std::uint64_t> shown;
    std::vector<std::uint64_t> sessions;  // in order
  };

  void entered(const Event& event, Verdict& verdict);
  void delivered(const Event& event, Calls& calls, Verdict& verdict);
  void shown(const Event& event, const Calls& calls, Verdict& verdict);
  void check_session(const Session& session, const Calls& calls, const BlockSpans& blocks,
                     Verdict& verdict) const;
  void check_delivery(const Session& session, const Delivery& delivery, const Calls& calls,
                      const BlockSpans& blocks, Verdict& verdict) const;
  void check_gap(const Session& session, std::uint64_t behind, const Delivery& next, const Calls& calls,
                 const BlockSpans& blocks, Verdict& verdict) const;
  void check_losses(const Calls& calls, Verdict& verdict);
  void index_mids(const Calls& calls);

  struct Known {
    std::uint64_t mid;
    std::uint64_t call;
  };
  ResumeTerms terms_;
  std::unordered_map<std::uint64_t, Session> sessions_;
  std::map<int, Reader> readers_;
  std::unordered_set<std::uint64_t> delivered_;
  std::map<int, std::vector<Known>> known_;  // by recipient, by mid
  std::size_t wire_repeats_ = 0;
  std::int64_t slowest_delivery_ = 0;
};

}  // namespace sockchat::checker
