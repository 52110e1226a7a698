#include "rig/twin/plant/hydraulics.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pumprig::twin {
namespace {

struct Decay {
  double left;  // e^-x
  double gone;  // 1 - e^-x, exact to rounding for small x too
};

Decay decay(double x) {
  if (x < 0.01) {
    const double gone = x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6)))));
    return {1 - gone, gone};
  }
  const double left = std::exp(-x);
  return {left, 1 - left};
}

}  // namespace

Epoch::Epoch(const FluidPath& path, TimePoint t0, double p1, double p2, const Passed& passed) : path_(path), start_(t0), passed_(passed) {
  for (std::size_t k = 0; k < path_.tones.size(); ++k) {
    omega_[k] = 2 * std::numbers::pi * path_.tones[k].hertz;
    driven_ = driven_ || path_.tones[k].amplitude_kpa != 0;
  }
  for (const auto& decay : path_.decays) driven_ = driven_ || decay.amplitude_kpa != 0;
  if (path_.c2 > 0) {
    solve_two_nodes();
  } else {
    solve_one_node();
  }
  for (std::size_t i = 0; i < modes_; ++i) {
    leak_.mode[i] = path_.g_leak * p1_.mode[i];
    roller_.mode[i] = -path_.g_roller * p1_.mode[i];
  }
  leak_.constant = -path_.g_leak * path_.leak_kpa;
  roller_.constant = path_.g_roller * path_.inlet_kpa;
  start_from(p1, p2);
}

void Epoch::solve_one_node() {
  modes_ = 1;
  const double root = std::sqrt(path_.c1);
  lambda_ = {(path_.g_meter + path_.g_leak + path_.g_roller) / path_.c1, 0};
  per_stroke_ = {1 / root, 0};
  to_mode_[0] = {root, 0};
  force_modes({path_.g_meter / root, 0}, {(path_.g_leak * path_.leak_kpa + path_.g_roller * path_.inlet_kpa) / root, 0});
  p1_.mode = {1 / root, 0};
  p2_ = {{path_.behind_meter / root, 0}, 1 - path_.behind_meter, 0};
  meter_ = {{path_.g_meter / root, 0}, -path_.g_meter, 0};
  delivered_ = meter_;
}

void Epoch::solve_two_nodes() {
  modes_ = 2;
  const double r1 = std::sqrt(path_.c1);
  const double r2 = std::sqrt(path_.c2);
  const double g1 = path_.g_leak + path_.g_roller;
  const double a = (g1 + path_.g_meter) / path_.c1;
  const double d = (path_.g_meter + path_.g_outlet) / path_.c2;
  const double s = path_.g_meter / (r1 * r2);
  const double half = std::hypot((a - d) / 2, s);
  const double angle = half > 0 ? 0.5 * std::atan2(-s, (a - d) / 2) : 0;
  const double c = std::cos(angle);
  const double n = std::sin(angle);
  // The slow rate from the determinant, written without a difference, so that a nearly closed path keeps its digits.
  const double fast = (a + d) / 2 + half;
  const double determinant = (g1 * (path_.g_meter + path_.g_outlet) + path_.g_meter * path_.g_outlet) / (path_.c1 * path_.c2);
  lambda_ = {fast, fast > 0 ? determinant / fast : 0};
  per_stroke_ = {c / r1, -n / r1};
  to_mode_[0] = {c * r1, n * r2};
  to_mode_[1] = {-n * r1, c * r2};
  const double fixed = (path_.g_leak * path_.leak_kpa + path_.g_roller * path_.inlet_kpa) / r1;
  const double driven = path_.g_outlet / r2;
  force_modes({n * driven, c * driven}, {c * fixed, -n * fixed});
  p1_.mode = {c / r1, -n / r1};
  p2_.mode = {n / r2, c / r2};
  meter_.mode = {path_.g_meter * (p1_.mode[0] - p2_.mode[0]), path_.g_meter * (p1_.mode[1] - p2_.mode[1])};
  delivered_ = {{path_.g_outlet * p2_.mode[0], path_.g_outlet * p2_.mode[1]}, -path_.g_outlet, 0};
}

// A decay exactly as fast as a mode has no such solution; a millionth beside it, it has.
void Epoch::keep_rates_apart() {
  constexpr double kApart = 1e-6;
  for (auto& decay : path_.decays) {
    for (int look = 0; look < 4; ++look) {
      const double rate = 1 / decay.tau_s;
      for (std::size_t i = 0; i < modes_; ++i) {
        if (std::fabs(lambda_[i] - rate) < kApart * rate) decay.tau_s *= 1 + 2.5 * kApart;
      }
    }
  }
}

