// What the load says and hears, in the words of the product or of the relay. Both cut frames the same way: a
// 4-byte big-endian length. Clients are numbers; where names are needed, client 7 is user_name(7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sockchat::bench {

enum class Arrival : std::uint8_t { ok, refused, event, ping };

class Protocol {
 public:
  virtual ~Protocol() = default;

  // Whole frames. Everything but pong() is answered by one `ok` or `refused`.
  [[nodiscard]] virtual std::string hello() const = 0;  // empty: there is none
  [[nodiscard]] virtual std::string login(std::size_t client) const = 0;
  [[nodiscard]] virtual std::string message(std::size_t to, std::string_view text) const = 0;
  [[nodiscard]] virtual std::string broadcast(std::string_view text) const = 0;
  [[nodiscard]] virtual std::string pong() const = 0;

  // By a look at the first bytes: the load must be cheaper than what it measures.
  [[nodiscard]] virtual Arrival classify(std::string_view payload) const = 0;
};

// "relay" or "sockchat"; null for anything else.
std::unique_ptr<Protocol> make_protocol(std::string_view name);

// scripts/bench.sh makes accounts with these.
std::string user_name(std::size_t client);
inline constexpr std::string_view kPassword = "benchmark";

}  // namespace sockchat::bench
