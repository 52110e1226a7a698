// The physical half of a virtual flow meter: true flow in, ticks out, with noise, resolution, range, and a gain and zero error within the
// stated accuracy. The wire half is virtual.cpp. Written apart from the driver's scaling on purpose.
#pragma once

#include <cstdint>

#include "rig/base/rng.h"
#include "rig/base/time.h"
#include "rig/instruments/sensirion_shdlc/models.h"
#include "rig/instruments/world.h"

namespace pumprig::instruments::sensirion_shdlc {

class Meter {
 public:
  Meter(const Model& model, World& world, std::uint64_t seed);

  // Internal samples stand at start + k · interval, k = 1, 2, …; each is the mean flow over the interval before it.
  void start(TimePoint now, Duration interval);
  void stop(TimePoint now);
  bool running() const { return running_; }
  Duration interval() const { return interval_; }
  // Number of internal samples that there are at `now`.
  std::int64_t count(TimePoint now) const { return running_ ? (now - start_) / interval_ : 0; }

  // The internal sample number `k`, as ticks.
  std::int16_t sample(std::int64_t k);
  // A mean over the time from sample `from` to sample `to`, for a buffer that is read late: every sample in it varies about the mean.
  double true_mean(std::int64_t from, std::int64_t to);
  std::int16_t noisy_ticks(double true_ul_per_min);
  // Did the flow reach the limit between the two samples?
  bool exceeded(std::int64_t from, std::int64_t to);

  // The totalizer sums the ticks of every internal sample while it is on.
  void set_totalizer(TimePoint now, bool on);
  bool totalizer_on() const { return totalizer_on_; }
  void reset_totalizer(TimePoint now);
  std::int64_t totalizer(TimePoint now);

  double temperature_c(TimePoint now) { return world_.fluid_temperature_c(now) + temperature_error_; }
  double gain_error() const { return gain_error_; }
  double zero_error() const { return zero_error_; }
  double ticks_per_ul_per_min() const { return ticks_per_ul_per_min_; }

 private:
  TimePoint at(std::int64_t k) const { return start_ + k * interval_; }
  void count_up(TimePoint now);
  double clipped_mean(double mean, TimePoint from, TimePoint to);

  const Model& model_;
  World& world_;
  Rng noise_;
  double ticks_per_ul_per_min_ = 1;
  double gain_error_ = 0;  // ratio
  double zero_error_ = 0;  // µL/min
  double sigma_ = 0;       // of one internal sample, µL/min
  double temperature_error_ = 0;

  bool running_ = false;
  TimePoint start_{};
  Duration interval_{std::chrono::milliseconds(100)};

  bool totalizer_on_ = false;
  double ticks_ = 0;           // what has been summed
  std::int64_t counted_ = 0;   // internal samples that are in it
  double counted_volume_ = 0;  // metered volume at the last of them
};

}  // namespace pumprig::instruments::sensirion_shdlc
