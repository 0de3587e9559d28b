// A service manager for the shell tests: `notify_listener PATH` makes a datagram socket there and prints each
// notice as a line, its own lines joined by blanks. Ends with its input.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

int main(int count, char** arguments) {
  sockaddr_un address{};
  if (count != 2 || std::strlen(arguments[1]) >= sizeof address.sun_path) {
    std::fputs("usage: notify_listener PATH\n", stderr);
    return 2;
  }
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, arguments[1]);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("notify_listener");
    return 1;
  }
  std::puts("listening");
  std::fflush(stdout);
  std::array<pollfd, 2> states{{{STDIN_FILENO, POLLIN, 0}, {socket, POLLIN, 0}}};
  while (::poll(states.data(), states.size(), -1) > 0) {
    if ((states[1].revents & POLLIN) != 0) {
      std::array<char, 4096> notice;
      const ssize_t size = ::recv(socket, notice.data(), notice.size(), 0);
      if (size < 0) return 1;
      std::replace(notice.begin(), notice.begin() + size, '\n', ' ');
      std::fwrite(notice.data(), 1, static_cast<std::size_t>(size), stdout);
      std::putchar('\n');
      if (std::fflush(stdout) != 0) return 1;
    }
    std::array<char, 64> typed;
    if (states[0].revents != 0 && ::read(STDIN_FILENO, typed.data(), typed.size()) <= 0) return 0;
  }
  return 1;
}
