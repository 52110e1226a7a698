#include "rig/twin/catheter/drug_path.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pumprig::twin {
namespace {

using End = Column::End;

// The variance of a front is about (volume)²/170 at therapy rates: cells of 1/256 add a two-hundredth to it at most.
constexpr std::size_t kCells = 256;

TubeShape shape_of(double volume_ul, const DrugPathConfig& config) {
  return {volume_ul, config.radius_m(), config.diffusivity_m2_per_s, kCells};
}

PathFlow difference(const PathFlow& a, const PathFlow& b) {
  return {a.into_tube - b.into_tube, a.leaked - b.leaked, a.into_catheter - b.into_catheter, a.delivered - b.delivered};
}

PathFlow part_of(const PathFlow& a, double share) {
  return {a.into_tube * share, a.leaked * share, a.into_catheter * share, a.delivered * share};
}

}  // namespace

double DrugPathConfig::radius_m() const {
  // µL/cm is 1e-7 m².
  return std::sqrt(ul_per_cm * 1e-7 / std::numbers::pi);
}

void DrugPathConfig::check(std::string& wrong) const {
  const auto want = [&](bool good, const char* sentence) {
    if (!good) wrong += (wrong.empty() ? "" : "; ") + std::string(sentence);
  };
  want(tube_ul >= 50 && tube_ul <= 2000, "the pump's tube must hold 50 to 2000 uL");
  want(catheter_cm >= 20 && catheter_cm <= 200, "the catheter must be 20 to 200 cm long");
  want(ul_per_cm >= 0.5 && ul_per_cm <= 20, "the catheter must hold 0.5 to 20 uL a cm");
  want(diffusivity_m2_per_s > 0 && diffusivity_m2_per_s < 1e-7, "the drug's diffusivity must be above 0 and below 1e-7 m2/s");
}

DrugPath::DrugPath(const DrugPathConfig& config)
    : config_(config), tube_(shape_of(config.tube_ul, config), {}), catheter_(shape_of(config.catheter_ul(), config), {}) {}

void DrugPath::fill(const Concentration& content) {
  reservoir_ = content;
  tube_.fill(content);
  catheter_.fill(content);
}

DrugMass DrugPath::carried() const {
  DrugMass sum = tube_.mass();
  sum += catheter_.mass();
  return sum;
}

DrugMass DrugPath::tip_at(double delivered) const {
  DrugMass sum = tip_;
  sum += catheter_.peek(End::kOutlet, delivered - last_.delivered);
  return sum;
}

Concentration DrugPath::tip_concentration_at(double delivered) const {
  const double ahead = std::max(0.0, delivered - last_.delivered);
  const double bit = catheter_.cell_ul() / 8;
  const DrugMass before = catheter_.peek(End::kOutlet, ahead);
  Concentration out = catheter_.peek(End::kOutlet, ahead + bit);
  for (std::size_t d = 0; d < kDrugs; ++d) out[d] = std::max(0.0, (out[d] - before[d]) / bit);
  return out;
}

void DrugPath::advance(TimePoint t, const PathFlow& flow, double reservoir_ul) {
  const PathFlow by = difference(flow, last_);
  const double seconds = std::max(0.0, to_seconds(t - last_t_));
  const double most = std::max({std::fabs(by.into_tube), std::fabs(by.leaked), std::fabs(by.into_catheter), std::fabs(by.delivered)});
  const double times = std::max(1.0, std::ceil(most / cell_ul()));
  for (double n = 0; n < times; ++n) move(part_of(by, 1 / times), seconds / times, reservoir_ul);
  last_ = flow;
  last_t_ = std::max(last_t_, t);
}

void DrugPath::move(const PathFlow& by, double seconds, double reservoir_ul) {
  move_reservoir(by.into_tube, reservoir_ul);
  move_port(by);
  move_tip(by.delivered);
  tube_.flowed((std::fabs(by.into_tube) + std::fabs(by.leaked + by.into_catheter)) / 2, seconds);
  catheter_.flowed((std::fabs(by.into_catheter) + std::fabs(by.delivered)) / 2, seconds);
}

void DrugPath::move_reservoir(double ul, double reservoir_ul) {
  if (ul >= 0) {
    const DrugMass mass = reservoir_ * ul;
    entered_ += mass;
    tube_.give(End::kInlet, ul, mass);
    return;
  }
  // Back into the reservoir, where it mixes at once.
  const DrugMass back = tube_.take(End::kInlet, -ul);
  const double there = std::max(reservoir_ul + ul, 0.0);
  for (std::size_t d = 0; d < kDrugs; ++d) {
    entered_[d] -= back[d];
    reservoir_[d] = (reservoir_[d] * there + back[d]) / (there - ul);
  }
}

// Three ways meet here and hold no volume: what comes in mixes and goes out.
void DrugPath::move_port(const PathFlow& by) {
  const double out_of_tube = by.leaked + by.into_catheter;
  DrugMass mass{};
  double ul = 0;
  if (out_of_tube > 0) {
    mass += tube_.take(End::kOutlet, out_of_tube);
    ul += out_of_tube;
  }
  if (by.into_catheter < 0) {
    mass += catheter_.take(End::kInlet, -by.into_catheter);
    ul -= by.into_catheter;
  }
  if (by.leaked < 0) ul -= by.leaked;
  if (!(ul > 0)) return;
  const auto share = [&](double part) {
    DrugMass out = mass;
    for (double& one : out) one *= part / ul;
    return out;
  };
  if (out_of_tube < 0) tube_.give(End::kOutlet, -out_of_tube, share(-out_of_tube));
  if (by.into_catheter > 0) catheter_.give(End::kInlet, by.into_catheter, share(by.into_catheter));
  if (by.leaked > 0) lost_ += share(by.leaked);
}

void DrugPath::move_tip(double ul) {
  if (ul >= 0) {
    tip_ += catheter_.take(End::kOutlet, ul);
  } else {
    catheter_.give(End::kOutlet, -ul, {});
  }
}

}  // namespace pumprig::twin
