// A validated user name: a value that cannot hold anything else. Any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "sockchat/base/result.h"

namespace sockchat::domain {

class UserName final {
 public:
  // What an operator may import: printable ASCII without the space, 1 to `bytes_max` bytes; case counts.
  [[nodiscard]] static Result<UserName> parse(std::string_view text, std::size_t bytes_max);
  // What a stranger may register (bad_name): [A-Za-z0-9][A-Za-z0-9._-]*, none of the reserved words in any
  // case.
  [[nodiscard]] static Result<UserName> parse_new(std::string_view text, std::size_t bytes_max);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Lower case, for "not equal to an existing one when case is ignored".
  [[nodiscard]] std::string folded() const;
  auto operator<=>(const UserName&) const = default;

 private:
  explicit UserName(std::string_view text) : text_(text) {}
  std::string text_;
};

// The rule for the text of a message (bad_text): 1 to `bytes_max` bytes of UTF-8 (already validated by the
// wire), no C0 but newline and tab, no DEL, no C1.
[[nodiscard]] Result<void> check_text(std::string_view text, std::size_t bytes_max);

// The rule for a new password (weak_password): at least `bytes_min` bytes, none of the commonest ones, not
// the name.
[[nodiscard]] Result<void> check_new_password(std::string_view password, std::string_view name,
                                              std::size_t bytes_min);

}  // namespace sockchat::domain
