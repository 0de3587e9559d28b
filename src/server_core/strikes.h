// Requests that are no requests: answered, and three in a row close the connection.
#pragma once

#include <string_view>

#include "server_core/core.h"

namespace sockchat::server_core {

// Answers bad_request, labelled as far as the request could be read.
void strike(Core& core, Line& line, std::string_view command, const wire::RequestId& id,
            std::string_view why = {});

}  // namespace sockchat::server_core
