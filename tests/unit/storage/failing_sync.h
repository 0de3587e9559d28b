// Makes the n-th sync of this process fail, and all that follow: what a dying disk does. The definitions of
// fsync and fdatasync in this program take precedence over libc's, for SQLite too.
#pragma once

namespace sockchat::test {

// The 1st is the next one. Armed until this dies.
class FailingSync final {
 public:
  explicit FailingSync(int nth);
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;
  ~FailingSync();
  [[nodiscard]] bool has_failed() const;
};

// Syncs take as long as this lives: a disk as slow as the test wants it.
class HeldSync final {
 public:
  HeldSync();
  HeldSync(const HeldSync&) = delete;
  HeldSync& operator=(const HeldSync&) = delete;
  ~HeldSync();
  // Somebody waits for one.
  [[nodiscard]] bool is_waited_for() const;
};

}  // namespace sockchat::test
