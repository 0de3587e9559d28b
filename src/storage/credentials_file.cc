#include "sockchat/storage/credentials_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

namespace sockchat::storage {
namespace {

// A million users at 64 bytes a line.
constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

tl::unexpected<Error> cannot_read(const std::string& path, int error) {
  return fail(Errc::system, fmt::format("cannot read {}: {}", path, std::generic_category().message(error)));
}

tl::unexpected<Error> bad_line(std::size_t number, std::string_view what) {
  return fail(Errc::bad_argument, fmt::format("line {}: {}", number, what));
}

bool is_printable(char byte) { return byte > ' ' && byte <= '~'; }

// The file's bytes, which are all its passwords: wiped when they go, and when they move to a larger block.
class WipedBytes final {
 public:
  WipedBytes() = default;
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { wipe(bytes_); }

  // Room for `count` more behind what is there.
  char* room(std::size_t count) {
    if (bytes_.size() - size_ < count) {
      std::string larger(std::max(2 * bytes_.size(), size_ + count), '\0');
      std::copy_n(bytes_.begin(), size_, larger.begin());
      wipe(bytes_);
      bytes_ = std::move(larger);
    }
    return bytes_.data() + size_;
  }
  void add(std::size_t count) { size_ += count; }
  [[nodiscard]] std::string_view text() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  static void wipe(std::string& bytes) { ::explicit_bzero(bytes.data(), bytes.size()); }

  std::string bytes_;
  std::size_t size_ = 0;
};

class OpenFile final {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Result<Credential> parse_line(std::string_view line, std::size_t number, std::size_t name_max,
                              std::size_t password_max) {
  // What the line holds is never repeated: where something is missing, the name may be a password.
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return bad_line(number, "expected a name, one space and a password");
  const std::string_view password = line.substr(space + 1);
  auto name = domain::UserName::parse(line.substr(0, space), name_max);
  if (!name) return bad_line(number, name.error().text);
  if (password.empty()) return bad_line(number, "the password is missing");
  if (password.size() > password_max) {
    return bad_line(number, fmt::format("the password has more than {} characters", password_max));
  }
  if (!std::ranges::all_of(password, is_printable)) {
    return bad_line(number, "a password has printable ASCII characters only, and no space");
  }
  return Credential{*std::move(name), Secret(password)};
}

}  // namespace

Result<CredentialsFile> read_credentials(const std::string& path, std::size_t name_max,
                                         std::size_t password_max) {
  const OpenFile file(path);
  struct stat about = {};
  if (file.fd() < 0 || ::fstat(file.fd(), &about) != 0) return cannot_read(path, errno);

  WipedBytes bytes;
  // Until the end, not the size that it says: a pipe has none.
  for (;;) {
    const ssize_t got = ::read(file.fd(), bytes.room(kReadBytes), kReadBytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno);
    if (got == 0) break;
    bytes.add(static_cast<std::size_t>(got));
    if (bytes.text().size() > kFileBytesMax) return cannot_read(path, EFBIG);
  }
  auto users = parse_credentials(bytes.text(), name_max, password_max);
  if (!users) return fail(users.error().code, fmt::format("{}: {}", path, users.error().text));
  return CredentialsFile{*std::move(users), (about.st_mode & (S_IRGRP | S_IROTH)) != 0};
}

Result<std::vector<Credential>> parse_credentials(std::string_view text, std::size_t name_max,
                                                  std::size_t password_max) {
  std::vector<Credential> users;
  std::map<std::string, std::size_t> lines;  // of each name
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    Result<Credential> user = parse_line(line, number, name_max, password_max);
    if (!user) return tl::unexpected(user.error());
    const auto [first, is_new] = lines.emplace(user->name.text(), number);
    if (!is_new) return bad_line(number, fmt::format("the name of line {} again", first->second));
    users.push_back(*std::move(user));
  }
  return users;
}

}  // namespace sockchat::storage
