#include "sockchat/base/ids.h"

namespace sockchat {

void acknowledge(UserId reader, MessageId up_to);

void wrong(UserId reader, MessageId up_to) {
  acknowledge(up_to, reader);  // fails: could not convert
}

}  // namespace sockchat
