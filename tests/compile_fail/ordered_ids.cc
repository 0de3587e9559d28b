#include "sockchat/base/ids.h"

namespace sockchat {

bool wrong(SessionId session, ConnectionId connection) {
  return session < connection;  // fails: no match for 'operator<'
}

}  // namespace sockchat
