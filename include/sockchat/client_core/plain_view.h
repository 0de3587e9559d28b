// Line mode: the lines that stand for what the server says. Every word of a server or of another user has
// passed sanitize(); a text of several lines has its margin. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/client_core/client_output.h"
#include "sockchat/wire/server_frame.h"

namespace sockchat::client_core {

// Nothing for events that this client does not know.
[[nodiscard]] std::vector<std::string> lines_of_event(const wire::ServerFrame& event);

// `argument` is the first one of the request, empty when it had none. For ok and error replies to typed
// commands.
[[nodiscard]] std::vector<std::string> lines_of_reply(std::string_view argument,
                                                      const wire::ServerFrame& reply);

// A sentence for an error reply, starting with "Error." but where people know it otherwise.
[[nodiscard]] std::string sentence_of_error(std::string_view argument, const wire::ServerFrame& reply);

// After a login: the welcome, and how many wrong passwords there were.
[[nodiscard]] std::vector<std::string> lines_of_welcome(const wire::ServerFrame& reply);

// The server has logged the user out: the sentence, and how the client ends.
struct LoggedOut {
  std::string sentence;
  ExitCode code;
};
[[nodiscard]] LoggedOut logged_out(std::string_view reason);

}  // namespace sockchat::client_core
