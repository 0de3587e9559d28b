// malloc and its kin, for the whole process: operator new ends here too.
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "faults/preload_plan.h"

namespace {

using sockchat::faults::Call;
using sockchat::faults::is_from;
using sockchat::faults::Library;
using sockchat::faults::must_fail;

// One call may be the n-th of two classes; both are counted.
bool must_fail_for(const void* caller) {
  const bool fails = must_fail(Call::memory);
  const bool fails_database = is_from(Library::sqlite, caller) && must_fail(Call::database);
  const bool fails_password = is_from(Library::sodium, caller) && must_fail(Call::password);
  return fails || fails_database || fails_password;
}

}  // namespace

// glibc's own, under the names by which it is reached without dlsym(), which allocates.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) {
  return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_realloc(block, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  return must_fail_for(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (must_fail_for(__builtin_return_address(0))) return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

void* mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset) {
  const bool is_password = is_from(Library::sodium, __builtin_return_address(0));
  const bool fails = must_fail(Call::map);
  if ((is_password && must_fail(Call::password)) || fails) return MAP_FAILED;
  return reinterpret_cast<void*>(::syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}

void* mmap64(void* address, std::size_t size, int protection, int flags, int fd, off_t offset) {
  const bool is_password = is_from(Library::sodium, __builtin_return_address(0));
  const bool fails = must_fail(Call::map);
  if ((is_password && must_fail(Call::password)) || fails) return MAP_FAILED;
  return reinterpret_cast<void*>(::syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}
}
