// Argon2id by libsodium. Pure functions of their input; any thread; slow on purpose (about 20 ms at the
// default cost), so never on the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"
#include "sockchat/base/secret.h"

namespace sockchat::crypto {

struct HashCost {
  std::uint32_t memory_kib = 19'456;  // at least 8
  std::uint32_t iterations = 2;       // at least 1
};

// Must be called once before everything else here; fails (system) when the machine has no randomness to give.
[[nodiscard]] Result<void> start();

// "$argon2id$v=19$…", with a fresh salt. Fails (system) when memory is short.
[[nodiscard]] Result<std::string> hash_password(const Secret& password, HashCost cost);
// `wrong` also for a stored string that is no hash; `unknown`: there was no memory to find out.
enum class PasswordMatch : std::uint8_t { right, wrong, unknown };
[[nodiscard]] PasswordMatch verify_password(std::string_view stored_hash, const Secret& password);
// True when the stored hash was made with another cost than `cost`.
[[nodiscard]] bool needs_rehash(std::string_view stored_hash, HashCost cost);

// A 16-byte digest of a name (BLAKE2b), for tables in which the name itself must not stand.
void digest_name(std::string_view name, std::span<std::byte, 16> digest);

// Bytes from the system's generator.
void random_bytes(std::span<std::byte> bytes);

}  // namespace sockchat::crypto
