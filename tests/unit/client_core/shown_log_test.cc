#include "sockchat/client_core/shown_log.h"

#include <doctest/doctest.h>

namespace sockchat::client_core {
namespace {

constexpr std::string_view kEarly = "2026-11-22T12:00:00.000Z";
constexpr std::string_view kLater = "2026-11-22T12:00:01.000Z";

TEST_CASE("a message is shown once, and one that comes late is shown too") {
  ShownLog log;
  CHECK(log.take(7, kEarly));
  CHECK(log.take(9, kLater));
  CHECK_FALSE(log.take(7, kEarly));
  CHECK(log.take(8, kEarly));
  CHECK(log.newest() == 9);
}

TEST_CASE("beyond the ids that are remembered one by one, older ones count as shown") {
  ShownLog log;
  for (std::uint64_t mid = 1; mid <= ShownLog::kIdsMax + 1; ++mid) CHECK(log.take(mid * 2, ""));
  CHECK_FALSE(log.take(2, ""));
  CHECK_FALSE(log.take(1, ""));
  CHECK(log.take(3, ""));
}

TEST_CASE("what was shown is recorded when it was flushed, and confirmed when it was recorded") {
  ShownLog log;
  log.begin(0);
  CHECK(log.take(7, kEarly));
  CHECK_FALSE(log.to_record());
  log.flushed();
  CHECK(log.to_record() == ShownMark{7, std::string(kEarly)});
  CHECK(log.take(9, kLater));
  log.flushed();
  CHECK_FALSE(log.to_record());
  CHECK_FALSE(log.to_confirm());
  log.recorded();
  CHECK(log.to_confirm() == 7);
  CHECK_FALSE(log.to_confirm());
  CHECK(log.to_record() == ShownMark{9, std::string(kLater)});
  log.recorded();
  CHECK(log.to_confirm() == 9);
  CHECK_FALSE(log.to_record());
}

TEST_CASE("what an earlier run has recorded is not shown again, but confirmed when it comes again") {
  ShownLog log;
  log.restore({9, std::string(kLater)});
  log.begin(0);
  log.flushed();
  CHECK_FALSE(log.to_confirm());
  CHECK_FALSE(log.take(8, kEarly));
  log.flushed();
  CHECK_FALSE(log.to_record());
  CHECK(log.to_confirm() == 8);
  CHECK(log.take(10, kLater));
}

TEST_CASE("a connection that goes on behind a message confirms it anew") {
  ShownLog log;
  CHECK(log.take(7, kEarly));
  log.flushed();
  CHECK(log.to_record());
  log.recorded();
  CHECK(log.to_confirm() == 7);
  log.begin(7);
  CHECK_FALSE(log.to_confirm());
  log.flushed();
  CHECK(log.to_confirm() == 7);
}

TEST_CASE("a server that counts from the start again is believed") {
  ShownLog log;
  log.restore({5000, std::string(kEarly)});
  log.begin(0);
  CHECK_FALSE(log.take(3, kEarly));
  CHECK(log.take(3, kLater));
  CHECK(log.newest() == 3);
  CHECK_FALSE(log.take(3, kLater));
  log.flushed();
  CHECK(log.to_record() == ShownMark{3, std::string(kLater)});
  log.recorded();
  CHECK(log.to_confirm() == 3);
  // Of the same moment as the first: not later than what is known, and not known.
  CHECK(log.take(4, kLater));
}

TEST_CASE("a mark that is being recorded when the server begins anew says nothing of the new numbers") {
  ShownLog log;
  CHECK(log.take(5000, kEarly));
  log.flushed();
  CHECK(log.to_record());
  CHECK(log.take(5001, kEarly));
  CHECK(log.take(5000, kLater));
  CHECK(log.take(2, kLater));
  log.flushed();
  log.recorded();
  CHECK(log.to_record() == ShownMark{5000, std::string(kLater)});
}

TEST_CASE("a time of any length is taken") {
  ShownLog log;
  CHECK(log.take(1, std::string(1000, '9')));
  log.flushed();
  CHECK(log.to_record()->time.size() == ShownLog::kTimeBytesMax);
}

}  // namespace
}  // namespace sockchat::client_core
