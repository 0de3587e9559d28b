// Work that is done later, once, and where it may be done.
#pragma once

#include <functional>

namespace sockchat {

// May be destroyed without having run (at shutdown): captures must make that harmless.
using Task = std::move_only_function<void()>;

// Told a result once, on the thread of the Executor that its giver named, never inside the call that takes
// it.
template <class T>
using Completion = std::move_only_function<void(T)>;

// Runs tasks on one thread, in the order of posting. The reactor is one; tests have one that they step by
// hand.
class Executor {
 public:
  virtual ~Executor() = default;
  // Any thread. Never blocks on the work itself, never runs it inside this call.
  virtual void post(Task task) = 0;
};

}  // namespace sockchat
