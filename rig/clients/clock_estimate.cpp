#include "rig/clients/clock_estimate.h"

#include <algorithm>

namespace pumprig::clients {
namespace {

// What `seconds` in [low, high] of one clock are on the other when the rate lies in [slow, fast].
struct Span {
  double low;
  double high;
};
Span scaled(Span s, double slow, double fast) {
  return {s.low * (s.low < 0 ? fast : slow), s.high * (s.high < 0 ? slow : fast)};
}

Bounded middle(Span s) {
  return {(s.low + s.high) / 2, std::max(0.0, (s.high - s.low) / 2)};
}

}  // namespace

// Device seconds from one stamp to another, exact up to the rounding of a double.
double ClockEstimate::span_s(std::uint64_t from, std::uint64_t to) const {
  return to >= from ? static_cast<double>(to - from) * tick_s_ : -static_cast<double>(from - to) * tick_s_;
}

void ClockEstimate::narrow(Rates& rates, const Observation& before, const Observation& after) const {
  const double pump = span_s(before.ticks, after.ticks);
  const double longest = to_seconds(after.to - before.from);
  const double shortest = to_seconds(after.from - before.to);
  if (longest > 0) rates.low = std::max(rates.low, (pump - tick_s_) / longest);
  if (shortest > 0) rates.high = std::min(rates.high, (pump + tick_s_) / shortest);
}

bool ClockEstimate::fits(const Observation& observation) const {
  Rates rates = rates_;
  for (const Observation& old : kept_) narrow(rates, old, observation);
  return rates.low <= rates.high;
}

void ClockEstimate::forget_until_it_fits(const Observation& observation) {
  while (!kept_.empty() && !fits(observation)) {
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>((kept_.size() + 1) / 2));
    rates_ = any_rate();
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      for (std::size_t j = i + 1; j < kept_.size(); ++j) narrow(rates_, kept_[i], kept_[j]);
    }
  }
  if (kept_.size() < kFewest) {
    kept_.clear();
    rates_ = any_rate();
  }
  kept_.empty() ? ++jumps_ : ++drifts_;
  jumps_in_a_row_ = kept_.empty() ? jumps_in_a_row_ + 1 : 0;
  if (jumps_in_a_row_ == kSoManyJumps) worst_ = kBrokenRateError;
  if (kept_.empty()) rates_ = any_rate();
  basis_ = {kept_.size(), kept_.empty() ? observation.from : kept_.front().from, observation.to};
}

void ClockEstimate::add(std::uint64_t ticks, TimePoint requested, TimePoint replied) {
  const Observation observation{ticks, requested, replied};
  if (fits(observation)) {
    if (!kept_.empty()) jumps_in_a_row_ = 0;
  } else {
    forget_until_it_fits(observation);
  }
  for (const Observation& old : kept_) narrow(rates_, old, observation);
  ++count_;
  if (basis_.observations++ == 0) basis_.first = requested;
  basis_.last = replied;
  kept_.push_back(observation);
  if (kept_.size() > most_kept_) thin();
  look_ahead();
}

void ClockEstimate::look_ahead() {
  ahead_ = {kept_.front().ticks, 0, -1e18, 1e18};
  for (const Observation& seen : kept_) {
    const double since = span_s(ahead_.origin, seen.ticks);
    ahead_.low = std::max(ahead_.low, to_seconds(seen.from) - since / rates_.high);
    ahead_.high = std::min(ahead_.high, to_seconds(seen.to) - since / rates_.low);
    ahead_.last = std::max(ahead_.last, seen.ticks);
  }
}

// Of each pair of neighbours the one that was answered faster stays, so old stretches grow coarser and the memory does not grow. What the
// others said of the rate is in rates_ already.
void ClockEstimate::thin() {
  std::vector<Observation> fewer;
  fewer.reserve(most_kept_);
  const std::size_t recent = kept_.size() - most_kept_ / 4;
  std::size_t i = 0;
  for (; i + 1 < recent; i += 2) fewer.push_back(kept_[i].width() <= kept_[i + 1].width() ? kept_[i] : kept_[i + 1]);
  for (; i < kept_.size(); ++i) fewer.push_back(kept_[i]);
  kept_ = std::move(fewer);
}

std::optional<Bounded> ClockEstimate::rate_error() const {
  if (kept_.size() < 2) return std::nullopt;
  return middle({rates_.low - 1, rates_.high - 1});
}

std::optional<Bounded> ClockEstimate::offset_s(TimePoint t) const {
  if (kept_.empty()) return std::nullopt;
  Span pump{-1e18, 1e18};  // since the first kept stamp
  const std::uint64_t origin = kept_.front().ticks;
  for (const Observation& seen : kept_) {
    const Span gone = scaled({to_seconds(t - seen.to), to_seconds(t - seen.from)}, rates_.low, rates_.high);
    const double at = span_s(origin, seen.ticks);
    pump.low = std::max(pump.low, at + gone.low);
    pump.high = std::min(pump.high, at + tick_s_ + gone.high);
  }
  const double shift = static_cast<double>(origin) * tick_s_ - to_seconds(t);
  return middle({pump.low + shift, pump.high + shift});
}

std::optional<Bounded> ClockEstimate::rig_seconds(std::uint64_t ticks) const {
  if (kept_.empty()) return std::nullopt;
  if (ticks > ahead_.last) {
    const double since = span_s(ahead_.origin, ticks);
    return middle({ahead_.low + (since - tick_s_) / rates_.high, ahead_.high + (since + tick_s_) / rates_.low});
  }
  Span rig{-1e18, 1e18};
  for (const Observation& seen : kept_) {
    const double pump = span_s(seen.ticks, ticks);
    const Span gone = scaled({pump - tick_s_, pump + tick_s_}, 1 / rates_.high, 1 / rates_.low);
    rig.low = std::max(rig.low, to_seconds(seen.from) + gone.low);
    rig.high = std::min(rig.high, to_seconds(seen.to) + gone.high);
  }
  return middle(rig);
}

}  // namespace pumprig::clients
