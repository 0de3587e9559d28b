#include "core_judge.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"
#include "support/padded_text.h"

namespace sockchat::fuzz {
namespace {

constexpr std::string_view kEverybody = "*";

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  SOCKCHAT_CHECK(error == std::errc() && end == digits.data() + digits.size());
  return value;
}

bool is_block(std::string_view command) { return command == "block" || command == "unblock"; }

bool is_entry(std::string_view command) {
  return command == "login" || command == "register" || command == "resume";
}

}  // namespace

void CoreJudge::know(std::string name, std::string password) {
  accounts_.insert(name);
  passwords_[std::move(name)] = {std::move(password)};
}

void CoreJudge::offered(ConnectionId id, std::string_view json) {
  ++step_;
  Line& line = lines_.at(id);
  auto reference = test::read_strictly(json);
  Asked asked;
  asked.is_bad = !reference;
  if (reference) {
    asked.command = std::move(reference->command);
    asked.id = std::move(reference->id);
    asked.data = std::move(reference->data);
    const bool has_id = asked.id != wire::RequestId();
    const bool is_told_only_errors =
        asked.command == "pong" || asked.command == "active" || asked.command == "relay";
    asked.may_be_silent = is_told_only_errors || (asked.command == "ack" && !has_id);
    note_request(line, asked);
  }
  line.asked.push_back(std::move(asked));
}

void CoreJudge::note_request(const Line& line, Asked& asked) {
  const auto& [command, data] = std::tie(asked.command, asked.data);
  if (command == "register" && data.size() == 2 && !accounts_.contains(data[0]))
    passwords_[data[0]].insert(data[1]);
  if (line.user.empty()) return;
  if (command == "passwd" && data.size() == 2) passwords_[line.user].insert(data[1]);
  // The first time counts: then no block that came later can forbid any of them.
  if (command == "message" && data.size() == 2) contents_.try_emplace({line.user, data[0], data[1]}, step_);
  if (command == "broadcast" && data.size() == 1)
    contents_.try_emplace({line.user, std::string(kEverybody), data[0]}, step_);
  if (!is_block(command) || data.size() != 1) return;
  const auto owner = number_of(line.user);
  const auto target = number_of(data[0]);
  if (owner && target) asked.change = blocks_.begin(*owner, *target, step_);
}

void CoreJudge::offered_bad_frame(ConnectionId id) {
  Asked asked;
  asked.is_bad = true;
  lines_.at(id).asked.push_back(std::move(asked));
}

void CoreJudge::sent(ConnectionId id, std::string_view frames) {
  Line& line = lines_.at(id);
  test::PaddedText copy(frames);
  std::span<char> rest = copy.span();
  while (!rest.empty()) {
    const wire::FrameCut cut = wire::next_frame(rest, wire::kServerFrameMax);
    SOCKCHAT_CHECK(cut.state == wire::FrameState::complete);
    rest = rest.subspan(cut.consumed);
    test::PaddedText text({cut.payload.data(), cut.payload.size()});
    const auto frame = reader_.read(text.span());
    SOCKCHAT_CHECK(frame.has_value());
    ++step_;
    if (frame->kind != wire::ServerFrameKind::event) {
      judge_reply(line, *frame);
    } else if (!frame->mid.empty()) {
      judge_delivery(line, *frame);
    }
  }
}

void CoreJudge::judge_reply(Line& line, const wire::ServerFrame& reply) {
  const bool is_refused_whole = reply.code == "bad_request" || reply.code == "bad_frame";
  // What has no command cannot be named; it is answered at once, so the first of them is meant.
  const auto found = std::ranges::find_if(line.asked, [&](const Asked& asked) {
    if (asked.is_bad) return is_refused_whole;
    return asked.command == reply.command && asked.id == reply.id;
  });
  SOCKCHAT_CHECK(found != line.asked.end());
  const Asked asked = std::move(*found);
  line.asked.erase(found);
  SOCKCHAT_CHECK(!asked.is_bad || reply.kind == wire::ServerFrameKind::error);
  if (asked.is_bad) return;
  settle_block(line, asked, &reply);
  if (reply.kind != wire::ServerFrameKind::ok) return;
  if (is_entry(asked.command)) judge_entry(line, asked, reply);
  if (asked.command == "passwd") settle_password(line.user, asked.data.at(1));
}

