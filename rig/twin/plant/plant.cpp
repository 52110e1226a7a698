#include "rig/twin/plant/plant.h"

#include <algorithm>
#include <cmath>

namespace pumprig::twin {
namespace {

// A line that came off lets fluid out through a stub of 1e10 Pa·s/m³.
constexpr double kStubConductance = 1 / (1e10 * kKpaSecondsPerUl);
// Drug is carried on every so many strokes: 0.4 µL, less than a cell of the drug's path.
constexpr int kStrokesToCarry = 32;
// Change of the inlet pressure at which a flow past the rollers is reckoned anew, kPa.
constexpr double kInletTolerance = 0.005;
// Change of the outlet pressure at which the compliance of a bubble is reckoned anew, kPa. Within it the compliance moves by 1 %.
constexpr double kBubbleTolerance = 0.5;

double conductance(double pa_s_per_m3) {
  return 1 / (pa_s_per_m3 * kKpaSecondsPerUl);
}

}  // namespace

Result<std::unique_ptr<Plant>> Plant::create(const PlantConfig& config) {
  TRY(config.check());
  return std::unique_ptr<Plant>(new Plant(config));
}

Plant::Plant(const PlantConfig& config)
    : config_(config), head_(config.head), reservoir_(config.reservoir), history_(kHistory), drug_(config.drug_path) {
  propellant_kpa_ = propellant_kpa_absolute(temperature_c()) - ambient_kpa_absolute();
  const double rest = config_.patient.outlet_kpa;
  epochs_.emplace_back(path_now(rest), kRunStart, rest, rest, Passed{});
  history_[0] = {&epochs_.back(), epochs_.back().first_anchor()};
  stored_at_start_ul_ = (config_.wet_path.compliance_ul_per_kpa + config_.patient.catheter_ul_per_kpa) * rest;
}

FluidPath Plant::path_now(double p1) const {
  const auto& wet = config_.wet_path;
  const auto& patient = config_.patient;
  FluidPath path;
  // Of the bubble: V = V0·P0/P (isothermal, ideal gas), and so dV/dP = −V/P with P absolute.
  const double gas_ul = gas_kpa_ul() / (ambient_kpa_absolute() + p1);
  path.c1 = wet.compliance_ul_per_kpa + gas_ul / (ambient_kpa_absolute() + p1);
  path.c1_at_kpa = p1;
  path.stored1_at_ul = wet.compliance_ul_per_kpa * p1 - gas_ul + bubble_room_ul_;
  path.c2 = patient.catheter_ul_per_kpa;
  const double before = wet.restrictor_pa_s_per_m3 + wet.meter_pa_s_per_m3;
  const double behind = patient.catheter_pa_s_per_m3 + conditions_.kink_pa_s_per_m3;
  const bool near_closed = conditions_.outlet_occluded || conditions_.disconnected;
  if (path.c2 > 0) {
    path.g_meter = near_closed ? 0 : conductance(before);
    path.g_outlet = conditions_.catheter_occluded ? 0 : conductance(behind);
  } else {
    path.g_meter = near_closed || conditions_.catheter_occluded ? 0 : conductance(before + behind);
    path.behind_meter = conditions_.catheter_occluded && !near_closed ? 1 : near_closed ? 0 : behind / (before + behind);
  }
  const double g_off = conditions_.disconnected ? kStubConductance : 0;
  path.g_leak = conditions_.leak_ul_per_s_per_kpa + g_off;
  if (path.g_leak > 0) {
    path.leak_kpa = (conditions_.leak_ul_per_s_per_kpa * conditions_.leak_kpa + g_off * conditions_.disconnect_kpa) / path.g_leak;
  }
  path.g_roller = reservoir_.volume_ul() > 0 ? conditions_.roller_ul_per_s_per_kpa : 0;
  path.inlet_kpa = inlet_now();
  path.outlet_mean_kpa =
      (conditions_.csf ? conditions_.csf_mean_kpa : patient.outlet_kpa) + conditions_.back_pressure_kpa + conditions_.posture_kpa;
  path.tones = conditions_.csf ? conditions_.csf_tones : patient.tones;
  path.decays = {conditions_.posture_transient, conditions_.cough[0], conditions_.cough[1]};
  return path;
}

void Plant::push(const Epoch& epoch, const Anchor& anchor) {
  ++newest_;
  history_[newest_ & (kHistory - 1)] = {&epoch, anchor};
}

void Plant::begin_epoch(TimePoint t) {
  const Entry now = entry(newest_);
  const FluidPath& before = now.epoch->path();
  double p1 = now.epoch->p1(now.anchor, t);
  // What is stored stays, and the pressure is what the bubble makes of it.
  if (conditions_.bubble_ul > 0) p1 = pressure_at(before.stored1_at_ul + before.c1 * (p1 - before.c1_at_kpa));
  begin_epoch(t, p1);
}

void Plant::begin_epoch(TimePoint t, double p1) {
  const Entry now = entry(newest_);
  epochs_.emplace_back(path_now(p1), t, p1, now.epoch->p2(now.anchor, t), now.epoch->passed(now.anchor, t));
  push(epochs_.back(), epochs_.back().first_anchor());
  while (&epochs_.front() != entry(oldest()).epoch) epochs_.pop_front();
}

// C·p − K/(A + p) = stored, K being the bubble's P·V.
double Plant::pressure_at(double stored1_ul) const {
  const double c = config_.wet_path.compliance_ul_per_kpa;
  const double b = stored1_ul - bubble_room_ul_ + c * ambient_kpa_absolute();
  return (b + std::sqrt(b * b + 4 * c * gas_kpa_ul())) / (2 * c) - ambient_kpa_absolute();
}

// A bubble comes and goes at the pressure that there is.
void Plant::swap_bubble(TimePoint t, double volume) {
  const Entry now = entry(newest_);
  const FluidPath& before = now.epoch->path();
  const double p1 = now.epoch->p1(now.anchor, t);
  conditions_.bubble_ul = volume;
  bubble_room_ul_ += before.stored1_at_ul + before.c1 * (p1 - before.c1_at_kpa) - path_now(p1).stored1_at_ul;
  begin_epoch(t, p1);
}

// Begins anew wherever the pressure has left the one that the bubble's compliance holds for, up to t.
void Plant::follow_bubble(TimePoint t) {
  while (conditions_.bubble_ul > 0) {
    const Entry now = entry(newest_);
    const auto left = [&](TimePoint at) {
      return std::fabs(now.epoch->p1(now.anchor, at) - now.epoch->path().c1_at_kpa) > kBubbleTolerance;
    };
    if (t < now.anchor.t || !left(t)) return;
    TimePoint within = now.anchor.t;
    TimePoint beyond = left(within) ? within : t;
    while (beyond - within > Duration{1}) {
      const TimePoint middle = within + (beyond - within) / 2;
      (left(middle) ? beyond : within) = middle;
    }
    begin_epoch(beyond);
  }
}

// Takes what went past the rollers out of the reservoir, and begins anew when that moved the inlet pressure.
void Plant::settle(TimePoint t) {
  follow_bubble(t);
  const Entry& now = entry(newest_);
  if (now.epoch->path().g_roller == 0 || t <= now.anchor.t) return;
  const double roller = now.epoch->passed(now.anchor, t).roller;
  reservoir_.take(roller - roller_accounted_ul_);
  roller_accounted_ul_ = roller;
  if (std::fabs(inlet_now() - now.epoch->path().inlet_kpa) > kInletTolerance || reservoir_.volume_ul() == 0) begin_epoch(t);
}

PumpHead::Outcome Plant::step(TimePoint t, int direction) {
  t = not_before_last(t);
  settle(t);
  const Entry& now = entry(newest_);
  if (conditions_.load_rise_s > 0) {
    head_.set_load(std::clamp((to_seconds(t) - conditions_.load_begin_s) / conditions_.load_rise_s, 0.0, 1.0));
  }
  auto outcome = head_.step(now.epoch->p1(now.anchor, t) - inlet_now(), direction);
  if (!outcome.moved) return outcome;
  outcome.volume_ul = conditions_.inlet_occluded ? 0 : reservoir_.take(outcome.volume_ul);
  displaced_ul_ += outcome.volume_ul;
  push(*now.epoch, now.epoch->advance(now.anchor, t, outcome.volume_ul));
  if (++strokes_to_carry_ >= kStrokesToCarry) carry_drug(t);
  return outcome;
}

PathFlow Plant::flow_at(TimePoint t) const {
  const Entry& now = entry(newest_);
  const Passed passed = now.epoch->passed(now.anchor, t);
  return {displaced_ul_ + passed.roller, passed.leaked, passed.metered, passed.delivered};
}

// Who asked may have been ahead of the pump; drug is never carried back.
void Plant::carry_drug(TimePoint t) {
  carried_ = std::max(carried_, t);
  drug_.advance(carried_, flow_at(carried_), reservoir_.volume_ul());
  strokes_to_carry_ = 0;
}

void Plant::set_conditions(TimePoint t, const Conditions& conditions) {
  t = not_before_last(t);
  settle(t);
  carry_drug(t);
  if (conditions.bubble_ul != conditions_.bubble_ul) swap_bubble(t, conditions.bubble_ul);
  conditions_ = conditions;
  if (conditions.load_rise_s == 0) head_.set_load(0);
  head_.set_back_leak_per_kpa(conditions.back_leak_per_kpa);
  head_.set_forced_stall(conditions.stalled || conditions.held_by_magnet);
  head_.set_gain_factor(conditions.gain_factor);
  propellant_kpa_ = propellant_kpa_absolute(temperature_c()) - ambient_kpa_absolute();
  begin_epoch(t);
}

void Plant::miss_steps(TimePoint t, std::uint32_t count) {
  settle(t);
  head_.forget_missed_steps();
  head_.add_missed_steps(count);
}

void Plant::set_reservoir_ul(TimePoint t, double volume) {
  t = not_before_last(t);
  settle(t);
  reservoir_.set_volume_ul(volume);
  if (conditions_.roller_ul_per_s_per_kpa > 0) begin_epoch(t);
}

// The needle is for a part of the emptying and of the filling beside the septum.
void Plant::refill(TimePoint t, double volume) {
  const double in_it = 1 - conditions_.beside_septum;
  const double kept = conditions_.beside_septum * reservoir_ul(t);
  pocket_ul_ += conditions_.beside_septum * volume;
  fresh_share_ = in_it * volume > 0 ? in_it * volume / (kept + in_it * volume) : kept > 0 ? 0 : 1;
  set_reservoir_ul(t, kept + in_it * volume);
}

void Plant::set_reservoir_content(TimePoint t, const Concentration& content) {
  t = not_before_last(t);
  settle(t);
  carry_drug(t);
  Concentration mixed = content;
  for (std::size_t i = 0; i < kDrugs; ++i) mixed[i] = std::lerp(drug_.reservoir()[i], content[i], fresh_share_);
  drug_.refill(mixed);
}

void Plant::set_content(TimePoint t, const Concentration& content) {
  fresh_share_ = 1;
  set_reservoir_content(t, content);
  drug_.fill(content);
}

const Plant::Entry& Plant::at(TimePoint& t) {
  settle(t);
  std::uint64_t index = newest_;
  const std::uint64_t first = oldest();
  while (entry(index).anchor.t > t && index > first) --index;
  const Entry& found = entry(index);
  if (t < found.anchor.t) {
    ++clamped_queries_;
    t = found.anchor.t;
  }
  return found;
}

double Plant::outlet_kpa(TimePoint t) {
  const Entry& e = at(t);
  return e.epoch->p1(e.anchor, t);
}

double Plant::distal_kpa(TimePoint t) {
  const Entry& e = at(t);
  return e.epoch->p2(e.anchor, t);
}

double Plant::tip_kpa(TimePoint t) {
  return at(t).epoch->outlet(t);
}

DrugMass Plant::tip_dose_ug(TimePoint t) {
  const double delivered = delivered_ul(t);
  // Without strokes fluid flows, too: what was stored, or what slips past the rollers.
  if (delivered - drug_.flow().delivered > 2 * drug_.cell_ul()) carry_drug(t);
  return drug_.tip_at(delivered);
}

Concentration Plant::tip_concentration(TimePoint t) {
  return drug_.tip_concentration_at(delivered_ul(t));
}

const DrugPath& Plant::drug_path(TimePoint t) {
  settle(t);
  carry_drug(not_before_last(t));
  return drug_;
}

double Plant::metered_ul(TimePoint t) {
  const Entry& e = at(t);
  return e.epoch->metered(e.anchor, t);
}

double Plant::metered_ul_per_min(TimePoint t) {
  const Entry& e = at(t);
  return 60 * e.epoch->meter_flow(e.anchor, t);
}

Epoch::Range Plant::metered_range_ul_per_min(TimePoint from, TimePoint to) {
  settle(to);
  std::uint64_t index = newest_;
  const std::uint64_t first = oldest();
  while (entry(index).anchor.t > to && index > first) --index;
  TimePoint until = std::max(to, entry(index).anchor.t);
  from = std::min(from, to);
  Epoch::Range all;
  for (bool none_yet = true;; --index) {
    const Entry& e = entry(index);
    const TimePoint since = std::max(from, e.anchor.t);
    const auto part = e.epoch->meter_flow_range(e.anchor, since, until);
    all.min = none_yet ? part.min : std::min(all.min, part.min);
    all.max = none_yet ? part.max : std::max(all.max, part.max);
    none_yet = false;
    until = e.anchor.t;
    if (e.anchor.t <= from) break;
    if (index == first) {
      ++clamped_queries_;
      break;
    }
  }
  return {60 * all.min, 60 * all.max};
}

double Plant::delivered_ul(TimePoint t) {
  const Entry& e = at(t);
  return e.epoch->passed(e.anchor, t).delivered;
}

double Plant::leaked_ul(TimePoint t) {
  const Entry& e = at(t);
  return e.epoch->passed(e.anchor, t).leaked;
}

double Plant::roller_ul(TimePoint t) {
  const Entry& e = at(t);
  return e.epoch->passed(e.anchor, t).roller;
}

double Plant::reservoir_ul(TimePoint t) {
  settle(t);
  return reservoir_.volume_ul();
}

double Plant::inlet_kpa(TimePoint t) {
  settle(t);
  return inlet_now();
}

double Plant::stored_ul(TimePoint t) {
  const Entry& e = at(t);
  const auto& path = e.epoch->path();
  return path.stored1_at_ul + path.c1 * (e.epoch->p1(e.anchor, t) - path.c1_at_kpa) + path.c2 * e.epoch->p2(e.anchor, t) -
         stored_at_start_ul_;
}

}  // namespace pumprig::twin
