#include "rig/instruments/sensirion_shdlc/meter.h"

#include <algorithm>
#include <cmath>

namespace pumprig::instruments::sensirion_shdlc {
namespace {

// Of gain and zero error together each gets less than half of the stated accuracy, so that their sum stays within the larger of the two
// parts at every flow, with room for the noise.
constexpr double kShare = 0.45;

double ticks_per_ul_per_min(const Model& model) {
  switch (model.unit) {
    case 0x0843:
      return model.scale * 1000.0;  // nL/min
    case 0x0845:
      return model.scale / 1000.0;  // mL/min
    case 0x0855:
      return model.scale * 60.0 / 1000.0;  // mL/h
    default:
      return model.scale;  // µL/min
  }
}

}  // namespace

Meter::Meter(const Model& model, World& world, std::uint64_t seed)
    : model_(model),
      world_(world),
      noise_(Rng::stream(seed, "flow noise")),
      ticks_per_ul_per_min_(sensirion_shdlc::ticks_per_ul_per_min(model)) {
  Rng errors = Rng::stream(seed, "flow errors");
  gain_error_ = kShare * model.of_reading * errors.uniform(-1, 1);
  zero_error_ = kShare * model.of_full_scale * model.full_scale * errors.uniform(-1, 1);
  sigma_ = model.repeat_of_full_scale * model.full_scale / 2;
  temperature_error_ = errors.uniform(-0.5, 0.5);
}

void Meter::start(TimePoint now, Duration interval) {
  start_ = now;
  interval_ = interval;
  running_ = true;
  counted_ = 0;
  counted_volume_ = world_.metered_volume_ul(now);
}

void Meter::stop(TimePoint now) {
  count_up(now);
  running_ = false;
}

std::int16_t Meter::noisy_ticks(double true_ul_per_min) {
  const double shown = true_ul_per_min * (1 + gain_error_) + zero_error_ + sigma_ * noise_.normal();
  const double limited = std::clamp(shown, -model_.limit, model_.limit) * ticks_per_ul_per_min_;
  return static_cast<std::int16_t>(std::lround(std::clamp(limited, -32768.0, 32767.0)));
}

double Meter::true_mean(std::int64_t from, std::int64_t to) {
  const double volume = world_.metered_volume_ul(at(to)) - world_.metered_volume_ul(at(from));
  return volume / (to_seconds(interval_) / 60 * static_cast<double>(to - from));
}

std::int16_t Meter::sample(std::int64_t k) {
  return noisy_ticks(true_mean(k - 1, k));
}

bool Meter::exceeded(std::int64_t from, std::int64_t to) {
  const Extremes seen = world_.metered_flow_extremes(at(from), at(to));
  return seen.max >= model_.limit || seen.min <= -model_.limit;
}

// What of the mean is left when every internal sample stops at the limit. Within the window the flow is taken to run evenly between its
// extremes; wholly inside or wholly outside the range that is exact.
double Meter::clipped_mean(double mean, TimePoint from, TimePoint to) {
  const Extremes seen = world_.metered_flow_extremes(from, to);
  const double limit = model_.limit;
  if (seen.min >= limit) return limit;
  if (seen.max <= -limit) return -limit;
  const double span = seen.max - seen.min;
  if (seen.max > limit) mean -= (seen.max - limit) * (seen.max - limit) / (2 * span);
  if (seen.min < -limit) mean += (-limit - seen.min) * (-limit - seen.min) / (2 * span);
  return mean;
}

// Noise of n independent samples adds up to sqrt(n) of one; so does the rounding of each to a tick (variance 1/12).
void Meter::count_up(TimePoint now) {
  const std::int64_t there = count(now);
  if (there <= counted_) return;
  const TimePoint from = at(counted_);
  const TimePoint to = at(there);
  const double volume = world_.metered_volume_ul(to);
  if (totalizer_on_) {
    const auto n = static_cast<double>(there - counted_);
    const double mean = clipped_mean((volume - counted_volume_) / (to_seconds(to - from) / 60), from, to);
    const double sigma_ticks = std::sqrt(n * (sigma_ * sigma_ * ticks_per_ul_per_min_ * ticks_per_ul_per_min_ + 1.0 / 12));
    ticks_ += n * (mean * (1 + gain_error_) + zero_error_) * ticks_per_ul_per_min_ + sigma_ticks * noise_.normal();
  }
  counted_ = there;
  counted_volume_ = volume;
}

void Meter::set_totalizer(TimePoint now, bool on) {
  count_up(now);
  totalizer_on_ = on;
}

void Meter::reset_totalizer(TimePoint now) {
  count_up(now);
  ticks_ = 0;
}

std::int64_t Meter::totalizer(TimePoint now) {
  count_up(now);
  return std::llround(ticks_);
}

}  // namespace pumprig::instruments::sensirion_shdlc
