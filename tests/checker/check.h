// The history checker: a history goes in, what it breaks comes out. Pure, and one pass once the events are in
// order.
//
//   K1 no loss       an accepted message is shown to its recipient; a broadcast to all who were there all the
//   time,
//                    and to nobody who was not there at all
//   K2 no invention  what is delivered was sent, and was not refused
//   K3 no duplicate  nothing is shown twice
//   K4 integrity     sender, recipient and text are those that were sent
//   K5 order         the mid rises for every reader, with the order of the answers, and with each sender's
//   own order K6 resume        exactly what was not shown yet comes, and a good token is good K7 idempotence
//   one mid for every answer to one call, one call for each mid K8 block         nothing sent after the
//   answer to `block` arrives; nobody is refused without a block K11 storage      what was accepted or seen
//   is stored, once and whole; nothing else is
//
// `history` and `server` are for a history that contradicts itself, and a server that ended by itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/history.h"
#include "checker/verdict.h"

namespace sockchat::checker {

struct Figures {
  std::size_t operations = 0;  // calls, changes, logins
  std::size_t ok = 0;
  std::size_t fail = 0;
  std::size_t info = 0;  // answers that never came, or left the outcome open
  std::size_t deliveries = 0;
  std::size_t wire_repeats = 0;
  std::int64_t slowest_delivery = 0;
  std::int64_t slowest_recovery = 0;  // from the death of the server to the next login
};

struct Report {
  Verdict verdict;
  Figures figures;
};

[[nodiscard]] Report check(History history);

}  // namespace sockchat::checker
