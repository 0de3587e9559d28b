#include "sockchat/server_core/journal.h"

#include "sockchat/base/check.h"

namespace sockchat::server_core {

std::string_view name_of(Notice notice) {
  switch (notice) {
#define SOCKCHAT_NAME(name) \
  case Notice::name:        \
    return #name
    SOCKCHAT_NAME(started);
    SOCKCHAT_NAME(connected);
    SOCKCHAT_NAME(disconnected);
    SOCKCHAT_NAME(logged_in);
    SOCKCHAT_NAME(logged_out);
    SOCKCHAT_NAME(login_refused);
    SOCKCHAT_NAME(locked_out);
    SOCKCHAT_NAME(registered);
    SOCKCHAT_NAME(password_changed);
    SOCKCHAT_NAME(account_added);
    SOCKCHAT_NAME(account_removed);
    SOCKCHAT_NAME(replaced);
    SOCKCHAT_NAME(delayed);
    SOCKCHAT_NAME(store_failed);
    SOCKCHAT_NAME(limited);
#undef SOCKCHAT_NAME
  }
  check_failed("a known Notice", __FILE__, __LINE__);
}

}  // namespace sockchat::server_core
