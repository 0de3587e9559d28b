// What the others do wrong, done right: this file must compile.
#include <fmt/format.h>

#include <utility>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat {

void acknowledge(UserId reader, MessageId up_to);
Result<int> count();

std::string right(UserId reader, MessageId up_to, Secret password) {
  acknowledge(reader, up_to);
  acknowledge(UserId(1), MessageId(2));
  const bool same = up_to == MessageId(2) && reader == UserId(1);
  const Result<int> counted = count();
  const Secret moved = std::move(password);
  return fmt::format("{} {} {} {}", reader.value(), same, counted.has_value(), moved.size());
}

}  // namespace sockchat
