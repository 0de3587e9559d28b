#include "sockchat/client_core/client_output.h"

#include "sockchat/base/check.h"

namespace sockchat::client_core {

std::string_view prompt_of(Asking asking) {
  switch (asking) {
    case Asking::nothing:
      return "";
    case Asking::trust:
      return "Trust it? (yes/no): ";
    case Asking::name:
      return "Username: ";
    case Asking::password:
      return "Password: ";
    case Asking::old_password:
      return "Old password: ";
    case Asking::new_password:
      return "New password: ";
    case Asking::new_password_again:
      return "New password again: ";
    case Asking::command:
      return "> ";
  }
  check_failed("a known Asking", __FILE__, __LINE__);
}

bool is_secret(Asking asking) {
  switch (asking) {
    case Asking::nothing:
    case Asking::trust:
    case Asking::name:
    case Asking::command:
      return false;
    case Asking::password:
    case Asking::old_password:
    case Asking::new_password:
    case Asking::new_password_again:
      return true;
  }
  check_failed("a known Asking", __FILE__, __LINE__);
}

}  // namespace sockchat::client_core
