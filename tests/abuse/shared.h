// A value that this process and those forked from it see alike.
#pragma once

#include <sys/mman.h>

#include <new>

#include "support/crowd_peers.h"

namespace sockchat::abuse {

template <class Value>
class Shared final {
 public:
  Shared() {
    void* const where =
        ::mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (where == MAP_FAILED) give_up("no memory to share");
    value_ = ::new (where) Value;
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(value_, sizeof(Value)); }

  Value& operator*() const { return *value_; }
  Value* operator->() const { return value_; }

 private:
  Value* value_;
};

}  // namespace sockchat::abuse
