// What the process asks of its machine. Each returns one clear line when it cannot be had.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sockchat/base/result.h"

namespace sockchat::server {

// Raises the soft limit of descriptors to the hard one; how many there may be.
Result<std::size_t> raise_descriptor_limit();

// No core file may hold a password, and a reader of our log that went away must not end us.
void harden_process();

// From now on an allocation that fails ends the process: one line, kExitNoMemory. Nothing can be half done by
// that: what was acknowledged is on disk, and what is on its way there is a transaction. Libraries that
// allocate by other means than `new` (SQLite, libsodium) return errors, which are handled where they come.
void end_when_out_of_memory();

// For the last steps of a process that ends by itself: a signal that comes now must not change how.
void ignore_stop_signals();

// "PORT\n" under `path`, which is there with all of it or not at all.
Result<void> write_port_file(const std::string& path, std::uint16_t port);

}  // namespace sockchat::server
