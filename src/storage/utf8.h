// Pure; any thread.
#pragma once

#include <string_view>

namespace sockchat::storage {

// What may stand in a JSON string: no lone surrogates, no overlong forms.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace sockchat::storage
