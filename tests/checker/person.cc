#include "checker/person.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "sockchat/base/check.h"
#include "sockchat/wire/frame.h"
#include "sockchat/wire/frame_writer.h"

namespace sockchat::checker {
namespace {

constexpr std::size_t kAcceptedKept = 8;

// 0 for what is none.
std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int user_of(std::string_view name) {
  return name.starts_with('u') ? static_cast<int>(number_in(name.substr(1))) : kStranger;
}

bool is_passing(std::string_view code) {
  return code == "storage" || code == "busy" || code == "rate_limited";
}

}  // namespace

Person::Person(int number, Town& town) : number_(number), town_(town) {}

void Person::note(Kind kind, Event event) {
  event.kind = kind;
  event.user = number_;
  town_.recording.add(std::move(event));
}

// --- the connection

void Person::turn(short happened) {
  if (link_) {
    const bool alive = link_->turn(town_.now, happened);
    read_frames();
    if (link_ && !alive) hang_up("closed");
  } else if (town_.now >= next_try_ && town_.port != 0) {
    dial();
  }
  if (link_ && state_ == State::inside) act();
}

void Person::dial() {
  link_ = std::make_unique<ChaosLink>(town_.port, town_.random, town_.winding_down);
  state_ = State::greeting;
  ask(What::hello, 0, "hello", {"ack", "resume"});
}

void Person::hang_up(std::string_view why) {
  const bool was_inside = state_ == State::inside || state_ == State::leaving;
  if (was_inside) note(Kind::lost, {.session = session_, .word = std::string(why)});
  link_.reset();
  state_ = State::away;
  forget_pending();
  if (farewell_ == Farewell::leaving) farewell_ = Farewell::returning;
  if (town_.winding_down) {
    next_try_ = town_.in(20);
    return;
  }
  const std::size_t chance = town_.random.below(100);
  next_try_ = town_.in(chance < 60   ? 100
                       : chance < 97 ? 1000
                                     : static_cast<std::size_t>(town_.dead.count()) + 2000);
  // The state file is not always there; the password is.
  if (town_.random.chance(25)) token_.clear();
}

// What became of it is not known.
void Person::forget_pending() {
  for (const auto& [id, asked] : std::exchange(pending_, {})) {
    switch (asked.what) {
      case What::send:
      case What::reuse:
        note(Kind::send_info, {.call = asked.call, .word = "cut"});
        break;
      case What::change:
        note(Kind::change_info, {.call = asked.call, .word = "cut"});
        break;
      case What::enter:
        note(Kind::enter_info, {.session = session_, .word = "cut"});
        break;
      case What::hello:
      case What::echo:
      case What::ack:
      case What::logout:
      case What::ping:
        break;
    }
  }
  std::erase_if(outbox_, [](const Draft& draft) { return draft.cid.empty(); });
}

void Person::cut(Cut how) {
  if (!link_) return;
  switch (how) {
    case Cut::reset:
      link_->reset();
      break;
    case Cut::close:
      break;
    case Cut::half:
      if (state_ != State::inside) break;
      link_->end_output();
      state_ = State::leaving;
      return;
    case Cut::ghost:
      town_.ghosts.push_back({std::move(link_), town_.in(3000)});
      break;
  }
  hang_up("cut");
}

void Person::stall(bool input, Instant until) {
  if (!link_) return;
  input ? link_->stall_input(until) : link_->stall_output(until);
}

void Person::ask(What what, std::uint64_t call, std::string_view command,
                 const std::vector<std::string>& data, std::string_view cid) {
  const std::uint64_t id = ++last_request_;
  std::string bytes;
  wire::FrameWriter writer(bytes);
  writer.text("command", command).begin_list("data");
  for (const std::string& item : data) writer.item(item);
  writer.end_list();
  if (what != What::ack || farewell_ != Farewell::none) writer.id(wire::RequestId(id));
  if (!cid.empty()) writer.text("cid", cid);
  writer.finish();
  if (what != What::ack || farewell_ != Farewell::none) pending_[id] = {what, call};
  link_->send(bytes);
}

void Person::read_frames() {
  while (link_) {
    const wire::FrameCut front = wire::next_frame(link_->received().bytes(), wire::kServerFrameMax);
    SOCKCHAT_CHECK(front.state != wire::FrameState::bad);
    if (front.state == wire::FrameState::incomplete) return;
    // Parsed in place, which spoils the text; the connection may end meanwhile, and its buffer with it.
    const std::string json(front.payload.data(), front.payload.size());
    std::string scratch = json;
    scratch.resize(json.size() + ByteBuffer::kPadding);
    link_->received().consume(front.consumed);
    const auto frame = reader_.read(std::span(scratch).first(json.size()));
    SOCKCHAT_CHECK(frame.has_value());
    on_frame(*frame, json);
  }
}

void Person::on_frame(const wire::ServerFrame& frame, std::string_view json) {
  if (frame.kind == wire::ServerFrameKind::event) return on_event(frame);
  const auto* id = std::get_if<std::uint64_t>(&frame.id);
  const auto found = id ? pending_.find(*id) : pending_.end();
  if (found == pending_.end()) {
    // Of what is answered only when it is wrong, and of the connection itself.
    note(Kind::fact, {.word = fmt::format("unexpected:{}", json)});
    return;
  }
  const Asked asked = found->second;
  pending_.erase(found);
  on_answer(asked, frame);
}

// --- events

void Person::on_event(const wire::ServerFrame& frame) {
  if (frame.command == "message" || frame.command == "broadcast") return on_delivery(frame);
  if (frame.command != "ping") return;
  std::string bytes;
  wire::FrameWriter writer(bytes);
  writer.text("command", "pong").finish();
  link_->send(bytes);
}

void Person::on_delivery(const wire::ServerFrame& frame) {
  SOCKCHAT_CHECK(frame.data.size() == 2);
  const std::string_view text = frame.data[1];
  const Event event{.peer = user_of(frame.data[0]),
                    .call = number_in(text),
                    .session = session_,
                    .mid = number_in(frame.mid),
                    .hash = hash_of(text),
                    .word = frame.command == "message" ? "direct" : "broadcast"};
  note(Kind::deliver, event);
  to_acknowledge_ = std::max(to_acknowledge_, event.mid);
  if (event.mid <= last_shown_) return;
  // The client may be killed between the two.
  if (!town_.winding_down && town_.random.below(400) == 0) return cut(Cut::close);
  last_shown_ = event.mid;
  last_shown_call_ = event.call;
  note(Kind::shown, {.call = event.call, .mid = event.mid});
}

// --- answers

void Person::on_answer(const Asked& asked, const wire::ServerFrame& frame) {
  switch (asked.what) {
    case What::hello:
      return on_hello(frame);
    case What::enter:
      return on_entered(frame);
    case What::send:
    case What::echo:
    case What::reuse:
      return on_sent(asked, frame);
    case What::change:
      return on_changed(frame);
    case What::logout:
      // An answer like any other; the end of the connection follows.
      note(Kind::logout_ok, {.session = session_});
      return;
    case What::ack:
    case What::ping:
      return on_farewell(asked.what);
  }
}

void Person::on_hello(const wire::ServerFrame& frame) {
  if (frame.kind != wire::ServerFrameKind::ok) return hang_up("hello");
  const bool grants_resume = std::ranges::find(frame.data, "resume") != frame.data.end();
  session_ = ++town_.last_session;
  state_ = State::entering;
  to_acknowledge_ = acknowledged_ = 0;
  wants_resume_ = grants_resume && !token_.empty() && farewell_ == Farewell::none;
  if (wants_resume_) {
    note(Kind::resume, {.session = session_, .mid = last_shown_});
    return ask(What::enter, 0, "resume", {token_, fmt::to_string(last_shown_)});
  }
  token_.clear();
  note(Kind::login, {.session = session_});
  ask(What::enter, 0, "login", {name_of(number_), "pw"});
}

void Person::on_entered(const wire::ServerFrame& frame) {
  if (frame.kind != wire::ServerFrameKind::ok) {
    const std::string code(frame.code);
    note(Kind::enter_fail, {.session = session_, .word = code});
    if (code == "bad_token") token_.clear();
    hang_up("refused");
    next_try_ = town_.in(200);
    return;
  }
  token_ = frame.token.value_or("");
  note(Kind::enter_ok, {.session = session_, .word = frame.resumed ? "resumed" : "new"});
  state_ = State::inside;
  // What it resumed behind it has shown, and perhaps never said so.
  if (wants_resume_) to_acknowledge_ = last_shown_;
  window_ = town_.random.between(1, 16);
  next_act_ = town_.now;
  if (farewell_ == Farewell::returning) {
    found_waiting_ = frame.waiting.value_or(0);
    farewell_ = Farewell::listening;
    return ask(What::ping, 0, "ping", {});
  }
  // A farewell that was interrupted begins again.
  if (farewell_ != Farewell::none) farewell_ = Farewell::acknowledging, acknowledge();
  resend();
}

void Person::on_sent(const Asked& asked, const wire::ServerFrame& frame) {
  const auto draft = std::ranges::find(outbox_, asked.call, &Draft::call);
  if (frame.kind == wire::ServerFrameKind::ok) {
    note(Kind::send_ok, {.call = asked.call, .mid = frame.data.empty() ? 0 : number_in(frame.data[0])});
    if (draft != outbox_.end() && !draft->cid.empty()) {
      accepted_.push_back(*draft);
      if (accepted_.size() > kAcceptedKept) accepted_.pop_front();
    }
  } else if (is_passing(frame.code)) {
    if (asked.what == What::echo) return;
    note(Kind::send_info, {.call = asked.call, .word = std::string(frame.code)});
    must_resend_ = true;
    next_resend_ = town_.in(100);
    if (draft != outbox_.end() && !draft->cid.empty()) return;
  } else {
    note(Kind::send_fail, {.call = asked.call, .word = std::string(frame.code)});
  }
  if (draft != outbox_.end()) outbox_.erase(draft);
}

void Person::on_changed(const wire::ServerFrame& frame) {
  if (!change_) return;
  if (frame.kind == wire::ServerFrameKind::error && is_passing(frame.code)) {
    note(Kind::change_info, {.call = change_->call, .word = std::string(frame.code)});
    must_resend_ = true;
    next_resend_ = town_.in(100);
    return;
  }
  if (frame.kind == wire::ServerFrameKind::ok) {
    note(Kind::change_ok, {.call = change_->call});
  } else {
    note(Kind::change_fail, {.call = change_->call, .word = std::string(frame.code)});
  }
  if (change_->to_blocked) {
    blocked_.insert(change_->target);
  } else {
    blocked_.erase(change_->target);
  }
  change_.reset();
}

void Person::on_farewell(What what) {
  if (what == What::ack && farewell_ == Farewell::acknowledging) {
    farewell_ = Farewell::leaving;
    return log_out();
  }
  if (what == What::ping && farewell_ == Farewell::listening) farewell_ = Farewell::rest;
}

}  // namespace sockchat::checker
