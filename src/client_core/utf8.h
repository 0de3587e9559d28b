// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace sockchat::client_core {

// What may stand in a JSON string: no lone surrogates, no overlong forms.
[[nodiscard]] bool is_utf8(std::string_view text);

// The same JSON with every character that is not printable ASCII as an escape. `json` must be valid.
[[nodiscard]] std::string to_ascii_json(std::string_view json);

}  // namespace sockchat::client_core
