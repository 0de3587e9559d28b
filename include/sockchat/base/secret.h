// A password or token on its way through the process: wiped when it is destroyed, not copyable, and without a
// way to format it by accident. The wipe is a volatile write that the optimiser keeps.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sockchat {

class Secret final {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  // The only way to the bytes; grep for it when you audit.
  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  void wipe() noexcept {
    // Through the capacity: a short string moved away leaves its bytes in the small buffer.
    text_.resize(text_.capacity());
    volatile char* byte = text_.data();
    for (std::size_t left = text_.size(); left > 0; --left) *byte++ = 0;
    text_.clear();
  }

  std::string text_;
};

}  // namespace sockchat
