// E4: people come, talk, block, ask and go, without end. What the server holds must not grow with them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "abuse/arena.h"
#include "abuse/entrance_queue.h"
#include "abuse/rows.h"
#include "abuse/shared.h"

namespace sockchat::abuse {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr seconds kWarming{10};
constexpr long kSecondsUsual = 30;
constexpr double kGrowthKib = 1024;

struct Churn {
  std::atomic<std::size_t> requests;
  std::atomic<std::size_t> logins;
};

// What each does, one after the other, when the one before is answered.
std::string request_of(std::size_t step, std::size_t user) {
  switch (step) {
    case 0:
      return R"({"command":"hello","data":["ack","resume"]})";
    case 1:
      return fmt::format(R"({{"command":"login","data":["a{}","{}"]}})", user, kPassword);
    case 2:
      return R"({"command":"message","data":["target","hello again"]})";
    case 3:
      return fmt::format(R"({{"command":"block","data":["h{}"]}})", user % 200);
    case 4:
      return R"({"command":"whoelsesince","data":["60"]})";
    case 5:
      return fmt::format(R"({{"command":"unblock","data":["h{}"]}})", user % 200);
    case 6:
      return R"({"command":"history","data":["target","0","5"]})";
    default:
      return R"({"command":"logout"})";
  }
}

class Churners final {
 public:
  Churners(std::uint16_t port, Churn& churn) : port_(port), churn_(churn) {}

  void run() {
    // A crowd remembers everybody who ever was in it; so it is a new one now and then.
    while (true) run_some(2000);
  }

 private:
  void run_some(std::size_t visits) {
    Crowd crowd(port_);
    log_in(crowd, 1, [](std::size_t) { return Entry{"target", {}}; });
    std::vector<std::size_t> steps{0};
    const auto enter = [&] {
      const std::size_t peer = crowd.connect({});
      steps.push_back(0);
      users_.resize(peer + 1);
      users_[peer] = next_user_++ % 2000;
      crowd.send(peer, request_of(0, users_[peer]));
    };
    for (std::size_t n = 0; n < kAtOnce; ++n) enter();
    const auto on_frame = [&](std::size_t peer, std::string_view frame) {
      if (peer == 0 || !frame.starts_with(R"({"status":)")) return;
      ++churn_.requests;
      if (steps[peer] == 1) ++churn_.logins;
      if (steps[peer] >= 7) {
        if (crowd.size() < visits) enter();
        return;
      }
      crowd.send(peer, request_of(++steps[peer], users_[peer]));
    };
    crowd.run_for(seconds(60), on_frame, [&] { return crowd.size() >= visits && crowd.open() <= 1; });
  }

  std::uint16_t port_;
  Churn& churn_;
  std::vector<std::size_t> users_;
  std::size_t next_user_ = 0;
};

}  // namespace

seconds soak_length() {
  const char* const wanted = std::getenv("SOAK");
  return seconds(wanted == nullptr ? kSecondsUsual : std::atol(wanted));
}

void attack_churn(const Stage& stage, Figures& figures) {
  const Arena arena(stage, {"--limit", "query_rate=0"});
  const Shared<Churn> churn;
  const seconds length = soak_length();
  double before = 0;
  double after = 0;
  std::size_t requests = 0;
  {
    const Actor churners(Manners::attacker, [&] { Churners(arena.port(), *churn).run(); });
    pass(kWarming, [] {});
    before = arena.cost().resident_kib;
    requests = churn->requests;
    pass(length, [] {});
    after = arena.cost().resident_kib;
    requests = churn->requests - requests;
  }
  const bool quiet = wait_until(seconds(5), [&] { return arena.descriptors() < 60; });
  figures.at_most("E4", fmt::format("the server grew by, in {} s after 10 s", length.count()), after - before,
                  kGrowthKib, " KiB");
  figures.at_most("E4", "descriptors left when all are gone", static_cast<double>(arena.descriptors()),
                  quiet ? 60 : 0);
  figures.told("E4", "requests meanwhile", static_cast<double>(requests));
  figures.told("E4", "logins", static_cast<double>(churn->logins));
}

}  // namespace sockchat::abuse
