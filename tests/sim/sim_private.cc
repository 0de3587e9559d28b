// What the clients say about private chats.
#include <fmt/format.h>

#include <utility>

#include "sim/sim_world.h"

namespace sockchat::sim {

void SimWorld::talk_privately(Peer& peer) {
  if (!history_.is_ready(peer.id)) return;
  const auto self = static_cast<std::size_t>(history_.user_of(peer.id));
  const auto users = static_cast<std::size_t>(users_);
  // Mostly a neighbour, or people would rarely find each other.
  const std::size_t step =
      random_.chance(60) ? (self % 2 == 0 ? 1 : users - 1) : random_.between(1, users - 1);
  const int user = static_cast<int>((self + step) % users);
  const std::string name = name_of(user);
  if (!std::exchange(peer.listens, true) || random_.chance(3)) {
    const std::string key(64, "0123456789abcdef"[self]);
    const std::string port = random_.chance(20) ? "0" : "5000";
    ask(peer, Act::listen, {port, key}, {.id = ++last_request_, .right = port != "0", .token = key});
  }
  const std::size_t dice = random_.below(100);
  if (dice < 35) {
    ask(peer, Act::start_private, {name}, {.id = ++last_request_, .user = user});
  } else if (dice < 60) {
    const bool accepts = random_.chance(85);
    ask(peer, Act::answer, {name, accepts ? "yes" : "no"},
        {.id = ++last_request_, .user = user, .right = accepts});
  } else if (dice < 90) {
    for (std::size_t i = random_.between(1, 3); i > 0; --i) {
      const std::string bytes = fmt::format("{:012}", ++last_text_);  // which is base64
      ask(peer, Act::relay, {name, bytes}, {.user = user, .token = bytes});
    }
  } else if (dice < 97) {
    ask(peer, Act::stop_private, {name}, {.id = ++last_request_, .user = user});
  } else {
    ask(peer, Act::active, {}, {});
  }
}

}  // namespace sockchat::sim
