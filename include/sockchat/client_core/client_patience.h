// How long the client waits for what, and how often it tries. Constants.
#pragma once

#include "sockchat/base/time.h"

namespace sockchat::client_core {

struct ClientPatience {
  // A server that is silent for so long is asked for a sign of life, and given up after as long again.
  static constexpr Duration kSilenceMax = std::chrono::seconds(90);
  // How long a logout waits for output and for the server before the client just ends.
  static constexpr Duration kLeavePatience = std::chrono::seconds(2);
  // How long the next of the messages that a login announces is waited for, before the user's lines go on.
  static constexpr Duration kWaitingPatience = std::chrono::seconds(2);
  // How often a busy server is asked again, and how long between at most.
  static constexpr int kLoginRetriesMax = 5;
  static constexpr int kResendsMax = 3;
  static constexpr Duration kRetryMax = std::chrono::seconds(30);
  // Coming back: how long one try may take, and how long it is tried where nobody sits at a terminal.
  static constexpr Duration kTryPatience = std::chrono::seconds(30);
  static constexpr Duration kReturnPatience = std::chrono::minutes(5);
};

}  // namespace sockchat::client_core
