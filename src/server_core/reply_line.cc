#include "server_core/reply_line.h"

#include "sockchat/base/check.h"

namespace sockchat::server_core {

ReplyLine::Ticket ReplyLine::expect() {
  places_.emplace_back();
  return settled_ + size() - 1;
}

void ReplyLine::settle(Ticket ticket, std::string_view frame, std::string& ready) {
  SOCKCHAT_CHECK(ticket >= settled_ && ticket - settled_ < size());
  if (ticket != settled_) {
    held_bytes_ += frame.size();
    places_[first_ + (ticket - settled_)] = std::string(frame);
    return;
  }
  ready.append(frame);
  ++first_;
  ++settled_;
  for (; !empty() && places_[first_]; ++first_, ++settled_) {
    held_bytes_ -= places_[first_]->size();
    ready.append(*places_[first_]);
    places_[first_].reset();
  }
  trim();
}

bool ReplyLine::pass(std::string_view frame) {
  if (empty()) return true;
  held_bytes_ += frame.size();
  places_.emplace_back(std::string(frame));
  return false;
}

void ReplyLine::trim() {
  if (empty()) {
    first_ = 0;
    // A burst of pipelined requests must not keep its memory for the rest of an idle session.
    places_.clear();
    if (places_.capacity() > 16) places_.shrink_to_fit();
  } else if (first_ >= 1024) {
    places_.erase(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace sockchat::server_core
