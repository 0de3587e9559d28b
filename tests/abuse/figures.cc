#include "abuse/figures.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <string>

namespace sockchat::abuse {
namespace {

std::string with_unit(double value, std::string_view unit) {
  if (value >= kNever) return "never";
  return value == std::floor(value) ? fmt::format("{:.0f}{}", value, unit)
                                    : fmt::format("{:.2f}{}", value, unit);
}

}  // namespace

void Figures::at_most(std::string_view row, std::string_view what, double value, double bound,
                      std::string_view unit) {
  add(row, what, with_unit(value, unit), "<= " + with_unit(bound, unit),
      value <= bound ? Verdict::pass : Verdict::fail);
}

void Figures::at_least(std::string_view row, std::string_view what, double value, double bound,
                       std::string_view unit) {
  add(row, what, with_unit(value, unit), ">= " + with_unit(bound, unit),
      value >= bound ? Verdict::pass : Verdict::fail);
}

void Figures::told(std::string_view row, std::string_view what, double value, std::string_view unit) {
  add(row, what, with_unit(value, unit), "-", Verdict::none);
}

void Figures::skipped(std::string_view row, std::string_view why) { add(row, why, "", "", Verdict::skip); }

void Figures::failed(std::string_view row, std::string_view why) { add(row, why, "", "", Verdict::fail); }

void Figures::add(std::string_view row, std::string_view what, std::string_view value, std::string_view bound,
                  Verdict verdict) {
  constexpr std::array<std::string_view, 4> kWords{"", "pass", "FAIL", "skip"};
  const std::size_t number = page_->count++;
  if (number >= page_->lines.size()) give_up("more figures than the table has room for");
  Line& line = page_->lines[number];
  line.verdict = verdict;
  const auto end = fmt::format_to_n(line.text.data(), line.text.size() - 1, "{:<4} {:<58} {:>14} {:>15}  {}",
                                    row, what, value, bound, kWords[static_cast<std::size_t>(verdict)]);
  *end.out = '\0';
  std::puts(line.text.data());
  std::fflush(stdout);
}

std::size_t Figures::number_of(Verdict verdict) const {
  std::size_t number = 0;
  for (std::size_t at = 0; at < page_->count; ++at) number += page_->lines[at].verdict == verdict ? 1 : 0;
  return number;
}

void Figures::print() const {
  fmt::print("\n{:<4} {:<58} {:>14} {:>15}\n", "row", "figure", "value", "bound");
  for (std::size_t at = 0; at < page_->count; ++at) std::puts(page_->lines[at].text.data());
  if (const std::size_t skipped = number_of(Verdict::skip); skipped > 0) {
    fmt::print("{} skipped: this machine does not allow what they need\n", skipped);
  }
  fmt::print("abuse: {} passed, {} failed\n", number_of(Verdict::pass), number_of(Verdict::fail));
}

bool Figures::all_good() const {
  return number_of(Verdict::fail) == 0 && number_of(Verdict::pass) + number_of(Verdict::skip) > 0;
}

}  // namespace sockchat::abuse
