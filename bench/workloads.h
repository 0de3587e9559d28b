// The workloads as data: who begins, with how much, and what is answered with what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockchat::bench {

enum class Refill : std::uint8_t {
  on_reply,  // a request for each answer: the window stays full
  on_event,  // a request for each message that comes in
};

// What the value of a run counts.
enum class Metric : std::uint8_t {
  median_us,          // of a round trip: a message of a starter and its answer
  message_median_us,  // of each message: until the other one has it
  deliveries_per_s,
  messages_per_s,
  bytes_per_connection,
};

struct Workload {
  std::string_view name;
  std::size_t clients;
  std::size_t starters;  // clients 0 to starters - 1 begin
  std::size_t window;    // with so many requests each
  bool is_broadcast;     // else to the other one of the pair
  Refill refill;
  Metric metric;
};

// Null for an unknown name.
const Workload* find_workload(std::string_view name);
std::string_view name_of(Metric metric);

// Client i of the first half and client i of the second one are a pair.
constexpr std::size_t partner(const Workload& workload, std::size_t client) {
  const std::size_t pairs = workload.clients / 2;
  return client < pairs ? client + pairs : client - pairs;
}

}  // namespace sockchat::bench
