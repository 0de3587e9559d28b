// C11: two million tokens, no two alike. Their first 8 bytes are compared: by chance alone two of them would
// be alike once in nine million runs.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "abuse/rows.h"
#include "sockchat/crypto/token.h"

namespace sockchat::abuse {

void attack_tokens(const Stage&, Figures& figures) {
  constexpr std::size_t kTokens = 2'000'000;
  std::vector<std::uint64_t> starts(kTokens);
  for (std::uint64_t& start : starts) {
    const Secret token = crypto::fresh_token();
    for (int digit = 0; digit < 16; ++digit) {
      const char letter = token.reveal()[static_cast<std::size_t>(digit)];
      start = start << 4 | static_cast<std::uint64_t>(letter <= '9' ? letter - '0' : letter - 'a' + 10);
    }
  }
  std::ranges::sort(starts);
  const auto repeated = std::ranges::adjacent_find(starts) != starts.end() ? 1 : 0;
  figures.at_most("C11", "tokens that were given twice, of 2,000,000", repeated, 0);
}

}  // namespace sockchat::abuse
