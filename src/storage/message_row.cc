#include "storage/message_row.h"

#include "storage/fnv1a.h"

namespace sockchat::storage {
namespace {

constexpr std::uint64_t kBits = 0x7f;
constexpr std::uint64_t kMore = 0x80;

}  // namespace

std::int64_t digest_of(const MessageRow& row) {
  const auto when = static_cast<std::uint64_t>(row.time.time_since_epoch().count());
  Fnv1a digest;
  digest.add(row.id.value()).add(row.from.value()).add(row.to.value()).add(when).add(row.text);
  if (!row.refusers.empty()) digest.add(row.refusers);
  return digest.as_column();
}

std::int64_t cursor_digest(UserId user, MessageId confirmed) {
  return Fnv1a().add(user.value()).add(confirmed.value()).as_column();
}

std::string pack_refusers(const std::vector<UserId>& ascending) {
  std::string packed;
  std::uint64_t before = 0;
  for (const UserId user : ascending) {
    std::uint64_t distance = user.value() - before;
    before = user.value();
    for (; distance > kBits; distance >>= 7) packed += static_cast<char>((distance & kBits) | kMore);
    packed += static_cast<char>(distance);
  }
  return packed;
}

bool has_refuser(std::string_view packed, UserId user) {
  std::uint64_t id = 0;
  std::uint64_t distance = 0;
  unsigned shift = 0;
  for (const char byte : packed) {
    const auto bits = static_cast<std::uint8_t>(byte);
    // More than nine bytes are no id.
    if (shift < 63) distance |= (bits & kBits) << shift;
    shift += 7;
    if ((bits & kMore) != 0) continue;
    id += distance;
    if (id >= user.value()) return id == user.value();
    distance = 0;
    shift = 0;
  }
  return false;
}

}  // namespace sockchat::storage
