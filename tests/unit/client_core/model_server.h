// The least server with which a client can be cut off at any point: one account, tokens that are spent by the
// request behind their resume, cids that are taken once, a mailbox with a confirmed position. Frames that are
// under way die with the connection.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sockchat/base/byte_buffer.h"
#include "sockchat/wire/request.h"

namespace sockchat::client_core {

class ModelServer final {
 public:
  using Mail = std::pair<std::uint64_t, std::string>;

  // A message to the account: told at once, or at the next login.
  void deliver(std::string text) {
    mail_.emplace_back(++newest_, std::move(text));
    if (online_) push(mail_.back(), false);
  }
  void drop() {
    online_ = false;
    to_client.clear();
  }

  [[nodiscard]] std::uint64_t mid_of(std::string_view text) const {
    return std::ranges::find(mail_, text, &Mail::second)->first;
  }

  void receive(std::string_view json) {
    ByteBuffer bytes;
    bytes.append(json);
    const auto reading = reader_.read(bytes.bytes());
    if (reading.error) return fault("a bad request");
    const wire::Request& request = reading.request;
    const auto* number = std::get_if<std::uint64_t>(&request.id);
    id_ = number == nullptr ? 0 : *number;
    if (!fresh_token_.empty() && online_) tokens_ = {std::exchange(fresh_token_, {})};
    if (request.command == "hello") return answer("hello", R"("data":["sockchat","1","ack","resume"])");
    if (request.command == "login") return admit("login", confirmed_);
    if (request.command == "resume")
      return resume(request.data[0], std::stoull(std::string(request.data[1])));
    if (!online_) return fault("a request before the login");
    if (request.command == "ack") return acknowledge(std::stoull(std::string(request.data[0])));
    if (request.command == "message") return take(request);
    if (request.command != "logout") return fault("an unknown request");
    tokens_.clear();
    answer("logout", R"("data":[])");
    online_ = false;
  }

  std::deque<std::string> to_client;
  std::vector<std::string> taken;  // texts, in the order of acceptance
  std::vector<std::string> faults;

 private:
  void fault(std::string what) { faults.push_back(std::move(what)); }
  void answer(std::string_view command, std::string_view more) {
    to_client.push_back(fmt::format(R"({{"status":"ok","command":"{}","id":{},{}}})", command, id_, more));
  }
  void push(const Mail& mail, bool stored) {
    to_client.push_back(
        fmt::format(R"({{"command":"message","data":["luke","{1}"],"mid":"{0}","time":"T{0:06}"{2}}})",
                    mail.first, mail.second, stored ? R"(,"stored":true)" : ""));
    position_ = mail.first;
  }
  void admit(std::string_view command, std::uint64_t from) {
    online_ = true;
    position_ = from;
    fresh_token_ = fmt::format("token{}", ++last_token_);
    const bool resumed = command == "resume";
    // The one that was shown stays good until the next request.
    tokens_.insert(fresh_token_);
    const auto behind = std::ranges::count_if(mail_, [&](const Mail& mail) { return mail.first > from; });
    answer(command, fmt::format(R"("data":["hans"],"failed":0,"waiting":{},"token":"{}","resumed":{})",
                                behind, fresh_token_, resumed));
    for (const Mail& mail : mail_) {
      if (mail.first > from) push(mail, true);
    }
  }
  void resume(std::string_view token, std::uint64_t last) {
    if (tokens_.contains(std::string(token))) return admit("resume", last == 0 ? confirmed_ : last);
    fault(fmt::format("a dead token: {}", token));
    to_client.push_back(fmt::format(
        R"({{"status":"error","command":"resume","id":{},"code":"bad_token","data":[""]}})", id_));
  }
  void acknowledge(std::uint64_t mid) {
    if (mid > position_) fault(fmt::format("{} is confirmed, and only {} was sent", mid, position_));
    confirmed_ = std::max(confirmed_, mid);
  }
  void take(const wire::Request& request) {
    const std::string cid(request.cid.value_or(""));
    const auto [known, is_new] = cids_.try_emplace(cid, newest_ + 1);
    if (is_new) {
      ++newest_;
      taken.emplace_back(request.data[1]);
    }
    answer("message", fmt::format(R"("data":["{}"],"delivery":"delivered")", known->second));
  }

  wire::RequestReader reader_;
  std::uint64_t id_ = 0;
  std::vector<Mail> mail_;
  std::uint64_t newest_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t position_ = 0;
  bool online_ = false;
  std::set<std::string> tokens_;
  std::string fresh_token_;  // the last one given, nothing was asked behind it
  int last_token_ = 0;
  std::map<std::string, std::uint64_t> cids_;
};

}  // namespace sockchat::client_core
