// The command line of wirecat: its help is its contract.
#pragma once

#include <charconv>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::wirecat {

using std::chrono::milliseconds;

inline constexpr std::string_view kHelp = R"(usage: wirecat HOST PORT [options] < steps

Connects in clear text, or with TLS 1.3, and takes steps from stdin, one a line:

  {...}                  send the line as one frame, byte for byte
  frame TEXT             send any text as one frame
  raw HEX                send bytes as they are; spaces between digits are allowed
  expect SUBSTRING [MS]  wait until a frame contains SUBSTRING; frames up to it are used up (5000 ms). A last word
                         of digits is the time
  silence MS             fail when there is a frame that no expect used up, or when one comes within MS
  closed [MS]            wait until the server has closed (5000 ms)
  slice N                send what follows in slices of N bytes (0: whole)
  stop, go               stop reading from the socket; read again
  half                   close the sending side
  reset                  close with RST
  # ...                  a comment; empty lines are skipped

Every frame is printed as one line as it comes, the server's close as {"wirecat":"closed"}, the end of a handshake as
{"wirecat":"secured","pin":"..."}. At the end of stdin it
waits for the server's close, or for the time of --linger.

options:
  --tls            speak TLS; whatever key the server has is taken
  --bind ADDRESS   local address, such as 127.0.0.2
  --rcvbuf BYTES   receive buffer of the socket
  --linger MS      how long to read on after the last step (200)

exit status: 0 all steps passed; 1 a step failed (stderr says what was expected and what came); 2 wrong usage
)";

struct Options {
  std::string host;
  std::string port;
  std::string bind;
  std::optional<int> rcvbuf;
  milliseconds linger{200};
  bool tls = false;
};

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || problem != std::errc() || rest != text.data() + text.size() || number < 0)
    return std::nullopt;
  return number;
}

inline std::optional<milliseconds> parse_time(std::string_view text) {
  const auto number = parse_number<int>(text);
  return number ? std::optional(milliseconds(*number)) : std::nullopt;
}

// Nothing when the line is wrong.
inline std::optional<Options> parse_options(std::span<char*> arguments) {
  Options options;
  std::vector<std::string_view> places;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (!argument.starts_with("--")) {
      places.push_back(argument);
      continue;
    }
    if (argument == "--tls") {
      options.tls = true;
      continue;
    }
    if (++i == arguments.size()) return std::nullopt;
    const std::string_view value = arguments[i];
    const auto time = parse_time(value);
    const auto size = parse_number<int>(value);
    if (argument == "--bind") {
      options.bind = value;
    } else if (argument == "--rcvbuf" && size) {
      options.rcvbuf = *size;
    } else if (argument == "--linger" && time) {
      options.linger = *time;
    } else {
      return std::nullopt;
    }
  }
  if (places.size() != 2) return std::nullopt;
  options.host = places[0];
  options.port = places[1];
  return options;
}

}  // namespace sockchat::wirecat