void Epoch::force_modes(const Modes& per_outlet_kpa, const Modes& from_fixed) {
  keep_rates_apart();
  for (std::size_t i = 0; i < modes_; ++i) {
    const double beta = from_fixed[i] + per_outlet_kpa[i] * path_.outlet_mean_kpa;
    z_inf_[i] = lambda_[i] > 0 ? beta / lambda_[i] : 0;
    for (std::size_t k = 0; k < path_.tones.size(); ++k) {
      const double gamma = per_outlet_kpa[i] * path_.tones[k].amplitude_kpa;
      const double norm = lambda_[i] * lambda_[i] + omega_[k] * omega_[k];
      if (gamma == 0 || norm == 0) continue;
      forced_sin_[k][i] = gamma * lambda_[i] / norm;
      forced_cos_[k][i] = -gamma * omega_[k] / norm;
    }
    for (std::size_t k = 0; k < path_.decays.size(); ++k) {
      const auto& decay = path_.decays[k];
      if (decay.amplitude_kpa != 0) forced_decay_[k][i] = per_outlet_kpa[i] * decay.amplitude_kpa / (lambda_[i] - 1 / decay.tau_s);
    }
  }
}

void Epoch::start_from(double p1, double p2) {
  const double t_s = to_seconds(start_);
  first_.t = start_;
  outlet_integral_start_ = outlet_integral(t_s);
  for (std::size_t i = 0; i < modes_; ++i) {
    forced_integral_start_[i] = forced_integral(i, t_s);
    first_.h[i] = to_mode_[i][0] * p1 + to_mode_[i][1] * p2 - z_inf_[i] - forced(i, t_s);
  }
}

// e^(−(t − begin)/tau)
double Epoch::decay_at(std::size_t k, double t_s) const {
  return std::exp((path_.decays[k].begin_s - t_s) / path_.decays[k].tau_s);
}

double Epoch::outlet_kpa(double t_s) const {
  double p = path_.outlet_mean_kpa;
  if (!driven_) return p;
  for (std::size_t k = 0; k < path_.decays.size(); ++k) {
    if (path_.decays[k].amplitude_kpa != 0) p += path_.decays[k].amplitude_kpa * decay_at(k, t_s);
  }
  for (std::size_t k = 0; k < path_.tones.size(); ++k) {
    p += path_.tones[k].amplitude_kpa * std::sin(omega_[k] * t_s + path_.tones[k].phase_rad);
  }
  return p;
}

// Of the swings only; the mean is added where the span is known.
double Epoch::outlet_integral(double t_s) const {
  double sum = 0;
  if (!driven_) return sum;
  for (std::size_t k = 0; k < path_.decays.size(); ++k) {
    const auto& decay = path_.decays[k];
    if (decay.amplitude_kpa != 0) sum -= decay.amplitude_kpa * decay.tau_s * decay_at(k, t_s);
  }
  for (std::size_t k = 0; k < path_.tones.size(); ++k) {
    if (path_.tones[k].amplitude_kpa == 0) continue;
    sum -= path_.tones[k].amplitude_kpa / omega_[k] * std::cos(omega_[k] * t_s + path_.tones[k].phase_rad);
  }
  return sum;
}

double Epoch::forced(std::size_t mode, double t_s) const {
  double sum = 0;
  if (!driven_) return sum;
  for (std::size_t k = 0; k < path_.decays.size(); ++k) {
    if (path_.decays[k].amplitude_kpa != 0) sum += forced_decay_[k][mode] * decay_at(k, t_s);
  }
  for (std::size_t k = 0; k < path_.tones.size(); ++k) {
    const double angle = omega_[k] * t_s + path_.tones[k].phase_rad;
    sum += forced_sin_[k][mode] * std::sin(angle) + forced_cos_[k][mode] * std::cos(angle);
  }
  return sum;
}

double Epoch::forced_integral(std::size_t mode, double t_s) const {
  double sum = 0;
  if (!driven_) return sum;
  for (std::size_t k = 0; k < path_.decays.size(); ++k) {
    if (path_.decays[k].amplitude_kpa != 0) sum -= forced_decay_[k][mode] * path_.decays[k].tau_s * decay_at(k, t_s);
  }
  for (std::size_t k = 0; k < path_.tones.size(); ++k) {
    if (path_.tones[k].amplitude_kpa == 0) continue;
    const double angle = omega_[k] * t_s + path_.tones[k].phase_rad;
    sum += (forced_cos_[k][mode] * std::sin(angle) - forced_sin_[k][mode] * std::cos(angle)) / omega_[k];
  }
  return sum;
}

