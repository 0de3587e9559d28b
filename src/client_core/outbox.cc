#include "sockchat/client_core/outbox.h"

#include <utility>

#include "sockchat/base/check.h"

namespace sockchat::client_core {
namespace {

std::size_t bytes_of(const OutboxEntry& entry) {
  return entry.cid.size() + entry.recipient.value_or("").size() + entry.text.size();
}

}  // namespace

std::vector<std::string_view> OutboxEntry::arguments() const {
  if (recipient) return {*recipient, text};
  return {text};
}

void Outbox::restore(std::vector<OutboxEntry> entries) {
  *this = Outbox();
  for (OutboxEntry& entry : entries) add(std::move(entry));
  all_written();
}

const OutboxEntry& Outbox::add(OutboxEntry entry) {
  bytes_ += bytes_of(entry);
  ++unwritten_;
  return waiting_.emplace_back(std::move(entry));
}

void Outbox::written() {
  if (unwritten_ > 0) --unwritten_;
}

const OutboxEntry* Outbox::next() const { return waiting_.size() > unwritten_ ? &waiting_.front() : nullptr; }

OutboxEntry Outbox::take() {
  SOCKCHAT_CHECK(next() != nullptr);
  OutboxEntry entry = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= bytes_of(entry);
  return entry;
}

}  // namespace sockchat::client_core
