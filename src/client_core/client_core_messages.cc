// Messages: those that come, from the screen to the memory to the server's books, and those that go, from the
// memory to the server.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "sockchat/base/limits.h"
#include "sockchat/client_core/client_core.h"
#include "sockchat/client_core/plain_view.h"
#include "sockchat/wire/frame.h"

namespace sockchat::client_core {

// --- in

void ClientCore::on_message(const wire::ServerFrame& event, TimePoint now) {
  if (event.stored && waiting_ > 0) {
    --waiting_;
    waiting_until_ = now + kWaitingPatience;
  }
  std::uint64_t mid = 0;
  std::from_chars(event.mid.data(), event.mid.data() + event.mid.size(), mid);
  if (mid != 0 && !shown_.take(mid, event.time)) return;
  voice_.show(lines_of_event(event));
}

void ClientCore::on_flushed() {
  leave_flushed_ = leave_flushed_ || stage_ == Stage::leaving;
  shown_.flushed();
  record_shown();
  confirm();
}

void ClientCore::record_shown() {
  while (const auto mark = shown_.to_record()) {
    if (!remembers_) {
      shown_.recorded();
      continue;
    }
    return memory_->keep_shown(*mark, [this](Result<void> kept) {
      if (!kept) drop_memory(kept.error());
      shown_.recorded();
      record_shown();
      confirm();
    });
  }
}

void ClientCore::confirm() {
  const bool leaving = stage_ == Stage::leaving && !logout_sent_;
  if (stage_ != Stage::online && !leaving) return;
  if (const auto up_to = shown_.to_confirm()) {
    const fmt::format_int mid(*up_to);
    send_aside("ack", std::array{std::string_view(mid.data(), mid.size())});
  }
  if (!leaving || !leave_flushed_ || shown_.recording()) return;
  logout_sent_ = true;
  // The server forgets it too.
  forget_token();
  request("logout", {});
}

// --- out

void ClientCore::post(std::optional<std::string_view> recipient, std::string_view text) {
  OutboxEntry entry{.cid = output_.fresh_cid(), .recipient = {}, .text = std::string(text)};
  if (recipient) entry.recipient = *recipient;
  // With the largest id: it is to fit whenever it is sent.
  std::string frame;
  wire::append_request(frame, entry.command(), entry.arguments(), wire::kRequestIdMax, entry.cid);
  if (!fits(frame.size() - wire::kFrameHeaderBytes, Limits().frame_max)) return;

  const OutboxEntry& added = outbox_.add(std::move(entry));
  if (remembers_) {
    memory_->keep(added, [this](Result<void> kept) {
      if (!kept) drop_memory(kept.error());
      outbox_.written();
      send_next();
    });
  } else {
    outbox_.written();
  }
  send_next();
}

// One request at a time: first what was typed as a message, then what waited for the connection, then the
// end.
void ClientCore::send_next() {
  if (stage_ != Stage::online || asked_ || resend_at_ != kNever) return;
  while (const OutboxEntry* entry = outbox_.next()) {
    if (request(entry->command(), entry->arguments(), entry->cid)) {
      asked_->origin = Origin::outbox;
      entry_id_ = asked_->id;
      return;
    }
    // Of an earlier run with other limits; the user has been told.
    drop_entry();
  }
  if (!outbox_.empty() || waiting_ > 0) return;
  if (held_) {
    const HeldLine held = *std::exchange(held_, std::nullopt);
    return take_command_line(held.line, held.again, now_);
  }
  if (input_ended_) end_input();
}

OutboxEntry ClientCore::drop_entry() {
  resends_ = 0;
  OutboxEntry entry = outbox_.take();
  if (remembers_) memory_->forget(entry.cid);
  return entry;
}

void ClientCore::on_entry_answer(const wire::ServerFrame& reply, TimePoint now) {
  if (resend_later(reply, now)) return;
  const OutboxEntry entry = drop_entry();
  voice_.show(lines_of_reply(entry.recipient ? *entry.recipient : entry.text, reply));
}

// Not stored, or nobody knows: the same cid makes it harmless to ask again.
bool ClientCore::resend_later(const wire::ServerFrame& reply, TimePoint now) {
  const auto is = [&](Errc code) { return reply.code == name_of(code); };
  const bool passes = is(Errc::storage) || is(Errc::busy) || is(Errc::rate_limited);
  if (!passes) return false;
  if (stage_ == Stage::leaving) return true;  // it stays for the next start
  if (resends_ == kResendsMax) return false;
  const std::uint64_t longest = kRetryMax / std::chrono::seconds(1);
  const std::uint64_t pause = reply.retry_after.value_or(std::uint64_t{1} << resends_);
  const std::uint64_t seconds = std::clamp<std::uint64_t>(pause, 1, longest);
  ++resends_;
  voice_.note(fmt::format("The server cannot take the message now; trying again in {} s", seconds));
  resend_at_ = now + std::chrono::seconds(seconds);
  return true;
}

// --- the memory

void ClientCore::drop_memory(const Error& why) {
  if (!std::exchange(remembers_, false)) return;
  outbox_.all_written();
  if (why.code == Errc::busy) return;
  output_.complain(fmt::format("Warning: {}; from now on nothing is remembered", why.text));
}

void ClientCore::tell_unsent() {
  if (!was_online_ || outbox_.empty()) return;
  const std::size_t left = outbox_.size();
  const std::string what = left == 1 ? "1 message is" : fmt::format("{} messages are", left);
  const std::string_view them = left == 1 ? "it" : "them";
  if (remembers_) return voice_.note(fmt::format("{} not sent yet; the next start sends {}", what, them));
  voice_.note(fmt::format("{} not sent", what));
}

}  // namespace sockchat::client_core
