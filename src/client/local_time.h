// Times as the clock on the wall shows them.
#pragma once

#include <string>

#include "sockchat/base/time.h"

namespace sockchat::client {

// "2026-11-22 13:00", in the zone of this machine or of TZ. Reads the zone's file the first time.
[[nodiscard]] std::string local_time(WallTime time);

}  // namespace sockchat::client
