// Short words for tests that talk in JSON texts.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sockchat::test {

inline bool contains(std::string_view frame, std::string_view part) {
  return frame.find(part) != std::string_view::npos;
}

// How many of the frames contain the part.
inline int count(const std::vector<std::string>& frames, std::string_view part) {
  return static_cast<int>(
      std::ranges::count_if(frames, [&](const std::string& frame) { return contains(frame, part); }));
}

inline std::string request(std::string_view command, std::vector<std::string> data = {},
                           std::string_view more = {}) {
  std::string json = fmt::format(R"({{"command":"{}","data":[)", command);
  for (std::size_t item = 0; item < data.size(); ++item)
    json += fmt::format(R"({}"{}")", item ? "," : "", data[item]);
  return json + fmt::format("]{}{}}}", more.empty() ? "" : ",", more);
}

}  // namespace sockchat::test
