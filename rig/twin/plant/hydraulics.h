// The fluid path behind the pump as two linear nodes, solved in closed form between events.
//
//   pump ─► (1) C1 ──[restrictor + meter]── (2) C2 ──[catheter]── outlet, mean + swings
//            │
//            ├── leak conductance to the outside
//            └── roller conductance to the inlet (free flow)
//
// Node 1 carries the outlet pressure sensor; what passes between (1) and (2) is what the meters see. Without C2 both resistances are one
// and there is one node. With x = √C·P the system matrix is symmetric, so its modes decouple for good:
//   dz/dt = −λ z + β + Σ γ sin(ωt + φ) + Σ δ e^(−μt)   ⇒   z(t) = z∞ + forced(t) + h·e^(−λt).
// A stroke of the pump only adds to h. Nothing is ever stepped through time. A bubble in node 1 is not linear: whoever makes the epochs
// gives its compliance at a pressure, and begins anew when the pressure has left that.
#pragma once

#include <array>
#include <cstddef>

#include "rig/base/time.h"
#include "rig/twin/plant/config.h"

namespace pumprig::twin {

// The path as it is now, faults included. Conductances in µL/s/kPa; 0 is closed.
struct FluidPath {
  double c1 = 0.2;  // of the tube, and of a bubble in it as it is compressed at c1_at_kpa
  double c1_at_kpa = 0;
  double stored1_at_ul = 0;  // in (1) at c1_at_kpa
  double c2 = 0;             // 0: one node
  double g_meter = 0;        // outlet node to node 2; with one node: outlet node to the open end
  double g_outlet = 0;       // node 2 to the open end; not used with one node
  double behind_meter = 0;   // with one node: share of the resistance that lies behind the meters, 0 … 1
  double g_leak = 0;
  double leak_kpa = 0;
  double g_roller = 0;
  double inlet_kpa = 0;
  double outlet_mean_kpa = 0;
  std::array<Tone, 2> tones{};
  std::array<PressureDecay, 3> decays{};  // at the open end, like the tones
};

inline constexpr std::size_t kModes = 2;
using Modes = std::array<double, kModes>;

// What is linear in the state: Σ z·mode + out·P_outlet + constant.
struct Observable {
  Modes mode{};
  double out = 0;
  double constant = 0;
};

// State at an instant since which no stroke has come.
struct Anchor {
  TimePoint t{};
  Modes h{};        // amplitude of each mode's decaying part at t
  Modes settled{};  // its integral from the epoch's start to t
};

// Volumes that have passed each way, µL.
struct Passed {
  double metered = 0;    // through the meters
  double delivered = 0;  // out of the open end
  double leaked = 0;
  double roller = 0;  // inlet to outlet past the rollers
};

// A stretch of time in which the path does not change.
class Epoch {
 public:
  // Goes on from pressures p1, p2 and volumes at t0.
  Epoch(const FluidPath& path, TimePoint t0, double p1, double p2, const Passed& passed);

  const FluidPath& path() const { return path_; }
  TimePoint start() const { return start_; }
  const Anchor& first_anchor() const { return first_; }

  // The anchor moved on to t, with `stroke_ul` forced into node 1 at t.
  Anchor advance(const Anchor& anchor, TimePoint t, double stroke_ul) const;

  double p1(const Anchor& anchor, TimePoint t) const { return value(p1_, anchor, t); }
  double p2(const Anchor& anchor, TimePoint t) const { return value(p2_, anchor, t); }
  double outlet(TimePoint t) const { return outlet_kpa(driven_ ? to_seconds(t) : 0); }             // pressure at the open end
  double meter_flow(const Anchor& anchor, TimePoint t) const { return value(meter_, anchor, t); }  // µL/s
  double metered(const Anchor& anchor, TimePoint t) const { return passed_.metered + integral(meter_, anchor, t); }
  Passed passed(const Anchor& anchor, TimePoint t) const;

  struct Range {
    double min = 0;
    double max = 0;
  };
  // Of the meter flow in [from, to], no stroke in between, µL/s.
  Range meter_flow_range(const Anchor& anchor, TimePoint from, TimePoint to) const;

 private:
  void solve_one_node();
  void solve_two_nodes();
  void keep_rates_apart();
  void force_modes(const Modes& per_outlet_kpa, const Modes& from_fixed);
  double decay_at(std::size_t k, double t_s) const;
  double swing_pitch_s(TimePoint from) const;
  double outlet_kpa(double t_s) const;
  double outlet_integral(double t_s) const;
  double forced(std::size_t mode, double t_s) const;
  double forced_integral(std::size_t mode, double t_s) const;
  double value(const Observable& o, const Anchor& anchor, TimePoint t) const;
  double integral(const Observable& o, const Anchor& anchor, TimePoint t) const;
  void start_from(double p1, double p2);

  FluidPath path_;
  TimePoint start_;
  Passed passed_;
  std::size_t modes_ = 1;
  bool driven_ = false;  // the pressure at the open end changes by itself
  Modes lambda_{}, z_inf_{}, per_stroke_{};
  std::array<Modes, 2> forced_sin_{}, forced_cos_{};  // [tone][mode]
  std::array<Modes, 3> forced_decay_{};               // [decay][mode]
  std::array<double, 2> omega_{};
  std::array<Modes, kModes> to_mode_{};  // z = to_mode · (p1, p2)
  Observable p1_, p2_, meter_, delivered_, leak_, roller_;
  double outlet_integral_start_ = 0;
  Modes forced_integral_start_{};
  Anchor first_;
};

}  // namespace pumprig::twin
