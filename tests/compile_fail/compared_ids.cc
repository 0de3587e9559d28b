#include "sockchat/base/ids.h"

namespace sockchat {

bool wrong(UserId reader, MessageId up_to) {
  return reader == up_to;  // fails: no match for 'operator=='
}

}  // namespace sockchat
