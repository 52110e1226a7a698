// What the plant is made of. Pressures in kPa gauge, volumes in µL, resistances in Pa·s/m³ (as people write them), times in seconds.
#pragma once

#include <array>

#include "rig/base/result.h"
#include "rig/twin/catheter/drug_path.h"

namespace pumprig::twin {

// 1 Pa·s/m³ in kPa·s/µL: 1e-3 kPa a Pa, 1e9 µL a m³.
inline constexpr double kKpaSecondsPerUl = 1e-12;

// Peristaltic head: 12.0 µL a revolution, 3 rollers, 960 full steps.
struct PumpHeadConfig {
  double gain = 1.0;       // wear and unit-to-unit spread; 1 is nominal
  double ripple = 0.6;     // k of the roller notch, 0 … 0.9
  int start_step = 0;      // position of the rotor at the start, 0 … 959
  double slip_kpa = 150;   // differential at which the rollers begin to slip
  double stall_kpa = 250;  // differential at which the motor's torque is not enough
};

// Bellows over propellant (isopentane), with a spring.
struct ReservoirConfig {
  double capacity_ul = 20'000;
  double volume_ul = 20'000;       // true content at the start
  double spring_kpa = 5;           // -spring full … +spring nearly empty
  double overfill_kpa_per_ml = 8;  // above capacity
  double collapse_ul = 500;        // below it the inlet pressure falls to 0
};

// What the bench puts between the pump's outlet and the meters. Not part of the patient.
struct WetPathConfig {
  double restrictor_pa_s_per_m3 = 1e14;
  double meter_pa_s_per_m3 = 4e10;     // the meters' own capillaries
  double compliance_ul_per_kpa = 0.2;  // of all that lies before the restrictor
};

struct Tone {
  double amplitude_kpa = 0;
  double hertz = 1;
  double phase_rad = 0;
  friend bool operator==(const Tone&, const Tone&) = default;
};

// A pressure that dies away: amplitude·e^(−(t − begin)/tau) from `begin` on.
struct PressureDecay {
  double amplitude_kpa = 0;
  double tau_s = 1;
  double begin_s = 0;  // since the run's start
  friend bool operator==(const PressureDecay&, const PressureDecay&) = default;
};

// What lies behind the meters. On the bench: an open end at ambient pressure. In a patient: a catheter into the spine.
struct PatientConfig {
  double catheter_pa_s_per_m3 = 0;
  double catheter_ul_per_kpa = 0;  // 0: the catheter has no volume of its own
  double outlet_kpa = 0;           // mean pressure at the open end
  std::array<Tone, 2> tones{};     // cardiac and respiratory

  // 80 cm of 0.53 mm bore at 37 °C; lumbar CSF of 11 mmHg that swings by 2 mmHg with the heart (1.2 Hz) and by 1.2 mmHg with the breath
  // (0.25 Hz), peak to peak.
  static PatientConfig implanted();
};

struct PlantConfig {
  PumpHeadConfig head;
  ReservoirConfig reservoir;
  WetPathConfig wet_path;
  PatientConfig patient;
  // Where the drug is. On the bench, too: there the model says what would come out of such a catheter at the end of the wet path.
  DrugPathConfig drug_path;
  double temperature_c = 20;  // of fluid and reservoir
  double ambient_kpa_absolute = 101.325;

  // kInvalidArgument names every field that makes no sense.
  Status check() const;
};

}  // namespace pumprig::twin
