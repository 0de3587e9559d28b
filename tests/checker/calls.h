// What was sent, and what became of it: the rules that need no reader.
//   K2 no invention, K4 integrity, K5 order of acceptance, K7 one mid for a call
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checker/block_spans.h"
#include "checker/history.h"
#include "checker/verdict.h"

namespace sockchat::checker {

enum class Outcome : std::uint8_t { unknown, ok, fail };

struct Send {
  int from = kNobody;
  int to = kNobody;
  std::uint64_t hash = 0;
  std::int64_t invoked = 0;
  std::int64_t ended = kNever;  // the first answer
  std::uint64_t mid = 0;        // 0: not known
  std::uint64_t floor = 0;      // the greatest mid that anybody knew when it was invoked
  Outcome outcome = Outcome::unknown;
  bool blocked = false;      // so it was refused
  bool reuses = false;       // a cid that stands for another content
  bool was_refused = false;  // an answer that leaves it open came first: its place in the order is its own
};

class Calls final {
 public:
  void send(const Event& event);
  // send_ok, send_fail, send_info.
  void answer(const Event& event, Verdict& verdict);
  // A delivery or a row of the store is about this call; tells what is wrong with it. None when nobody sent
  // it.
  const Send* meet(const Event& event, std::string_view where, Verdict& verdict);
  // Behind the last event.
  void finish(const BlockSpans& blocks, Verdict& verdict) const;

  [[nodiscard]] const Send* find(std::uint64_t call) const;
  // By call, in order.
  [[nodiscard]] const std::unordered_map<std::uint64_t, Send>& all() const { return sends_; }
  [[nodiscard]] std::size_t infos() const { return infos_; }

 private:
  void learn(std::uint64_t call, Send& send, const Event& event, Verdict& verdict);
  void check_order(const BlockSpans& blocks, Verdict& verdict) const;
  void check_blocks(std::uint64_t call, const Send& send, const BlockSpans& blocks, Verdict& verdict) const;

  std::unordered_map<std::uint64_t, Send> sends_;
  std::vector<std::uint64_t> in_order_;  // of invocation
  std::unordered_map<std::uint64_t, std::uint64_t> by_mid_;
  std::uint64_t newest_ = 0;
  std::size_t infos_ = 0;
};

}  // namespace sockchat::checker
