// Makes the n-th start of a thread fail: what a system does that has none left.
#pragma once

namespace sockchat {

// The 1st is the next one; those behind it are started again. Armed until this dies.
class FailingThread final {
 public:
  explicit FailingThread(int nth);
  FailingThread(const FailingThread&) = delete;
  FailingThread& operator=(const FailingThread&) = delete;
  ~FailingThread();
};

}  // namespace sockchat
