#include "server/log.h"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace sockchat::server {
namespace {

// About 400 KiB; the rest of a flood is dropped.
constexpr std::size_t kQueueLines = 1024;
constexpr std::size_t kLineBytesMax = 1024;
constexpr int kPatienceMs = 500;

// Writes a line only where poll(2) says that it will not block: spdlog's own sink waits for ever on a pipe
// that nobody reads, and with it the end of the program. Only the log thread calls it, so that it needs no
// lock.
class PatientSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit PatientSink(int fd) : fd_(fd) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!is_writable()) {
      ++dropped_;
      return;
    }
    spdlog::memory_buf_t line;
    if (dropped_ > 0) {
      fmt::format_to(std::back_inserter(line), "({} lines of the log could not be written)\n", dropped_);
      dropped_ = 0;
    }
    formatter_->format(message, line);
    write_all(line.data(), line.size());
  }
  void flush_() override {}

  // Waits a little while lines can be written, and not at all once one could not.
  bool is_writable() {
    pollfd state{.fd = fd_, .events = POLLOUT, .revents = 0};
    return ::poll(&state, 1, dropped_ == 0 ? kPatienceMs : 0) == 1 && (state.revents & POLLOUT) != 0;
  }

  void write_all(const char* bytes, std::size_t left) {
    while (left > 0) {
      const ssize_t written = ::write(fd_, bytes, left);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        ++dropped_;  // a full disk: the chat goes on
        return;
      }
      bytes += written;
      left -= static_cast<std::size_t>(written);
    }
  }

  const int fd_;
  std::uint64_t dropped_ = 0;
};

}  // namespace

// spdlog shares its parts among loggers and asks for shared_ptr; each has one owner here. The writer goes
// first: it joins its thread, and its queue refers to the logger.
struct Log::Parts {
  explicit Parts(int fd) : writer(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)) {
    logger = std::make_shared<spdlog::async_logger>("sockchat", std::make_shared<PatientSink>(fd), writer,
                                                    spdlog::async_overflow_policy::overrun_oldest);
  }

  std::shared_ptr<spdlog::async_logger> logger;
  std::shared_ptr<spdlog::details::thread_pool> writer;
};

Log::Log(spdlog::level::level_enum level, int fd) : parts_(std::make_unique<Parts>(fd)) {
  parts_->logger->set_level(level);
  parts_->logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  // The default one prints to stderr, which is where the trouble may be.
  parts_->logger->set_error_handler([](const std::string&) {});
}

Log::~Log() = default;

void Log::set_level(spdlog::level::level_enum level) { parts_->logger->set_level(level); }

bool Log::wants(spdlog::level::level_enum level) const { return parts_->logger->should_log(level); }

void Log::write(spdlog::level::level_enum level, std::string_view line) {
  if (!wants(level)) return;
  std::string escaped;
  append_escaped(escaped, line.substr(0, kLineBytesMax), false);
  parts_->logger->log(level, spdlog::string_view_t(escaped));
}

void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char byte : text) {
    if (byte < ' ' || byte > '~') {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      if (in_quotes && (byte == '"' || byte == '\\')) out += '\\';
      out += byte;
    }
  }
}

}  // namespace sockchat::server
