// Puts one workload on a server and prints what came of it as one line of JSON. scripts/bench.sh runs it.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include "clients.h"
#include "process_stat.h"
#include "workloads.h"

namespace sockchat::bench {
namespace {

constexpr const char* kUsage =
    R"(usage: load relay|sockchat|sockchat_tls ping|durable|fanout|pipeline|idle PORT PID SECONDS

Connects to 127.0.0.1:PORT, which process PID serves, and measures for SECONDS after a second of warming up.
The users are u00000, u00001, ...; their password is "benchmark".

exit status: 0; 1 a request was refused or a connection lost; 2 wrong usage
)";

constexpr auto kWarmUp = std::chrono::seconds(1);
constexpr std::size_t kTextBytes = 100;

struct Options {
  std::string_view protocol;
  const Workload* workload;
  std::uint16_t port;
  pid_t server;
  std::chrono::seconds length;
};

template <class Number>
bool parse(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  return problem == std::errc() && rest == end;
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options{};
  std::uint32_t seconds = 0;
  if (argc != 6 || !parse(argv[3], options.port) || !parse(argv[4], options.server) ||
      !parse(argv[5], seconds)) {
    return std::nullopt;
  }
  options.protocol = argv[1];
  options.workload = find_workload(argv[2]);
  options.length = std::chrono::seconds(seconds);
  if (options.workload == nullptr || seconds == 0) return std::nullopt;
  return options;
}

// Sends what the workload says, and counts.
class Load final {
 public:
  Load(const Workload& workload, const Protocol& protocol, net::Reactor& reactor, Clients& clients);

  void begin();
  void take(std::size_t client, Tally tally);
  void forget() { counted_ = {}, times_.clear(); }

  [[nodiscard]] const Tally& counted() const { return counted_; }
  // Of the round trips, or of the messages: the workload's metric says which.
  [[nodiscard]] double quantile_us(double quantile);

 private:
  struct Requests {
    std::string frames;  // window times the same
    std::size_t frame_bytes = 0;
  };
  void send(std::size_t client, std::size_t count);

