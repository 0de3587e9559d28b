#include "sockchat/domain/absences.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds(1000)};
constexpr LoginId kFamily{7};

}  // namespace

TEST_CASE("a session is taken up again while its absence is short, once") {
  Absences absences(seconds(120));
  absences.began(kFamily, MessageId(5), kStart);
  CHECK(absences.take(LoginId(8), kStart) == std::nullopt);
  CHECK(absences.take(kFamily, kStart + seconds(119)) == MessageId(5));
  CHECK(absences.take(kFamily, kStart + seconds(119)) == std::nullopt);
}

TEST_CASE("an absence that took too long is over, to the nanosecond") {
  Absences absences(seconds(120));
  absences.began(kFamily, MessageId(5), kStart);
  CHECK(absences.take(kFamily, kStart + seconds(120)) == std::nullopt);
  CHECK(absences.size() == 0);
}

TEST_CASE("who leaves again is away from then on") {
  Absences absences(seconds(120));
  absences.began(kFamily, MessageId(5), kStart);
  absences.began(kFamily, MessageId(9), kStart + seconds(100));
  CHECK(absences.take(kFamily, kStart + seconds(200)) == MessageId(9));
}

TEST_CASE("what nobody came back for is forgotten in time") {
  Absences absences(seconds(120));
  for (std::uint64_t family = 1; family <= 1000; ++family)
    absences.began(LoginId(family), MessageId(1), kStart + seconds(family));
  CHECK(absences.size() <= 120);
  absences.forget(LoginId(1000));
  CHECK(absences.take(LoginId(1000), kStart + seconds(1000)) == std::nullopt);
}

}  // namespace sockchat::domain
