// Always-on assertion for our own bugs: prints the place and aborts, in release builds too. Never for what a
// peer sent or what the world did; those are results, not bugs.
#pragma once

namespace sockchat {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}  // namespace sockchat

#define SOCKCHAT_CHECK(expression)                      \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::sockchat::check_failed(#expression, __FILE__, __LINE__))
