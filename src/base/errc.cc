#include "sockchat/base/errc.h"

#include "sockchat/base/check.h"

namespace sockchat {

std::string_view name_of(Errc code) {
  switch (code) {
#define SOCKCHAT_NAME(name) \
  case Errc::name:          \
    return #name
    SOCKCHAT_NAME(bad_frame);
    SOCKCHAT_NAME(bad_request);
    SOCKCHAT_NAME(unknown_command);
    SOCKCHAT_NAME(bad_argument);
    SOCKCHAT_NAME(not_logged_in);
    SOCKCHAT_NAME(already_logged_in);
    SOCKCHAT_NAME(rate_limited);
    SOCKCHAT_NAME(busy);
    SOCKCHAT_NAME(storage);
    SOCKCHAT_NAME(tls_required);
    SOCKCHAT_NAME(internal);
    SOCKCHAT_NAME(bad_credentials);
    SOCKCHAT_NAME(locked);
    SOCKCHAT_NAME(already_online);
    SOCKCHAT_NAME(bad_token);
    SOCKCHAT_NAME(registration_closed);
    SOCKCHAT_NAME(name_taken);
    SOCKCHAT_NAME(bad_name);
    SOCKCHAT_NAME(weak_password);
    SOCKCHAT_NAME(unknown_user);
    SOCKCHAT_NAME(self);
    SOCKCHAT_NAME(blocked);
    SOCKCHAT_NAME(bad_text);
    SOCKCHAT_NAME(mailbox_full);
    SOCKCHAT_NAME(cid_reused);
    SOCKCHAT_NAME(already_blocked);
    SOCKCHAT_NAME(not_blocked);
    SOCKCHAT_NAME(offline);
    SOCKCHAT_NAME(not_listening);
    SOCKCHAT_NAME(already_private);
    SOCKCHAT_NAME(no_request);
    SOCKCHAT_NAME(no_session);
    SOCKCHAT_NAME(system);
    SOCKCHAT_NAME(corrupt);
#undef SOCKCHAT_NAME
  }
  check_failed("a known Errc", __FILE__, __LINE__);
}

}  // namespace sockchat
