// Where a client keeps what it remembers: a folder for each server, in it a file for each account. Names of
// servers and accounts are foreign text: what they can name is one file of ours, nothing else. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sockchat::client {

// $XDG_STATE_HOME/sockchat, or ~/.local/state/sockchat. None: there is no home, or none with a whole path.
// The arguments are those variables, null when not set.
[[nodiscard]] std::optional<std::string> state_folder(const char* xdg_state_home, const char* home);

// The name of a file or folder: letters, digits and `-_:.[]` stay, everything else is `%` and two hex digits,
// and so is a dot in front. None when that is empty or too long.
[[nodiscard]] std::optional<std::string> file_name_of(std::string_view foreign);

}  // namespace sockchat::client
