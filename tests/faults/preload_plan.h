// The plan inside the server: which call is to fail. Safe before main(), in any thread, and inside malloc.
#pragma once

#include <cstdint>

#include "faults/fault_control.h"

namespace sockchat::faults {

// Counts the call. True: errno is set, and the call must fail. It may also take its time, or be the last one.
[[nodiscard]] bool must_fail(Call call);

// The call that was told so is a sync that nothing depends on.
void note_harmless_hit();

// A call of `library` ("libsqlite3", "libsodium"), by its return address.
enum class Library : std::uint8_t { sqlite, sodium };
[[nodiscard]] bool is_from(Library library, const void* return_address);

// The definition behind ours.
template <class Function>
Function* next(const char* name, Function*& cached);

void* look_up(const char* name);

template <class Function>
Function* next(const char* name, Function*& cached) {
  // Two threads may look at once, and find the same.
  if (cached == nullptr) cached = reinterpret_cast<Function*>(look_up(name));
  return cached;
}

}  // namespace sockchat::faults
