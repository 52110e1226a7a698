#include "rig/twin/assembly/pump_pins.h"

#include <algorithm>
#include <cmath>

#include "firmware/hal/board_facts.h"

namespace pumprig::twin {
namespace {

namespace hal = pumpfw::hal;
using BuzzerTone = hal::Tone;

}  // namespace

void PumpPins::step(TimePoint at, bool enabled) {
  edge(at, instruments::Pin::kStep, true);
  if (!motor_driver_.step(enabled)) return;
  cell_.pulse(at);
  if (motor_driver_.coil_open() || !plant_.step(at, direction_).moved || rotor_stuck_) return;
  const int counts =
      (lost_counts_ > 0 && noise_.uniform() < lost_counts_ ? 0 : 1) + (extra_counts_ > 0 && noise_.uniform() < extra_counts_);
  for (int i = 0; i < counts; ++i) {
    rotor_count_ += direction_;
    edge(at, instruments::Pin::kRotor, true);
  }
}

void PumpPins::set_rotor_noise(double lost, double extra, std::uint64_t seed) {
  lost_counts_ = lost;
  extra_counts_ = extra;
  noise_ = Rng::stream(seed, "rotor sensor");
}

void PumpPins::set_tone(TimePoint at, BuzzerTone tone) {
  if (tone == tone_) return;
  const auto pin_of = [](BuzzerTone t) { return t == BuzzerTone::kLow ? instruments::Pin::kAlarmLow : instruments::Pin::kAlarmHigh; };
  if (tone_ != BuzzerTone::kOff) edge(at, pin_of(tone_), false);
  tone_ = tone;
  if (tone_ != BuzzerTone::kOff) edge(at, pin_of(tone_), true);
}

std::uint16_t PumpPins::outlet_counts(TimePoint at) {
  const double counts = (plant_.outlet_kpa(at) * 1000.0 - hal::kOutletZeroPa) * hal::kAdcFullScale / hal::kOutletSpanPa;
  return static_cast<std::uint16_t>(std::clamp(std::lround(counts), 0L, static_cast<long>(hal::kAdcFullScale)));
}

std::uint16_t PumpPins::sense_counts(TimePoint at, hal::AdcChannel channel) {
  const auto counts = [](double value, long most) { return static_cast<std::uint16_t>(std::clamp(std::lround(value), 0L, most)); };
  switch (channel) {
    case hal::AdcChannel::kBattery:
      return counts(cell_.volts(at) * 1000.0, hal::kAdcFullScale);
    case hal::AdcChannel::kTemperature:
      return counts(temperature_c_ * 10.0 - hal::kTemperatureZeroDeciC, hal::kAdcFullScale);
    case hal::AdcChannel::kReservoir:
      return reservoir_sensor_ ? counts(plant_.reservoir_ul(at), hal::kNoReservoirSensor - 1) : hal::kNoReservoirSensor;
    case hal::AdcChannel::kNone:
    case hal::AdcChannel::kOutletPressure:
      break;
  }
  return 0;
}

void PumpPins::edge(TimePoint at, instruments::Pin pin, bool rising) {
  const instruments::Edge what{at, pin, rising, rotor_count_};
  for (auto* listener : listeners_) listener->on_edge(what);
}

}  // namespace pumprig::twin
