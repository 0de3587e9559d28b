#include "faults/preload_plan.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace sockchat::faults {
namespace {

Control* control = nullptr;
bool in_main = false;

struct Range {
  const char* name;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};
std::array<Range, 2> libraries{Range{"libsqlite3"}, Range{"libsodium"}};

int note_library(dl_phdr_info* info, std::size_t, void*) {
  for (Range& library : libraries) {
    if (std::strstr(info->dlpi_name, library.name) == nullptr) continue;
    for (int at = 0; at < info->dlpi_phnum; ++at) {
      const auto& segment = info->dlpi_phdr[at];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      library.begin = info->dlpi_addr + segment.p_vaddr;
      library.end = library.begin + segment.p_memsz;
    }
  }
  return 0;
}

// By raw calls: those of libc may be ours.
void attach() {
  const char* const path = std::getenv(kControlVariable);
  if (path == nullptr) return;
  const long fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  const long where = ::syscall(SYS_mmap, nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::syscall(SYS_close, fd);
  if (where == -1) return;
  control = reinterpret_cast<Control*>(where);
  ::dl_iterate_phdr(note_library, nullptr);
}

}  // namespace

void* look_up(const char* name) { return ::dlsym(RTLD_NEXT, name); }

bool is_from(Library library, const void* return_address) {
  const Range& range = libraries[static_cast<std::size_t>(library)];
  const auto address = reinterpret_cast<std::uintptr_t>(return_address);
  return address >= range.begin && address < range.end;
}

bool must_fail(Call call) {
  if (!in_main || !control->armed.load(std::memory_order_relaxed)) return false;
  const std::uint64_t number = ++control->counts[static_cast<std::size_t>(call)];
  if (control->call.load(std::memory_order_relaxed) != call) return false;
  const std::uint64_t nth = control->nth.load(std::memory_order_relaxed);
  if (number < nth) return false;
  switch (control->effect.load(std::memory_order_relaxed)) {
    case Effect::none:
      return false;
    case Effect::fail_once:
      if (number > nth) return false;
      break;
    case Effect::fail_for_ever:
      break;
    case Effect::kill:
      if (number == nth) ::kill(::getpid(), SIGKILL);
      return false;
    case Effect::delay: {
      ++control->hits;
      const long ms = control->delay_ms.load(std::memory_order_relaxed);
      const timespec time{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
      ::nanosleep(&time, nullptr);
      return false;
    }
  }
  ++control->hits;
  errno = control->error.load(std::memory_order_relaxed);
  return true;
}

void note_harmless_hit() { ++control->harmless_hits; }

}  // namespace sockchat::faults

using Main = int (*)(int, char**, char**);
namespace {
Main real_main = nullptr;

// What runs before main() has promised nothing to anybody, and cannot say anything either.
int watched_main(int argc, char** argv, char** environment) {
  sockchat::faults::attach();
  sockchat::faults::in_main = sockchat::faults::control != nullptr;
  return real_main(argc, argv, environment);
}
}  // namespace

extern "C" int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                                 void (*rtld_fini)(), void* stack_end) {
  using Start = int(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  static Start* start = nullptr;
  real_main = main;
  return sockchat::faults::next("__libc_start_main", start)(watched_main, argc, argv, init, fini, rtld_fini,
                                                            stack_end);
}
