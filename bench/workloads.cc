#include "workloads.h"

#include <algorithm>
#include <array>

#include "sockchat/base/check.h"

namespace sockchat::bench {
namespace {

using enum Metric;
constexpr std::size_t kSenders = 10;
constexpr std::size_t kReceivers = 1000;

constexpr auto kWorkloads = std::to_array<Workload>({
    {"ping", 2, 1, 1, false, Refill::on_event, median_us},
    {"durable", 2, 1, 1, false, Refill::on_event, message_median_us},
    {"fanout", kSenders + kReceivers, kSenders, 8, true, Refill::on_reply, deliveries_per_s},
    {"pipeline", 100, 50, 256, false, Refill::on_reply, messages_per_s},
    {"idle", 10'000, 0, 0, false, Refill::on_reply, bytes_per_connection},
});

}  // namespace

const Workload* find_workload(std::string_view name) {
  const auto* const found = std::ranges::find(kWorkloads, name, &Workload::name);
  return found == kWorkloads.end() ? nullptr : found;
}

std::string_view name_of(Metric metric) {
  switch (metric) {
    case median_us:
      return "median_us";
    case message_median_us:
      return "message_median_us";
    case deliveries_per_s:
      return "deliveries_per_s";
    case messages_per_s:
      return "messages_per_s";
    case bytes_per_connection:
      return "bytes_per_connection";
  }
  check_failed("a known Metric", __FILE__, __LINE__);
}

}  // namespace sockchat::bench
