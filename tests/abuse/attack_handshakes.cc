// A8: a good ClientHello, and never a second word: two thousand a second from fifty addresses.
#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "abuse/arena.h"
#include "abuse/pace.h"
#include "abuse/rows.h"
#include "abuse/shared.h"
#include "sockchat/net/tls_context.h"

namespace sockchat::abuse {
namespace {

constexpr unsigned kFirstHost = 100;
constexpr unsigned kHosts = 50;
constexpr std::chrono::microseconds kBetween{500};
// Long enough for the server to have answered.
constexpr milliseconds kLife{50};

struct Knocks {
  std::atomic<std::size_t> opened;
};

std::string client_hello() {
  const auto context = net::TlsContext::for_client();
  if (!context) give_up(context.error().text);
  const auto transport = (*context)->connect_transport();
  ByteBuffer wire;
  if (!transport || !(*transport)->emit({}, wire)) give_up("no ClientHello");
  const auto bytes = wire.bytes();
  return {bytes.data(), bytes.size()};
}

// The same bytes each time: the server's work is the same, and ours is none.
void greet_and_drop(std::uint16_t port, const std::string& hello, Knocks& knocks) {
  Crowd crowd(port);
  std::deque<std::pair<Clock::time_point, std::size_t>> waiting;
  Pace pace(kBetween);
  const auto on_tick = [&] {
    for (std::size_t left = pace.due(); left > 0; --left) {
      const auto host = kFirstHost + static_cast<unsigned>(crowd.size()) % kHosts;
      const std::size_t peer = crowd.connect({}, {.host = host, .reads = false});
      crowd.send_bytes(peer, hello);
      waiting.emplace_back(Clock::now() + kLife, peer);
      ++knocks.opened;
    }
    for (; !waiting.empty() && waiting.front().first <= Clock::now(); waiting.pop_front()) {
      crowd.reset(waiting.front().second);
    }
  };
  crowd.run_until(
      Clock::time_point::max(), [](std::size_t, std::string_view) {}, on_tick);
}

}  // namespace

void attack_handshakes(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", "address_limits_loopback=1"});
  const HonestCrowd honest(arena.port());
  const std::string hello = client_hello();
  const Shared<Knocks> knocks;
  std::optional<Actor> attacker;
  const auto begin = [&] {
    attacker.emplace(Manners::attacker, [&] { greet_and_drop(arena.port(), hello, *knocks); });
  };
  const Outcome outcome = alternate(arena, honest, {}, begin, [&] { attacker.reset(); });

  judge_others(figures, "A8", outcome, honest, 2);
  figures.at_most("A8", "the server's core that it takes", outcome.attack_cpu * 100, 50, " %");
  // Half of what it wants to: else there was no attack.
  figures.at_least("A8", "handshakes begun", static_cast<double>(knocks->opened), 13'000);
}

}  // namespace sockchat::abuse
