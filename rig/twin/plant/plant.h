// The whole plant: reservoir, pump head, fluid path, with faults. Event-driven: strokes and changes move it, queries do not.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/twin/plant/config.h"
#include "rig/twin/plant/hydraulics.h"
#include "rig/twin/plant/pump_head.h"
#include "rig/twin/plant/reservoir.h"

namespace pumprig::twin {

// What faults and the world change on the plant. Each fault owns its own fields, so that faults combine.
struct Conditions {
  bool outlet_occluded = false;        // right behind the outlet pressure sensor
  bool catheter_occluded = false;      // at the open end
  bool inlet_occluded = false;         // reservoir to pump: strokes displace nothing
  bool disconnected = false;           // the line came off behind the pressure sensor
  double disconnect_kpa = 0;           // pressure where the fluid then goes
  double kink_pa_s_per_m3 = 0;         // resistance added in front of the open end
  double leak_ul_per_s_per_kpa = 0;    // at the outlet node
  double leak_kpa = 0;                 // pressure outside the leak
  double roller_ul_per_s_per_kpa = 0;  // past rollers that do not close
  double back_leak_per_kpa = 0;        // part of a step that goes back past the roller, a kPa that the outlet stands above the inlet
  double gain_factor = 1;
  bool stalled = false;
  double load_begin_s = 0;   // since the run's start: from then on the load on the rotor rises
  double load_rise_s = 0;    // so long, until none of the steps turns it; 0: it does not rise
  double bubble_ul = 0;      // air between rollers and restrictor, at ambient pressure
  double beside_septum = 0;  // part of a refill that goes into the tissue, 0 … 1
  bool held_by_magnet = false;
  double back_pressure_kpa = 0;  // added at the open end
  double temperature_offset_c = 0;
  double ambient_offset_kpa = 0;  // around pump, reservoir and spine alike
  // The cerebrospinal fluid at the open end.
  bool csf = false;  // these instead of the patient's own mean and swings
  double csf_mean_kpa = 0;
  std::array<Tone, 2> csf_tones{};
  double posture_kpa = 0;                // added to the mean
  PressureDecay posture_transient;       // on top of it, while it settles
  std::array<PressureDecay, 2> cough{};  // rises and falls as the difference of two decays
  friend bool operator==(const Conditions&, const Conditions&) = default;
};

class Plant {
 public:
  static Result<std::unique_ptr<Plant>> create(const PlantConfig& config);

  // ---- events; one that lies before the last counts as at the last ------------------------------------------------------------------
  // The motor was given one full step at t. Direction +1 is out of the pump.
  PumpHead::Outcome step(TimePoint t, int direction = +1);
  // Replaces the conditions from t on.
  void set_conditions(TimePoint t, const Conditions& conditions);
  const Conditions& conditions() const { return conditions_; }
  // The next `count` steps do not turn the rotor; 0 forgets those still to come.
  void miss_steps(TimePoint t, std::uint32_t count);
  void set_reservoir_ul(TimePoint t, double volume);
  // Somebody empties it with a needle and fills in so much, as far as the needle is in it.
  void refill(TimePoint t, double volume);
  // What the last refill brought; the pump's tube and the catheter keep the old.
  void set_reservoir_content(TimePoint t, const Concentration& content);
  // Reservoir, tube and catheter, as after weeks of it.
  void set_content(TimePoint t, const Concentration& content);

  // ---- queries ----------------------------------------------------------------------------------------------------------------------
  // Any instant from the last event on, or before it as far back as the last kHistory events reach (earlier ones are clamped).
  double outlet_kpa(TimePoint t);  // gauge, at the pump's outlet
  double distal_kpa(TimePoint t);  // gauge, behind the meters
  double tip_kpa(TimePoint t);     // gauge, at the open end
  double metered_ul(TimePoint t);  // through the meters since the start; exact
  double metered_ul_per_min(TimePoint t);
  Epoch::Range metered_range_ul_per_min(TimePoint from, TimePoint to);
  double delivered_ul(TimePoint t);  // out of the open end
  double leaked_ul(TimePoint t);
  double roller_ul(TimePoint t);                   // inlet to outlet past the rollers
  double reservoir_ul(TimePoint t);                // truly in it
  double pocket_ul() const { return pocket_ul_; }  // beside the septum, in the tissue
  double inlet_kpa(TimePoint t);
  double stored_ul(TimePoint t);                         // in the compliances, above that at the start
  double displaced_ul() const { return displaced_ul_; }  // by strokes
  // Drug that has come out at the tip since the start, µg. It is carried on every 32 strokes: an earlier instant than the last
  // time is answered as of then.
  DrugMass tip_dose_ug(TimePoint t);
  // At the tip, mg/mL.
  Concentration tip_concentration(TimePoint t);
  const DrugPath& drug_path(TimePoint t);  // carried on to t
  double temperature_c() const { return config_.temperature_c + conditions_.temperature_offset_c; }
  double ambient_kpa_absolute() const { return config_.ambient_kpa_absolute + conditions_.ambient_offset_kpa; }
  int rotor_position() const { return head_.position(); }
  const PlantConfig& config() const { return config_; }
  std::uint64_t clamped_queries() const { return clamped_queries_; }

  static constexpr std::size_t kHistory = 2048;  // a power of two

 private:
  explicit Plant(const PlantConfig& config);
  FluidPath path_now(double p1) const;
  void begin_epoch(TimePoint t);
  void push(const Epoch& epoch, const Anchor& anchor);
  void settle(TimePoint t);
  void begin_epoch(TimePoint t, double p1);
  void follow_bubble(TimePoint t);
  void swap_bubble(TimePoint t, double volume);
  double pressure_at(double stored1_ul) const;  // in node 1
  double gas_kpa_ul() const { return conditions_.bubble_ul * config_.ambient_kpa_absolute; }
  TimePoint not_before_last(TimePoint t) const { return t < entry(newest_).anchor.t ? entry(newest_).anchor.t : t; }
  PathFlow flow_at(TimePoint t) const;
  void carry_drug(TimePoint t);
  double inlet_now() const { return reservoir_.inlet_kpa(propellant_kpa_); }

  struct Entry {
    const Epoch* epoch = nullptr;
    Anchor anchor;
  };
  // The entry that holds at t, and t itself (clamped to the history).
  const Entry& at(TimePoint& t);
  std::uint64_t oldest() const { return newest_ < kHistory ? 0 : newest_ - kHistory + 1; }
  const Entry& entry(std::uint64_t index) const { return history_[index & (kHistory - 1)]; }

  PlantConfig config_;
  Conditions conditions_;
  PumpHead head_;
  Reservoir reservoir_;
  double propellant_kpa_ = 0;  // gauge
  double displaced_ul_ = 0;
  double stored_at_start_ul_ = 0;
  double bubble_room_ul_ = 0;  // what bubbles took and left as they came and went: nothing of it was stored
  double pocket_ul_ = 0;
  double fresh_share_ = 1;          // of what the reservoir has held since the last refill
  double roller_accounted_ul_ = 0;  // roller flow that has been taken from the reservoir
  std::deque<Epoch> epochs_;        // as far back as the history refers to them
  std::vector<Entry> history_;
  std::uint64_t newest_ = 0;  // index of the newest entry
  std::uint64_t clamped_queries_ = 0;
  DrugPath drug_;
  TimePoint carried_ = kRunStart;  // the drug has been carried on so far
  int strokes_to_carry_ = 0;       // since then
};

}  // namespace pumprig::twin
