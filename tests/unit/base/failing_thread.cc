#include "unit/base/failing_thread.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

namespace sockchat {
namespace {

std::atomic<int> starts_left = 0;  // 0: nothing fails

}  // namespace

FailingThread::FailingThread(int nth) { starts_left = nth; }
FailingThread::~FailingThread() { starts_left = 0; }

}  // namespace sockchat

// In this program it takes precedence over libc's, for the standard library too.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) noexcept {
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static auto* const create = reinterpret_cast<Create*>(::dlsym(RTLD_NEXT, "pthread_create"));
  if (sockchat::starts_left > 0 && --sockchat::starts_left == 0) return EAGAIN;
  return create(thread, attributes, start, argument);
}
