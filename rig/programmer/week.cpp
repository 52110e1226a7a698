#include "rig/programmer/week.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rig/clients/program_facts.h"

namespace pumprig::programmer {
namespace {

constexpr std::size_t kDayMinutes = 1'440;
constexpr std::size_t kWeekMinutes = 7 * kDayMinutes;

}  // namespace

Week::Week(DoseRate always) : minutes_(kWeekMinutes, always.ng_per_day) {}

std::optional<Week> Week::of(const std::vector<DosePiece>& pieces) {
  Week out(DoseRate{});
  for (std::size_t at = 0; at < kWeekMinutes; ++at) {
    int begun = -1;
    for (const DosePiece& piece : pieces) {
      const bool today = (piece.weekdays >> (at / kDayMinutes) & 1) != 0;
      if (!today || piece.start_min > at % kDayMinutes || piece.start_min <= begun) continue;
      begun = piece.start_min;
      out.minutes_[at] = piece.dose.ng_per_day;
    }
    if (begun < 0) return std::nullopt;
  }
  return out;
}

Week Week::of(const clients::Program& program) {
  const Concentration concentration{program.concentration_ng_per_ml};
  std::vector<DosePiece> pieces;
  for (const auto& segment : program.segments.view()) {
    pieces.push_back({segment.weekdays, segment.start_min, dose_of(segment.rate_nl_per_day, concentration)});
  }
  if (const auto scheduled = Week::of(pieces)) return *scheduled;
  return Week(dose_of(std::llround(clients::mean_base_nl_per_day(program)), concentration));
}

DoseRate Week::mean() const {
  const std::int64_t sum = std::accumulate(minutes_.begin(), minutes_.end(), std::int64_t{0});
  return {(sum + static_cast<std::int64_t>(kWeekMinutes) / 2) / static_cast<std::int64_t>(kWeekMinutes)};
}

DoseRate Week::fastest() const {
  return {*std::max_element(minutes_.begin(), minutes_.end())};
}

DoseRate Week::fastest_at(std::size_t minute_of_day) const {
  std::int64_t most = 0;
  for (std::size_t at = minute_of_day; at < kWeekMinutes; at += kDayMinutes) most = std::max(most, minutes_[at]);
  return {most};
}

Mass Week::day(unsigned weekday) const {
  const auto begin = minutes_.begin() + static_cast<std::ptrdiff_t>(weekday * kDayMinutes);
  return {std::accumulate(begin, begin + kDayMinutes, std::int64_t{0}) / static_cast<std::int64_t>(kDayMinutes)};
}

Mass Week::highest_24h() const {
  std::int64_t sum = std::accumulate(minutes_.begin(), minutes_.begin() + kDayMinutes, std::int64_t{0});
  std::int64_t most = sum;
  for (std::size_t begin = 1; begin < kWeekMinutes; ++begin) {
    sum += minutes_[(begin + kDayMinutes - 1) % kWeekMinutes] - minutes_[begin - 1];
    most = std::max(most, sum);
  }
  return {most / static_cast<std::int64_t>(kDayMinutes)};
}

bool Week::same_every_day() const {
  for (unsigned weekday = 1; weekday < 7; ++weekday) {
    if (day(weekday) != day(0)) return false;
  }
  return true;
}

}  // namespace pumprig::programmer
