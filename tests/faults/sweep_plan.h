// What a sweep goes through: each kind of call, each of its errors, once and for ever, each n.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults/fault_control.h"

namespace sockchat::faults {

struct Kind {
  std::string_view name;
  Call call;
  int error;
  bool for_ever;  // too; what is interrupted for ever is a loop by right
};

// As `make sweep KINDS=…` names them.
inline constexpr auto kKinds = std::to_array<Kind>({
    {"memory", Call::memory, ENOMEM, true},
    {"database-memory", Call::database, ENOMEM, true},
    {"password-memory", Call::password, ENOMEM, true},
    {"read", Call::read, EIO, true},
    {"read-interrupted", Call::read, EINTR, false},
    {"write", Call::write, EIO, true},
    {"write-full", Call::write, ENOSPC, true},
    {"write-interrupted", Call::write, EINTR, false},
    {"accept", Call::accept, EMFILE, true},
    {"accept-broken", Call::accept, EIO, true},
    {"epoll", Call::epoll, ENOMEM, true},
    {"epoll-interrupted", Call::epoll, EINTR, false},
    {"sync", Call::sync, EIO, true},
    {"sync-full", Call::sync, ENOSPC, true},
    {"open", Call::open, EMFILE, true},
    {"truncate", Call::truncate, EIO, true},
    {"map", Call::map, ENOMEM, true},
    {"thread", Call::thread, EAGAIN, true},
});

struct Item {
  const Kind* kind;
  Effect effect;
  std::uint64_t nth;
};

// "read:once:17", which replays it.
[[nodiscard]] std::string name_of(const Item& item);
[[nodiscard]] std::optional<Item> item_of(std::string_view name);
// Those of a kind that was counted to `total` in a session without failures, every `stride`th.
[[nodiscard]] std::vector<Item> items_of(const Kind& kind, std::uint64_t total, std::uint64_t stride);

}  // namespace sockchat::faults
