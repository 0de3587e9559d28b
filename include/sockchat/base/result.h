// Value or error, for what the world may do to us. Our own bugs abort (check.h); a peer's bytes close its
// connection.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "sockchat/base/errc.h"

namespace sockchat {

// `text` is one sentence for people, without a secret and without a message body. It may be empty.
struct Error {
  Errc code = Errc::internal;
  std::string text;

  bool operator==(const Error&) const = default;
};

// Tested on the line after the call. One alias, so that std::expected can take over when the compilers have
// it.
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string text = {}) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}

}  // namespace sockchat
