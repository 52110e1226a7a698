#include "rig/record/columns.h"

#include <algorithm>

namespace pumprig::record {

void Columns::clear() {
  t.clear();
  value.clear();
  flags.clear();
  window.clear();
  ask_before.clear();
  reply_after.clear();
}

void Columns::reserve(std::size_t n) {
  t.reserve(n);
  value.reserve(n);
  flags.reserve(n);
  window.reserve(n);
  ask_before.reserve(n);
  reply_after.reserve(n);
}

void Columns::append(const Columns& other, TimePoint from, TimePoint to) {
  for (std::size_t i = 0; i < other.size(); ++i) {
    if (other.t[i] < to_ns(from) || other.t[i] > to_ns(to)) continue;
    t.push_back(other.t[i]);
    value.push_back(other.value[i]);
    flags.push_back(other.flags[i]);
    window.push_back(other.window[i]);
    ask_before.push_back(other.ask_before[i]);
    reply_after.push_back(other.reply_after[i]);
  }
}

Range range_of(const Columns& samples) {
  Range range;
  const auto [first, last] = std::minmax_element(samples.t.begin(), samples.t.end());
  range.t0 = *first;
  range.t1 = *last;
  double lo = 0;
  double hi = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double v = samples.value[i];
    if ((samples.flags[i] & kSampleValid) == 0 || std::isnan(v)) continue;
    lo = range.valid == 0 ? v : std::min(lo, v);
    hi = range.valid == 0 ? v : std::max(hi, v);
    ++range.valid;
  }
  if (range.valid != 0) {
    range.min = lo;
    range.max = hi;
  }
  return range;
}

}  // namespace pumprig::record
