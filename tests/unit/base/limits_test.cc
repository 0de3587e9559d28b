#include "sockchat/base/limits.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <variant>

namespace sockchat {
namespace {

using namespace std::chrono_literals;

double value_of(const Limits& limits, const LimitSpec& spec) {
  if (const auto* field = std::get_if<std::size_t Limits::*>(&spec.field)) {
    return static_cast<double>(limits.*(*field));
  }
  if (const auto* field = std::get_if<double Limits::*>(&spec.field)) return limits.*(*field);
  const double unit = spec.unit == LimitUnit::days ? 86'400 : 1;
  return std::chrono::duration<double>(limits.*std::get<Duration Limits::*>(spec.field)).count() / unit;
}

Result<void> set(Limits& limits, const LimitSpec& spec, double value) {
  return set_limit(limits, fmt::format("{}={:f}", spec.name, value));
}

TEST_CASE("every limit starts at its default, which lies within its bounds") {
  const Limits limits;
  for (const LimitSpec& spec : limit_specs()) {
    CAPTURE(spec.name);
    CHECK(value_of(limits, spec) == doctest::Approx(spec.standard));
    CHECK(spec.smallest <= spec.standard);
    CHECK(spec.standard <= spec.largest);
  }
}

TEST_CASE("every limit can be set to its smallest and its largest value, and not beyond") {
  for (const LimitSpec& spec : limit_specs()) {
    CAPTURE(spec.name);
    Limits limits;
    REQUIRE(set(limits, spec, spec.smallest));
    CHECK(value_of(limits, spec) == doctest::Approx(spec.smallest));
    REQUIRE(set(limits, spec, spec.largest));
    CHECK(value_of(limits, spec) == doctest::Approx(spec.largest));
    const auto refused = set(limits, spec, spec.largest + 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::bad_argument);
    CHECK(value_of(limits, spec) == doctest::Approx(spec.largest));
  }
}

TEST_CASE("no two limits share a name, and the table prints each of them") {
  std::set<std::string_view> names;
  const std::string table = describe_limits();
  for (const LimitSpec& spec : limit_specs()) {
    CAPTURE(spec.name);
    CHECK(names.insert(spec.name).second);
    CHECK(table.contains(spec.name));
  }
}

TEST_CASE("sizes understand KiB, MiB and GiB, times and rates may have fractions") {
  Limits limits;
  REQUIRE(set_limit(limits, "frame_max=128KiB"));
  CHECK(limits.frame_max == 128 * 1024);
  REQUIRE(set_limit(limits, "login_seconds=0.25"));
  CHECK(limits.login_seconds == 250ms);
  REQUIRE(set_limit(limits, "message_rate=2.5"));
  CHECK(limits.message_rate == doctest::Approx(2.5));
}

TEST_CASE("a limit that is not understood is refused with words that help") {
  Limits limits;
  for (const char* const text : {"frame_max", "frame_max=", "frame_max=many", "frame_max=1kb", "frame_max=-1",
                                 "frame_max=100.5", "frame_max=1e3", "frame_max=100 ", "login_seconds=1KiB",
                                 "login_seconds=nan", "login_seconds=inf", "no_such_limit=1", "=1", ""}) {
    CAPTURE(text);
    const auto refused = set_limit(limits, text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::bad_argument);
    CHECK_FALSE(refused.error().text.empty());
  }
  CHECK(limits.frame_max == Limits().frame_max);
}

}  // namespace
}  // namespace sockchat
