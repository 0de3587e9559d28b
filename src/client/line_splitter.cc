#include "client/line_splitter.h"

#include <string.h>

#include <algorithm>

#include "sockchat/base/check.h"

namespace sockchat::client {
namespace {

// A buffer that does not grow leaves no copies behind.
constexpr std::size_t kUsualBytes = 32 * 1024;

}  // namespace

LineSplitter::LineSplitter() { static_cast<void>(bytes_.prepare(kUsualBytes)); }

void LineSplitter::feed(std::string_view bytes) {
  SOCKCHAT_CHECK(!has_line());
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::size_t room = kLineBytesMax - bytes_.size();
  bytes_.append(bytes.substr(0, std::min(end, room)));
  if (end == bytes.size()) return;
  break_at_ = bytes_.size();
  bytes_.append(bytes.substr(end));
}

std::optional<Secret> LineSplitter::take_line() {
  if (!has_line()) return std::nullopt;
  Secret line = take_front(break_at_, break_at_ + 1);
  break_at_ = bytes_.view().find('\n');
  return line;
}

std::optional<Secret> LineSplitter::take_rest() {
  if (has_line() || bytes_.empty()) return std::nullopt;
  return take_front(bytes_.size(), bytes_.size());
}

Secret LineSplitter::take_front(std::size_t size, std::size_t with_break) {
  Secret line(bytes_.view().substr(0, size));
  ::explicit_bzero(bytes_.data(), size);
  bytes_.consume(with_break);
  return line;
}

}  // namespace sockchat::client
