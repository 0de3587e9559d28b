#include "sockchat/base/ids.h"

namespace sockchat {

void deliver(MessageId message);

void wrong() {
  deliver(7);  // fails: could not convert
}

}  // namespace sockchat
