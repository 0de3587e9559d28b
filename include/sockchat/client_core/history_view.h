// Line mode: what `history`, `search` and `sessions` answer, as lines. Every foreign word has passed
// sanitize(); a text of several lines has its margin. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/time.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::client_core {

// A time as its reader's clock shows it: "2026-11-22 12:00". The program knows the zone.
using LocalTime = std::string (*)(WallTime);

// "2026-11-22 12:00", in UTC.
[[nodiscard]] std::string utc_time(WallTime time);

// `arguments` are those of the request, as they went over the wire; `reply` is an ok to one of the three.
[[nodiscard]] std::vector<std::string> lines_of_history(std::span<const std::string> arguments,
                                                        const wire::ServerFrame& reply, LocalTime local);
[[nodiscard]] std::vector<std::string> lines_of_search(const wire::ServerFrame& reply, LocalTime local);
[[nodiscard]] std::vector<std::string> lines_of_sessions(const wire::ServerFrame& reply, LocalTime local);

}  // namespace sockchat::client_core
