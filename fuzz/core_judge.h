// Watches everything that goes into a server core and comes out of it, and aborts when a rule is broken:
//   every request is answered once, but for those that are silent when they are right;
//   nobody is logged in without the password, or a token, of that name, and nobody twice;
//   what is delivered was sent by whom it says, in rising order, and not behind the answer to a block;
//   no frame is longer than the protocol allows, and each one is one that our client understands.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "sim/block_ledger.h"
#include "sockchat/base/ids.h"
#include "sockchat/wire/request_id.h"
#include "sockchat/wire/server_frame.h"
#include "support/strict_json.h"

namespace sockchat::fuzz {

class CoreJudge final {
 public:
  void know(std::string name, std::string password);

  void opened(ConnectionId id) { lines_.try_emplace(id); }
  // Before the core hears of it.
  void offered(ConnectionId id, std::string_view json);
  void offered_bad_frame(ConnectionId id);
  // Whole frames.
  void sent(ConnectionId id, std::string_view frames);
  // The core has ended the session, but perhaps not the connection.
  void logged_out(ConnectionId id);
  void closed(ConnectionId id);
  // Nothing is under way: what is not answered now never will be.
  void at_rest() const;

  [[nodiscard]] std::string user_of(ConnectionId id) const;
  // For scripts that want to come near to something.
  [[nodiscard]] const std::vector<std::string>& tokens() const { return tokens_seen_; }
  [[nodiscard]] const std::string& newest_mid() const { return newest_mid_; }

 private:
  struct Asked {
    std::string command;
    wire::RequestId id;
    std::vector<std::string> data;
    bool is_bad = false;
    bool may_be_silent = false;
    std::optional<sim::BlockLedger::Change> change;
  };
  struct Line {
    std::deque<Asked> asked;
    std::string user;  // empty: a stranger
    std::uint64_t mid = 0;
  };
  using Content = std::tuple<std::string, std::string, std::string>;  // from, to, text

  void note_request(const Line& line, Asked& asked);
  void judge_reply(Line& line, const wire::ServerFrame& reply);
  void judge_entry(Line& line, const Asked& asked, const wire::ServerFrame& reply);
  void judge_delivery(Line& line, const wire::ServerFrame& event);
  void settle_block(const Line& line, const Asked& asked, const wire::ServerFrame* reply);
  void settle_password(const std::string& user, const std::string& password);
  // Nothing when there are too many names.
  std::optional<int> number_of(std::string_view name);

  std::map<ConnectionId, Line> lines_;
  std::map<std::string, std::set<std::string>, std::less<>> passwords_;  // any of them may be the one
  std::set<std::string, std::less<>> accounts_;
  std::map<std::string, std::string, std::less<>> tokens_;
  std::vector<std::string> tokens_seen_;
  std::map<Content, std::uint64_t> contents_;  // when it was sent first
  std::map<std::string, int, std::less<>> numbers_;
  sim::BlockLedger blocks_;
  std::string newest_mid_ = "0";
  std::uint64_t step_ = 0;
  wire::ServerFrameReader reader_;
};

}  // namespace sockchat::fuzz