void CoreJudge::judge_entry(Line& line, const Asked& asked, const wire::ServerFrame& reply) {
  SOCKCHAT_CHECK(line.user.empty() && reply.data.size() == 1 && asked.data.size() == 2);
  const std::string user(reply.data[0]);
  if (asked.command == "resume") {
    const auto token = tokens_.find(asked.data[0]);
    SOCKCHAT_CHECK(token != tokens_.end() && token->second == user);
  } else {
    SOCKCHAT_CHECK(user == asked.data[0]);
    SOCKCHAT_CHECK(passwords_[user].contains(asked.data[1]));
  }
  if (asked.command == "register") {
    SOCKCHAT_CHECK(accounts_.insert(user).second);
    settle_password(user, asked.data[1]);
  }
  for (const auto& [id, other] : lines_) SOCKCHAT_CHECK(other.user != user);
  line.user = user;
  if (!reply.token) return;
  tokens_seen_.emplace_back(*reply.token);
  tokens_[tokens_seen_.back()] = user;
}

// What was asked for since may come to be as well.
void CoreJudge::settle_password(const std::string& user, const std::string& password) {
  std::set<std::string>& possible = passwords_[user];
  possible = {password};
  for (const auto& [id, line] : lines_) {
    if (line.user != user) continue;
    for (const Asked& asked : line.asked) {
      if (asked.command == "passwd" && asked.data.size() == 2) possible.insert(asked.data[1]);
    }
  }
}

void CoreJudge::settle_block(const Line& line, const Asked& asked, const wire::ServerFrame* reply) {
  if (!asked.change) return;
  const bool ok = reply && reply->kind == wire::ServerFrameKind::ok;
  const bool is_unknown = !reply || reply->code == "storage";
  blocks_.end(*number_of(line.user), *number_of(asked.data[0]), *asked.change, asked.command == "block", ok,
              is_unknown, step_);
}

void CoreJudge::judge_delivery(Line& line, const wire::ServerFrame& event) {
  SOCKCHAT_CHECK(!line.user.empty() && event.data.size() == 2);
  const std::uint64_t mid = number(event.mid);
  SOCKCHAT_CHECK(mid > line.mid);
  line.mid = mid;
  if (mid > number(newest_mid_)) newest_mid_ = event.mid;
  const std::string from(event.data[0]);
  const std::string to(event.command == "message" ? std::string_view(line.user) : kEverybody);
  const auto content = contents_.find({from, to, std::string(event.data[1])});
  SOCKCHAT_CHECK(content != contents_.end());
  const auto owner = number_of(line.user);
  const auto sender = number_of(from);
  if (owner && sender) SOCKCHAT_CHECK(!blocks_.is_on_since(*owner, *sender, content->second));
}

void CoreJudge::logged_out(ConnectionId id) {
  const auto line = lines_.find(id);
  if (line == lines_.end()) return;
  for (Asked& asked : line->second.asked) {
    settle_block(line->second, asked, nullptr);
    asked.change.reset();
  }
  line->second.user.clear();
}

void CoreJudge::closed(ConnectionId id) {
  logged_out(id);
  lines_.erase(id);
}

void CoreJudge::at_rest() const {
  for (const auto& [id, line] : lines_)
    SOCKCHAT_CHECK(std::ranges::all_of(line.asked, &Asked::may_be_silent));
}

std::string CoreJudge::user_of(ConnectionId id) const {
  const auto line = lines_.find(id);
  return line == lines_.end() ? std::string() : line->second.user;
}

std::optional<int> CoreJudge::number_of(std::string_view name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  if (numbers_.size() == sim::kUsersMax) return std::nullopt;
  const int number = static_cast<int>(numbers_.size());
  numbers_.emplace(name, number);
  return number;
}

}  // namespace sockchat::fuzz
