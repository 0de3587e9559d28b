// Every reason for which a connection ends. The first one given wins, each one has a test, and a log line
// tells them apart. A value; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace sockchat {

enum class CloseReason : std::uint8_t {
  // The peer or the network.
  peer_closed,  // end of input
  peer_reset,
  io_error,
  // What the peer sent.
  bad_first_byte,  // not one of our protocols; closed without a word
  tls_required,    // clear text from an address that may not use it
  tls_failed,      // a handshake or a record that is wrong, or too many new keys
  bad_frame,
  bad_requests,  // three in a row
  // What the peer did not do in time.
  handshake_timeout,
  frame_timeout,  // a started frame was not finished
  login_timeout,
  idle_timeout,  // logged in, and not active
  dead_peer,     // silent, no answer to ping
  send_stalled,  // takes no output
  slow_consumer,
  // What somebody decided.
  logout,
  replaced,  // a second login took over from a peer that was gone
  kicked,    // the account was removed
  server_full,
  shutdown,
  // The client's side.
  connect_failed,
  user_quit,
};

// As spelled above; static storage.
[[nodiscard]] std::string_view name_of(CloseReason reason);

}  // namespace sockchat
