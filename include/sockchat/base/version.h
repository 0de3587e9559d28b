// The version of the project, as both programs print it.
#pragma once

#include <string_view>

namespace sockchat {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace sockchat
