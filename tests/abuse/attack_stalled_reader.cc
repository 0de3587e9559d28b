// A4: a hundred people write to one who stops reading. Quiet is the same with a reader: what is judged is the
// stall, not the mail.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <charconv>
#include <string>
#include <string_view>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/rows.h"
#include "abuse/shared.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kSenders = 100;
constexpr std::size_t kTextBytes = 4096;
constexpr std::chrono::microseconds kBetweenMessages{5000};
constexpr seconds kStall{10};
constexpr double kQueueKib = 1024;  // send_queue_hard
constexpr int kReceiveBuffer = 2048;

// What became of every message, by its number.
struct Mail {
  std::atomic<std::size_t> count;
  std::atomic<std::size_t> stored;  // answers that say: the reader is not online
  std::atomic<bool> reader_online;
  std::array<std::atomic<bool>, 20'000> accepted;
  std::array<std::atomic<bool>, 20'000> received;

  [[nodiscard]] std::size_t lost() const {
    std::size_t sum = 0;
    for (std::size_t number = 0; number < count; ++number)
      sum += accepted[number] && !received[number] ? 1 : 0;
    return sum;
  }
};

// The digits behind `before`.
std::size_t number_behind(std::string_view frame, std::string_view before) {
  const std::size_t at = frame.find(before);
  std::size_t number = 0;
  if (at == std::string_view::npos) give_up(fmt::format("no {} in {}", before, frame.substr(0, 100)));
  std::from_chars(frame.data() + at + before.size(), frame.data() + frame.size(), number);
  return number;
}

void write_mail(std::uint16_t port, Mail& mail) {
  Crowd crowd(port);
  log_in(crowd, kSenders, [](std::size_t sender) { return Entry{fmt::format("a{}", sender), {}}; });
  auto next = Clock::now();
  const std::string filling(kTextBytes, 'x');
  const auto on_tick = [&] {
    for (; next <= Clock::now() && mail.count < mail.accepted.size(); next += kBetweenMessages) {
      const std::size_t number = mail.count++;
      crowd.send(number % kSenders,
                 fmt::format(R"({{"command":"message","data":["target","m{} {}"],"id":{}}})", number, filling,
                             number));
    }
  };
  const auto on_frame = [&](std::size_t, std::string_view frame) {
    if (!frame.starts_with(R"({"status":"ok")")) return;
    mail.accepted[number_behind(frame, R"("id":)")] = true;
    if (frame.contains(R"("delivery":"stored")")) ++mail.stored;
  };
  crowd.run_until(Clock::time_point::max(), on_frame, on_tick);
}

class Reader final {
 public:
  Reader(std::uint16_t port, Mail& mail, int receive_buffer) : crowd_(port), mail_(mail) {
    const Entry entry{"target", {.receive_buffer = receive_buffer}, R"({"command":"hello","data":["ack"]})"};
    log_in(
        crowd_, 1, [&](std::size_t) { return entry; },
        [this](std::size_t, std::string_view frame) { take(frame); });
    mail.reader_online = true;
  }
  void read_until(Clock::time_point until, const std::function<void()>& on_tick) {
    crowd_.run_until(
        until, [this](std::size_t, std::string_view frame) { take(frame); }, on_tick);
  }

 private:
  void take(std::string_view frame) {
    if (!frame.starts_with(R"({"command":"message")")) return;
    mail_.received[number_behind(frame, R"(","m)")] = true;
    crowd_.send(0, fmt::format(R"({{"command":"ack","data":["{}"]}})", number_behind(frame, R"("mid":")")));
  }

  Crowd crowd_;
  Mail& mail_;
};

}  // namespace

void attack_stalled_reader(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", fmt::format("send_stall_seconds={}", kStall.count())});
  const HonestCrowd honest(arena.port());
  const Shared<Mail> mail;
  const Actor reader(Manners::attacker, [&] {
    Reader(arena.port(), *mail, kReceiveBuffer).read_until(Clock::time_point::max(), [] {});
  });
  const Actor senders(Manners::attacker, [&] { write_mail(arena.port(), *mail); });
  if (!wait_until(seconds(20), [&] { return mail->reader_online && mail->count > 400; })) {
    return figures.failed("A4", "the reader and the senders are there");
  }
  const Outcome outcome = alternate(
      arena, honest, {}, [&] { reader.freeze(); }, [&] { reader.thaw(); });

  pass(seconds(2), [] {});
  const std::size_t stored_before = mail->stored;
  const double resident_before = arena.cost().resident_kib;
  double resident_most = 0;
  reader.freeze();
  const auto began = Clock::now();
  const bool dropped = wait_until(kStall * 2, [&] {
    resident_most = std::max(resident_most, arena.cost().resident_kib);
    return mail->stored > stored_before;
  });
  const std::chrono::duration<double> took = Clock::now() - began;

  Reader again(arena.port(), *mail, 0);
  again.read_until(Clock::now() + seconds(2), [] {});
  senders.freeze();
  again.read_until(Clock::now() + seconds(2), [] {});

  figures.at_most("A4", "the server grew by, in phases of 4 s", outcome.growth_kib, kQueueKib + 64, " KiB");
  figures.at_most("A4", "the server grew by, until it drops the reader", resident_most - resident_before,
                  kQueueKib + 64, " KiB");
  figures.at_most("A4", fmt::format("dropped after a stall of {} s", kStall.count()),
                  dropped ? took.count() : kNever, static_cast<double>(kStall.count()) * 9 / 8 + 1, " s");
  figures.at_most("A4", "accepted messages that the reader lost", static_cast<double>(mail->lost()), 0);
  figures.told("A4", "accepted messages", static_cast<double>(mail->count));
  judge_others(figures, "A4", outcome, honest, 1.2);
}

}  // namespace sockchat::abuse
