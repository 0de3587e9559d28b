#include "sockchat/base/close_reason.h"

#include "sockchat/base/check.h"

namespace sockchat {

std::string_view name_of(CloseReason reason) {
  switch (reason) {
#define SOCKCHAT_NAME(name) \
  case CloseReason::name:   \
    return #name
    SOCKCHAT_NAME(peer_closed);
    SOCKCHAT_NAME(peer_reset);
    SOCKCHAT_NAME(io_error);
    SOCKCHAT_NAME(bad_first_byte);
    SOCKCHAT_NAME(tls_required);
    SOCKCHAT_NAME(tls_failed);
    SOCKCHAT_NAME(bad_frame);
    SOCKCHAT_NAME(bad_requests);
    SOCKCHAT_NAME(handshake_timeout);
    SOCKCHAT_NAME(frame_timeout);
    SOCKCHAT_NAME(login_timeout);
    SOCKCHAT_NAME(idle_timeout);
    SOCKCHAT_NAME(dead_peer);
    SOCKCHAT_NAME(send_stalled);
    SOCKCHAT_NAME(slow_consumer);
    SOCKCHAT_NAME(logout);
    SOCKCHAT_NAME(replaced);
    SOCKCHAT_NAME(kicked);
    SOCKCHAT_NAME(server_full);
    SOCKCHAT_NAME(shutdown);
    SOCKCHAT_NAME(connect_failed);
    SOCKCHAT_NAME(user_quit);
#undef SOCKCHAT_NAME
  }
  check_failed("a known CloseReason", __FILE__, __LINE__);
}

}  // namespace sockchat
