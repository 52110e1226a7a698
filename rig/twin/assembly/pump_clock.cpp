#include "rig/twin/assembly/pump_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pumprig::twin {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr auto kTicks = static_cast<std::int64_t>(pumpfw::hal::kTicksPerSecond);

Wide floor_div(Wide a, Wide b) {
  return a / b - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0);
}
Wide ceil_div(Wide a, Wide b) {
  return -floor_div(-a, b);
}

}  // namespace

PumpClock::PumpClock(Duration ahead, std::int64_t rate_error_ppb)
    : ahead_ns_(ahead.count()), rate_error_ppb_(rate_error_ppb), own_error_ppb_(rate_error_ppb) {}

void PumpClock::set_fault(TimePoint at, double faster) {
  ahead_ns_ = shown_ns(at);
  since_ns_ = to_ns(at);
  rate_error_ppb_ = own_error_ppb_ + std::llround(faster * 1e9);
}

std::int64_t PumpClock::shown_ns(TimePoint t) const {
  return static_cast<std::int64_t>(ahead_ns_ + floor_div(static_cast<Wide>(to_ns(t) - since_ns_) * (kBillion + rate_error_ppb_), kBillion));
}

pumpfw::hal::Tick PumpClock::tick_at(TimePoint t) const {
  return static_cast<pumpfw::hal::Tick>(std::max<Wide>(floor_div(static_cast<Wide>(shown_ns(t)) * kTicks, kBillion), 0));
}

TimePoint PumpClock::instant_of(pumpfw::hal::Tick tick) const {
  // The clock shows at least ceil(tick · 1e9 / 32768) ns from ceil(that, less the start, over the rate) on.
  const Wide shown = ceil_div(static_cast<Wide>(tick) * kBillion, kTicks);
  const Wide ns = since_ns_ + ceil_div((shown - ahead_ns_) * kBillion, kBillion + rate_error_ppb_);
  if (ns > std::numeric_limits<std::int64_t>::max()) return kNever;
  return at_ns(static_cast<std::int64_t>(std::max<Wide>(ns, 0)));
}

}  // namespace pumprig::twin
