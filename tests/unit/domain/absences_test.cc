#include "sockchat/domain/absences.h"

#include <doctest/doctest.h>

namespace sockchat::domain {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds(1000)};
constexpr LoginId kFamily{7};

std::optional<MessageId> begin_of(std::optional<Absence> absence) {
  return absence ? std::optional(absence->begin) : std::nullopt;
}

}  // namespace

TEST_CASE("a session is taken up again while its absence is short, once") {
  Absences absences(seconds(120));
  absences.add(kFamily, {MessageId(5), kStart});
  CHECK(begin_of(absences.take(LoginId(8), kStart)) == std::nullopt);
  CHECK(begin_of(absences.take(kFamily, kStart + seconds(119))) == MessageId(5));
  CHECK(begin_of(absences.take(kFamily, kStart + seconds(119))) == std::nullopt);
}

TEST_CASE("an absence that took too long is over, to the nanosecond") {
  Absences absences(seconds(120));
  absences.add(kFamily, {MessageId(5), kStart});
  CHECK(begin_of(absences.take(kFamily, kStart + seconds(120))) == std::nullopt);
  CHECK(absences.size() == 0);
}

TEST_CASE("who leaves again is away from then on") {
  Absences absences(seconds(120));
  absences.add(kFamily, {MessageId(5), kStart});
  absences.add(kFamily, {MessageId(9), kStart + seconds(100)});
  CHECK(begin_of(absences.take(kFamily, kStart + seconds(200))) == MessageId(9));
}

TEST_CASE("what is put back is as old as it was") {
  Absences absences(seconds(120));
  absences.add(kFamily, {MessageId(5), kStart});
  absences.add(LoginId(8), {MessageId(6), kStart + seconds(50)});
  absences.add(kFamily, *absences.take(kFamily, kStart + seconds(60)));
  CHECK(begin_of(absences.take(LoginId(8), kStart + seconds(119))) == MessageId(6));
  CHECK(begin_of(absences.take(kFamily, kStart + seconds(120))) == std::nullopt);
}

TEST_CASE("what nobody came back for is forgotten in time") {
  Absences absences(seconds(120));
  for (std::uint64_t family = 1; family <= 1000; ++family)
    absences.add(LoginId(family), {MessageId(1), kStart + seconds(family)});
  CHECK(absences.size() <= 120);
  absences.forget(LoginId(1000));
  CHECK(begin_of(absences.take(LoginId(1000), kStart + seconds(1000))) == std::nullopt);
}

}  // namespace sockchat::domain
