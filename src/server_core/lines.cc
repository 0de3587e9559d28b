#include "server_core/lines.h"

#include <utility>

#include "sockchat/wire/events.h"

namespace sockchat::server_core {
namespace {

// The word of the `logout` event; none where the peer asked for the end, or did not keep to the protocol.
std::string_view farewell_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::idle_timeout:
      return "timeout";
    case CloseReason::shutdown:
      return "shutdown";
    case CloseReason::replaced:
      return "replaced";
    case CloseReason::kicked:
      return "kicked";
    case CloseReason::slow_consumer:
      return "slow_consumer";
    default:
      return {};
  }
}

}  // namespace

Lines::Lines(const Limits& limits, Counters& counters, domain::Sessions& sessions, Links& links)
    : limits_(limits), counters_(counters), sessions_(sessions), links_(links) {}

Line& Lines::open(ConnectionId id, std::string address, TimePoint now) {
  Line& line = lines_[id];
  line.id = id;
  line.group = AddressGroup::of(address);
  line.address = std::move(address);
  line.is_stranger = !line.group.is_loopback() || limits_.address_limits_loopback != 0;
  if (line.is_stranger) ++strangers_;
  line.last_heard = now;
  return line;
}

Line* Lines::find(ConnectionId id) {
  const auto found = lines_.find(id);
  return found == lines_.end() ? nullptr : &found->second;
}

void Lines::erase(ConnectionId id) {
  if (Line* line = find(id)) know(*line);
  lines_.erase(id);
}

void Lines::know(Line& line) {
  if (std::exchange(line.is_stranger, false)) --strangers_;
}

void Lines::send(Line& line, std::string_view frames) {
  if (line.closed || frames.empty()) return;
  if (domain::Session* session = line.session ? sessions_.find(line.session) : nullptr) {
    session->feed.count_queued(frames.size());
  } else if (line.parting) {
    line.parting->feed.count_queued(frames.size());
  } else {
    line.queued += frames.size();
  }
  links_.send(line.id, frames);
}

void Lines::send_counted(Line& line, std::string_view frames) {
  if (!line.closed) links_.send(line.id, frames);
}

void Lines::multicast_counted(std::span<const ConnectionId> ids, std::string_view frames) {
  if (!ids.empty()) links_.multicast(ids, frames);
}

void Lines::answer(Line& line, std::string_view frame) {
  if (line.replies.pass(frame)) {
    send(line, frame);
  } else {
    check_backlog(line);
  }
}

ReplyLine::Ticket Lines::expect(Line& line) {
  const ReplyLine::Ticket ticket = line.replies.expect();
  check_backlog(line);
  return ticket;
}

void Lines::settle(Line& line, ReplyLine::Ticket ticket, std::string_view frame) {
  ready_.clear();
  line.replies.settle(ticket, frame, ready_);
  send(line, ready_);
  check_backlog(line);
  close_if_answered(line);
}

void Lines::end_slow(Line& line) {
  --line.slow_pending;
  close_if_answered(line);
}

void Lines::check_backlog(Line& line) {
  const bool full =
      line.replies.size() >= limits_.requests_pending || line.replies.held_bytes() >= limits_.send_queue_soft;
  const bool waiting = (line.waits & std::to_underlying(Wait::backlog)) != 0;
  if (full && !waiting) {
    const bool many = line.replies.size() >= limits_.requests_pending;
    counters_.count(many ? &Limits::requests_pending : &Limits::send_queue_soft);
    wait(line, Wait::backlog);
  }
  // Half empty before it goes on: not a pause and a release for every single request.
  if (waiting && !full && line.replies.size() <= limits_.requests_pending / 2) go_on(line, Wait::backlog);
}

void Lines::wait(Line& line, Wait reason) {
  line.waits = static_cast<std::uint8_t>(line.waits | std::to_underlying(reason));
}

void Lines::go_on(Line& line, Wait reason) {
  if ((line.waits & std::to_underlying(reason)) == 0) return;
  line.waits = static_cast<std::uint8_t>(line.waits & ~std::to_underlying(reason));
  if (is_read(line)) links_.release(line.id);
}

void Lines::end(Line& line, CloseReason reason) {
  if (!line.ending) line.ending = reason;
  close_if_answered(line);
}

void Lines::end_now(Line& line, CloseReason reason) {
  if (!line.ending) line.ending = reason;
  if (line.closed) return;
  if (const std::string_view why = farewell_of(*line.ending); !why.empty()) {
    ready_.clear();
    wire::LogoutEvent{why}.encode(ready_);
    send(line, ready_);
  }
  line.closed = true;
  links_.close(line.id, *line.ending);
}

void Lines::close_if_answered(Line& line) {
  if (line.ending && line.replies.empty() && line.slow_pending == 0) end_now(line, *line.ending);
}

}  // namespace sockchat::server_core
