#include "rig/twin/plant/pump_head.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pumprig::twin {
namespace {

constexpr double kNotchStart = 0.8;
constexpr double kNotchWidth = 0.2;
constexpr double kNotchMean = kNotchWidth / 2;  // of the raised cosine over the whole sector

// Integral of w from 0 to `phase` (0 … 1 of a sector).
double notch_integral(double phase) {
  const double u = std::max(0.0, phase - kNotchStart);
  const double turn = 2 * std::numbers::pi / kNotchWidth;
  return 0.5 * (u - std::sin(turn * u) / turn);
}

}  // namespace

PumpHead::PumpHead(const PumpHeadConfig& config) : config_(config), gain_(config.gain), position_(config.start_step) {
  constexpr double kStep = 1.0 / kStepsPerRoller;
  for (int i = 0; i < kStepsPerRoller; ++i) {
    const double notch = notch_integral((i + 1) * kStep) - notch_integral(i * kStep);
    table_[static_cast<std::size_t>(i)] = kUlPerRoller * (kStep - config.ripple * notch) / (1 - config.ripple * kNotchMean);
  }
}

PumpHead::Outcome PumpHead::step(double differential_kpa, int direction) {
  const double against = direction > 0 ? differential_kpa : -differential_kpa;
  if (missed_ > 0) {
    --missed_;
    return {};
  }
  if (forced_stall_ || against >= config_.stall_kpa) return {};
  if ((behind_ += load_) >= 1) {
    behind_ -= 1;
    return {};
  }
  // A step backwards undoes the one that led here.
  const int covered = direction > 0 ? position_ : (position_ + kStepsPerRevolution - 1) % kStepsPerRevolution;
  position_ = direction > 0 ? (position_ + 1) % kStepsPerRevolution : covered;
  const double slip = std::clamp((against - config_.slip_kpa) / (config_.stall_kpa - config_.slip_kpa), 0.0, 1.0);
  const double back = std::clamp(back_leak_per_kpa_ * against, 0.0, 1.0);
  return {true, direction * nominal_ul(covered) * gain_ * (1 - slip) * (1 - back)};
}

}  // namespace pumprig::twin