Anchor Epoch::advance(const Anchor& anchor, TimePoint t, double stroke_ul) const {
  const double dt = to_seconds(t - anchor.t);
  Anchor next;
  next.t = t;
  for (std::size_t i = 0; i < modes_; ++i) {
    const Decay d = decay(lambda_[i] * dt);
    next.settled[i] = anchor.settled[i] + anchor.h[i] * (lambda_[i] > 0 ? d.gone / lambda_[i] : dt);
    next.h[i] = anchor.h[i] * d.left + per_stroke_[i] * stroke_ul;
  }
  return next;
}

double Epoch::value(const Observable& o, const Anchor& anchor, TimePoint t) const {
  const double dt = to_seconds(t - anchor.t);
  const double t_s = driven_ ? to_seconds(t) : 0;
  double sum = o.constant + (o.out != 0 ? o.out * outlet_kpa(t_s) : 0);
  for (std::size_t i = 0; i < modes_; ++i) {
    sum += o.mode[i] * (z_inf_[i] + forced(i, t_s) + anchor.h[i] * decay(lambda_[i] * dt).left);
  }
  return sum;
}

double Epoch::integral(const Observable& o, const Anchor& anchor, TimePoint t) const {
  const double dt = to_seconds(t - anchor.t);
  const double span = to_seconds(t - start_);
  const double t_s = driven_ ? to_seconds(t) : 0;
  double sum = (o.constant + o.out * path_.outlet_mean_kpa) * span + o.out * (outlet_integral(t_s) - outlet_integral_start_);
  for (std::size_t i = 0; i < modes_; ++i) {
    if (o.mode[i] == 0) continue;
    const double settling = anchor.h[i] * (lambda_[i] > 0 ? decay(lambda_[i] * dt).gone / lambda_[i] : dt);
    sum += o.mode[i] * (z_inf_[i] * span + forced_integral(i, t_s) - forced_integral_start_[i] + anchor.settled[i] + settling);
  }
  return sum;
}

Passed Epoch::passed(const Anchor& anchor, TimePoint t) const {
  Passed now = passed_;
  now.metered += integral(meter_, anchor, t);
  now.delivered += integral(delivered_, anchor, t);
  if (path_.g_leak > 0) now.leaked += integral(leak_, anchor, t);
  if (path_.g_roller > 0) now.roller += integral(roller_, anchor, t);
  return now;
}

// How close one must look so that no extreme is missed by more than 0.12 % of a swing's amplitude; 0 where nothing swings any more.
double Epoch::swing_pitch_s(TimePoint from) const {
  double pitch = 0;
  const auto at_most = [&](double s) { pitch = pitch == 0 ? s : std::min(pitch, s); };
  for (const auto& tone : path_.tones) {
    if (tone.amplitude_kpa != 0) at_most(1 / (64 * tone.hertz));
  }
  for (const auto& decay : path_.decays) {
    if (decay.amplitude_kpa != 0 && to_seconds(from) - decay.begin_s < 40 * decay.tau_s) at_most(decay.tau_s / 32);
  }
  return pitch;
}

Epoch::Range Epoch::meter_flow_range(const Anchor& anchor, TimePoint from, TimePoint to) const {
  Range range;
  const double first = meter_flow(anchor, from);
  range.min = range.max = first;
  const auto include = [&](TimePoint t) {
    const double q = meter_flow(anchor, t);
    range.min = std::min(range.min, q);
    range.max = std::max(range.max, q);
  };
  include(to);
  // A sum of swings and decays has no closed-form extremes.
  if (const double pitch_s = driven_ ? swing_pitch_s(from) : 0; pitch_s > 0) {
    const auto pitch = std::max(from_seconds(pitch_s), Duration{1});
    for (TimePoint t = from + pitch; t < to; t += pitch) include(t);
    return range;
  }
  if (modes_ < 2) return range;
  // Two decays have at most one turning point: a0 λ0 e^(−λ0 t) + a1 λ1 e^(−λ1 t) = 0.
  const double s0 = meter_.mode[0] * anchor.h[0] * lambda_[0];
  const double s1 = meter_.mode[1] * anchor.h[1] * lambda_[1];
  if (s0 * s1 < 0 && lambda_[0] != lambda_[1]) {
    const double t_s = std::log(-s0 / s1) / (lambda_[0] - lambda_[1]);
    if (t_s > to_seconds(from - anchor.t) && t_s < to_seconds(to - anchor.t)) include(anchor.t + from_seconds(t_s));
  }
  return range;
}

}  // namespace pumprig::twin
