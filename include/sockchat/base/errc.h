// Every way in which a request, or the world, can say no. The enumerators are spelled like their wire strings
// (docs/PROTOCOL.md), so that one grep finds code, test, log and protocol. A value; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace sockchat {

enum class Errc : std::uint8_t {
  // On the wire, common to all commands.
  bad_frame,
  bad_request,
  unknown_command,
  bad_argument,
  not_logged_in,
  already_logged_in,
  rate_limited,
  busy,
  storage,
  tls_required,
  internal,
  // On the wire, of single commands.
  bad_credentials,
  locked,
  already_online,
  bad_token,
  registration_closed,
  name_taken,
  bad_name,
  weak_password,
  unknown_user,
  self,
  blocked,
  bad_text,
  mailbox_full,
  cid_reused,
  already_blocked,
  not_blocked,
  offline,
  not_listening,
  already_private,
  no_request,
  no_session,
  // Never on the wire: what the rim meets.
  system,   // a system call failed; Error::text says which, and errno's words
  corrupt,  // stored data or a file is not what it must be
};

// The wire spelling. Never empty, static storage.
[[nodiscard]] std::string_view name_of(Errc code);

}  // namespace sockchat
