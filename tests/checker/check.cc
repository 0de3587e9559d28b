#include "checker/check.h"

#include <algorithm>

#include "checker/block_spans.h"
#include "checker/calls.h"
#include "checker/readers.h"
#include "checker/store_rules.h"

namespace sockchat::checker {
namespace {

class Checker final {
 public:
  void add(const Event& event);
  Report finish() &&;

 private:
  void take_fact(const Event& event);
  void count(const Event& event);

  Report report_;
  Calls calls_;
  BlockSpans blocks_;
  Readers readers_;
  StoreRules store_;
  ResumeTerms terms_;
  bool drained_ = false;
  std::int64_t killed_ = 0;          // 0: it has answered since
  std::uint64_t first_session_ = 0;  // asked for since then
};

void Checker::take_fact(const Event& event) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (event.word == "dead_ms") terms_.dead = static_cast<std::int64_t>(event.mid) * kMillisecond;
  if (event.word == "margin_ms") terms_.margin = static_cast<std::int64_t>(event.mid) * kMillisecond;
  if (event.word.starts_with("unexpected:")) report_.verdict.add("history", event.at, event.word);
  readers_.set_terms(terms_);
}

void Checker::count(const Event& event) {
  Figures& figures = report_.figures;
  switch (event.kind) {
    case Kind::send:
    case Kind::block:
    case Kind::unblock:
    case Kind::logout:
      ++figures.operations;
      return;
    case Kind::login:
    case Kind::resume:
      ++figures.operations;
      if (killed_ != 0 && first_session_ == 0) first_session_ = event.session;
      return;
    case Kind::enter_ok:
      ++figures.ok;
      // Other answers may have been on their way when it died; a session that was asked for behind that is
      // new.
      if (first_session_ != 0 && event.session >= first_session_) {
        figures.slowest_recovery = std::max(figures.slowest_recovery, event.at - killed_);
        killed_ = 0;
        first_session_ = 0;
      }
      return;
    case Kind::send_ok:
    case Kind::change_ok:
    case Kind::logout_ok:
      ++figures.ok;
      return;
    case Kind::send_fail:
    case Kind::change_fail:
    case Kind::enter_fail:
      ++figures.fail;
      return;
    case Kind::send_info:
    case Kind::change_info:
    case Kind::enter_info:
      ++figures.info;
      return;
    case Kind::deliver:
      ++figures.deliveries;
      return;
    default:
      return;
  }
}

void Checker::add(const Event& event) {
  Verdict& verdict = report_.verdict;
  count(event);
  switch (event.kind) {
    case Kind::fact:
      return take_fact(event);
    case Kind::send:
      return calls_.send(event);
    case Kind::send_ok:
    case Kind::send_fail:
    case Kind::send_info:
      return calls_.answer(event, verdict);
    case Kind::block:
    case Kind::unblock:
    case Kind::change_ok:
    case Kind::change_fail:
    case Kind::change_info:
      return blocks_.add(event, verdict);
    case Kind::nemesis_begin:
      if (event.word != "kill") return;
      killed_ = event.at;
      first_session_ = 0;
      return;
    case Kind::nemesis_end:
      return;
    case Kind::server_ended:
      return verdict.add("server", event.at, "it ended by itself: " + event.word);
    case Kind::drained:
      drained_ = event.word == "yes";
      if (!drained_) verdict.add("K1", event.at, "not drained in time: " + event.word);
      return;
    case Kind::integrity:
    case Kind::stored:
    case Kind::stored_block:
    case Kind::stored_cursor:
      return store_.add(event, calls_, verdict);
    default:
      return readers_.add(event, calls_, verdict);
  }
}

Report Checker::finish() && {
  Verdict& verdict = report_.verdict;
  calls_.finish(blocks_, verdict);
  readers_.finish(calls_, blocks_, drained_, verdict);
  store_.finish(calls_, blocks_, readers_, verdict);
  report_.figures.wire_repeats = readers_.wire_repeats();
  report_.figures.slowest_delivery = readers_.slowest_delivery();
  return std::move(report_);
}

}  // namespace

Report check(History history) {
  std::ranges::stable_sort(history, {}, &Event::at);
  Checker checker;
  for (const Event& event : history) checker.add(event);
  return std::move(checker).finish();
}

}  // namespace sockchat::checker
