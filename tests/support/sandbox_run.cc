// Runs a program under the restrictions of packaging/sockchat.service, as far as a process can put them on
// itself:
//
//   sandbox_run DIRECTORY SYSCALLS PROGRAM [ARGUMENTS]
//
// DIRECTORY is the one place that can be written, and the working directory; /tmp is an empty one of its own,
// and everything else is read-only. SYSCALLS is a file with the numbers of the calls that are allowed. The
// user is nobody, without a capability and without a way to get one; sockets are of AF_INET, AF_INET6 and
// AF_UNIX; no memory is made executable. Needs root. Exit code 77: this machine does not allow it, which
// stderr says.
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr uid_t kNobody = 65'534;
constexpr std::uint32_t kNamespaces =
    CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "sandbox_run: %s: %s\n", what, std::strerror(errno));
  std::_Exit(77);
}

void must(long result, const char* what) {
  if (result < 0) give_up(what);
}

int set_attributes(const char* path, unsigned flags, std::uint64_t set, std::uint64_t clear) {
  mount_attr attributes{};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  return static_cast<int>(
      ::syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes, sizeof attributes));
}

// ProtectSystem=strict, StateDirectory=, PrivateTmp=, PrivateIPC=, ProtectHostname=
void enter_mounts(const std::string& directory) {
  must(::unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS), "unshare");
  must(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  // Taken before what is mounted over /tmp hides it.
  const auto tree =
      ::syscall(SYS_open_tree, AT_FDCWD, directory.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  must(tree, "open_tree");
  must(::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=16m"), "a /tmp of its own");
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  must(::syscall(SYS_move_mount, tree, "", AT_FDCWD, directory.c_str(), MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount");
  must(set_attributes("/", AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0), "a read-only root");
  must(set_attributes("/tmp", 0, 0, MOUNT_ATTR_RDONLY), "a /tmp to write in");
  must(set_attributes(directory.c_str(), 0, 0, MOUNT_ATTR_RDONLY), "a directory to write in");
  must(::chdir(directory.c_str()), "chdir");
}

// User=, CapabilityBoundingSet=, NoNewPrivileges=
void drop_rights() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    must(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop a capability");
  must(::setgroups(0, nullptr), "setgroups");
  must(::setresgid(kNobody, kNobody, kNobody), "setresgid");
  must(::setresuid(kNobody, kNobody, kNobody), "setresuid");
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
}

class Filter {
 public:
  void add(unsigned short code, std::uint32_t operand, unsigned char if_true = 0,
           unsigned char if_false = 0) {
    program_.push_back({code, if_true, if_false, operand});
  }
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  void answer(std::uint32_t what) { add(BPF_RET | BPF_K, what); }
  void answer_if_equal(std::uint32_t value, std::uint32_t what) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(what);
  }
  void install() {
    const sock_fprog whole{static_cast<unsigned short>(program_.size()), program_.data()};
    must(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0), "seccomp");
  }

 private:
  std::vector<sock_filter> program_;
};

constexpr std::uint32_t refuse_with(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
}

// The low half of an argument, on machines that put it first.
constexpr std::size_t argument(std::size_t number) { return offsetof(seccomp_data, args) + 8 * number; }

// SystemCallArchitectures=, RestrictAddressFamilies=, MemoryDenyWriteExecute=, RestrictNamespaces=,
// SystemCallFilter=
void filter_calls(const char* path) {
  std::ifstream file(path);
  std::vector<std::uint32_t> allowed;
  for (std::uint32_t number = 0; file >> number;) allowed.push_back(number);
  if (allowed.size() < 50) {
    std::fprintf(stderr, "sandbox_run: %s lists hardly a call\n", path);
    std::_Exit(2);
  }
  Filter filter;
#if defined(__x86_64__)
  constexpr std::uint32_t kOurs = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  constexpr std::uint32_t kOurs = AUDIT_ARCH_AARCH64;
#else
#error "which AUDIT_ARCH_ is this?"
#endif
  filter.load(offsetof(seccomp_data, arch));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, kOurs, 1, 0);
  filter.answer(SECCOMP_RET_KILL_PROCESS);

  filter.load(offsetof(seccomp_data, nr));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5);
  filter.load(argument(0));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 3, 0);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
  filter.answer(refuse_with(EAFNOSUPPORT));

  filter.load(offsetof(seccomp_data, nr));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 4);
  filter.load(argument(2));
  filter.add(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC);
  filter.answer_if_equal(PROT_WRITE | PROT_EXEC, refuse_with(EPERM));
  filter.load(offsetof(seccomp_data, nr));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4);
  filter.load(argument(2));
  filter.add(BPF_ALU | BPF_AND | BPF_K, PROT_EXEC);
  filter.answer_if_equal(PROT_EXEC, refuse_with(EPERM));

  filter.load(offsetof(seccomp_data, nr));
  filter.answer_if_equal(SYS_unshare, refuse_with(EPERM));
  filter.answer_if_equal(SYS_setns, refuse_with(EPERM));
  // Its flags stand in memory, where a filter cannot look; libc does with clone() then.
  filter.answer_if_equal(SYS_clone3, refuse_with(ENOSYS));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3);
  filter.load(argument(0));
  filter.add(BPF_JMP | BPF_JSET | BPF_K, kNamespaces, 0, 1);
  filter.answer(refuse_with(EPERM));

  filter.load(offsetof(seccomp_data, nr));
  for (const std::uint32_t number : allowed) filter.answer_if_equal(number, SECCOMP_RET_ALLOW);
  filter.answer(refuse_with(EPERM));
  filter.install();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    std::fputs("usage: sandbox_run DIRECTORY SYSCALLS PROGRAM [ARGUMENTS]\n", stderr);
    return 2;
  }
  enter_mounts(arguments[1]);
  drop_rights();
  filter_calls(arguments[2]);
  ::execvp(arguments[3], arguments + 3);
  give_up(arguments[3]);
}
