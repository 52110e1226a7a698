// Where the drug is: reservoir, the pump's own tube, catheter; and what of it has come out at the tip or been lost through a leak.
//
//   reservoir ──► tube in the pump ──► port ──► catheter ──► tip, cerebrospinal fluid
//                                       └─► leak, or the end of a line that came off
//
// It is told the volumes that have flowed (the plant knows them exactly) and carries the drugs with them. Fluid that comes in from outside
// (through the leak, through the tip) has none. Mass is conserved to rounding.
#pragma once

#include <string>

#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/twin/catheter/column.h"

namespace pumprig::twin {

// The volume of 80 cm at 2.2 µL/cm; that is a bore of 0.53 mm. The pump's tube has the same bore.
struct DrugPathConfig {
  double tube_ul = 199;  // from the reservoir to the port
  double catheter_cm = 80;
  double ul_per_cm = 2.2;
  double diffusivity_m2_per_s = 5e-10;

  double catheter_ul() const { return catheter_cm * ul_per_cm; }
  double path_ul() const { return tube_ul + catheter_ul(); }
  double radius_m() const;
  // Adds a sentence for every field that makes no sense.
  void check(std::string& wrong) const;
};

// Volumes since the start, µL.
struct PathFlow {
  double into_tube = 0;      // out of the reservoir, past the rollers or by them
  double leaked = 0;         // out at the port
  double into_catheter = 0;  // past the meters
  double delivered = 0;      // out at the tip
};

class DrugPath {
 public:
  explicit DrugPath(const DrugPathConfig& config);

  // Carries the drugs on to `flow` at t. `reservoir_ul` is what is in the reservoir then. Both only grow by little at a time where the flow
  // changes: one call is taken for one even flow.
  void advance(TimePoint t, const PathFlow& flow, double reservoir_ul);

  // What is in the reservoir from now on; tube and catheter keep what they have.
  void refill(const Concentration& content) { reservoir_ = content; }
  // All of the path has this content, as after a long time; what has come out so far stays counted.
  void fill(const Concentration& content);

  const DrugMass& tip() const { return tip_; }
  // The same when `delivered` has come out since the start (not less than at the last advance()).
  DrugMass tip_at(double delivered) const;
  // In the next bit of fluid to come out then.
  Concentration tip_concentration_at(double delivered) const;
  const DrugMass& lost() const { return lost_; }        // through the leak
  DrugMass carried() const;                             // in tube and catheter
  const DrugMass& entered() const { return entered_; }  // from the reservoir into the tube, less what went back
  const Concentration& reservoir() const { return reservoir_; }
  Concentration at_port() const { return tube_.at(Column::End::kOutlet); }
  Concentration at_tip() const { return catheter_.at(Column::End::kOutlet); }
  const DrugPathConfig& config() const { return config_; }
  const PathFlow& flow() const { return last_; }
  // Nothing but one content everywhere, reservoir included.
  bool even() const { return tube_.even() && catheter_.even(); }
  double cell_ul() const { return tube_.cell_ul() < catheter_.cell_ul() ? tube_.cell_ul() : catheter_.cell_ul(); }

 private:
  void move(const PathFlow& by, double seconds, double reservoir_ul);
  void move_reservoir(double ul, double reservoir_ul);
  void move_port(const PathFlow& by);
  void move_tip(double ul);

  DrugPathConfig config_;
  Column tube_;
  Column catheter_;
  Concentration reservoir_{};
  DrugMass tip_{};
  DrugMass lost_{};
  DrugMass entered_{};
  PathFlow last_;
  TimePoint last_t_ = kRunStart;
};

}  // namespace pumprig::twin