  const Workload& workload_;
  net::Reactor& reactor_;
  Clients& clients_;
  std::vector<Requests> requests_;  // of each client
  Tally counted_;
  TimePoint sent_at_;
  std::vector<double> times_;  // in microseconds
};

Load::Load(const Workload& workload, const Protocol& protocol, net::Reactor& reactor, Clients& clients)
    : workload_(workload), reactor_(reactor), clients_(clients), requests_(workload.clients) {
  const std::string text(kTextBytes, 'x');
  for (std::size_t client = 0; client < workload.clients; ++client) {
    const std::string frame =
        workload.is_broadcast ? protocol.broadcast(text) : protocol.message(partner(workload, client), text);
    requests_[client].frame_bytes = frame.size();
    for (std::size_t copy = 0; copy < workload.window; ++copy) requests_[client].frames += frame;
  }
}

void Load::begin() {
  sent_at_ = reactor_.now().mono;
  for (std::size_t client = 0; client < workload_.starters; ++client) send(client, workload_.window);
}

void Load::take(std::size_t client, Tally tally) {
  counted_.replies += tally.replies;
  counted_.events += tally.events;
  if (workload_.refill == Refill::on_reply) return send(client, tally.replies);
  if (tally.events == 0) return;
  // A message is over with its receipt, a round trip only where it began.
  if (workload_.metric == Metric::message_median_us || client < workload_.starters) {
    const TimePoint now = reactor_.now().mono;
    times_.push_back(std::chrono::duration<double, std::micro>(now - sent_at_).count());
    sent_at_ = now;
  }
  send(client, tally.events);
}

double Load::quantile_us(double quantile) {
  if (times_.empty()) return 0;
  std::ranges::sort(times_);
  return times_[static_cast<std::size_t>(quantile * static_cast<double>(times_.size() - 1))];
}

void Load::send(std::size_t client, std::size_t count) {
  const Requests& requests = requests_[client];
  if (count == 0) return;
  clients_.send(client, std::string_view(requests.frames).substr(0, count * requests.frame_bytes));
}

struct Measured {
  ProcessStat empty;   // the server before the first client
  ProcessStat before;  // warm
  ProcessStat after;
  Duration load_cpu{};  // near the whole length: the load was the limit, not the server
  double seconds = 0;
};

double percent(Duration cpu, double seconds) {
  return 100 * std::chrono::duration<double>(cpu).count() / seconds;
}

void print(const Options& options, const Measured& measured, Load& load) {
  const Tally& counted = load.counted();
  const auto per_second = [&](std::size_t count) { return static_cast<double>(count) / measured.seconds; };
  const double grown =
      static_cast<double>(measured.after.resident_bytes) - static_cast<double>(measured.empty.resident_bytes);
  double value = 0;
  std::string more;
  switch (options.workload->metric) {
    case Metric::median_us:
    case Metric::message_median_us:
      value = load.quantile_us(0.5);
      more = fmt::format(R"(,"p99_us":{:.1f})", load.quantile_us(0.99));
      break;
    case Metric::deliveries_per_s:
      value = per_second(counted.events);
      more = fmt::format(R"(,"broadcasts_per_s":{:.0f})", per_second(counted.replies));
      break;
    case Metric::messages_per_s:
      value = per_second(counted.replies);
      more = fmt::format(R"(,"deliveries_per_s":{:.0f})", per_second(counted.events));
      break;
    case Metric::bytes_per_connection:
      value = grown / static_cast<double>(options.workload->clients);
      break;
  }
  const Duration cpu = measured.after.cpu - measured.before.cpu;
  if (counted.events > 0) {
    const double microseconds = std::chrono::duration<double, std::micro>(cpu).count();
    more += fmt::format(R"(,"server_us_per_delivery":{:.3f})",
                        microseconds / static_cast<double>(counted.events));
  }
  fmt::print(R"({{"workload":"{}","server":"{}","metric":"{}","value":{:.1f}{},"server_cpu_percent":{:.2f},)"
             R"("load_cpu_percent":{:.0f},"resident_mib":{:.1f},"seconds":{:.1f}}})"
             "\n",
             options.workload->name, options.protocol, name_of(options.workload->metric), value, more,
             percent(cpu, measured.seconds), percent(measured.load_cpu, measured.seconds),
             static_cast<double>(measured.after.resident_bytes) / (1 << 20), measured.seconds);
}

Result<void> run(const Options& options, const Protocol& protocol) {
  const auto address = net::SocketAddress::parse("127.0.0.1", options.port);
  if (!address) return tl::unexpected(address.error());
  const auto reactor = net::Reactor::create();
  if (!reactor) return tl::unexpected(reactor.error());
  const auto empty = read_process_stat(options.server);
  if (!empty) return tl::unexpected(empty.error());

  const auto tls = net::TlsContext::for_client();
  if (!tls) return tl::unexpected(tls.error());
  Clients clients(**reactor, protocol, *address, options.protocol.ends_with("_tls") ? tls->get() : nullptr);
  if (auto in = clients.log_in(options.workload->clients); !in) return in;
  Load load(*options.workload, protocol, **reactor, clients);
  Clients::OnArrival on_arrival = [&load](std::size_t client, Tally tally) { load.take(client, tally); };
  load.begin();
  if (auto warm = clients.run(kWarmUp, on_arrival); !warm) return warm;

  load.forget();
  const TimePoint begun = (*reactor)->now().mono;
  const auto before = read_process_stat(options.server);
  const auto own_before = read_process_stat(::getpid());
  if (auto measured = clients.run(options.length, on_arrival); !measured) return measured;
  const auto after = read_process_stat(options.server);
  const auto own_after = read_process_stat(::getpid());
  if (!before || !after || !own_before || !own_after) return fail(Errc::system, "the server is gone");
  const std::chrono::duration<double> length = (*reactor)->now().mono - begun;
  print(options, {*empty, *before, *after, own_after->cpu - own_before->cpu, length.count()}, load);
  return {};
}

// 10,000 clients are more than most processes may have.
void raise_descriptor_limit() {
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
}

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  const auto protocol = options ? make_protocol(options->protocol) : nullptr;
  if (!protocol) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  raise_descriptor_limit();
  if (auto done = run(*options, *protocol); !done) {
    fmt::print(stderr, "load: {} {}: {}\n", options->protocol, options->workload->name, done.error().text);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace sockchat::bench

int main(int argc, char** argv) { return sockchat::bench::main(argc, argv); }
