#include "rig/twin/plant/config.h"

#include <cmath>

namespace pumprig::twin {

PatientConfig PatientConfig::implanted() {
  constexpr double kKpaPerMmhg = 0.133322;
  PatientConfig patient;
  patient.catheter_pa_s_per_m3 = 0.8 * 3.6e11;
  patient.catheter_ul_per_kpa = 0.8 * 0.16;
  patient.outlet_kpa = 11 * kKpaPerMmhg;
  patient.tones = {Tone{2.0 / 2 * kKpaPerMmhg, 1.2, 0}, Tone{1.2 / 2 * kKpaPerMmhg, 0.25, 0}};
  return patient;
}

Status PlantConfig::check() const {
  std::string wrong;
  const auto want = [&](bool good, const char* sentence) {
    if (!good) wrong += (wrong.empty() ? "" : "; ") + std::string(sentence);
  };
  want(head.gain > 0 && std::isfinite(head.gain), "the gain of the pump head must be above 0");
  want(head.ripple >= 0 && head.ripple <= 0.9, "the ripple of the pump head must be 0 to 0.9");
  want(head.start_step >= 0 && head.start_step < 960, "the start position of the rotor must be 0 to 959 steps");
  want(head.slip_kpa > 0 && head.stall_kpa > head.slip_kpa, "the rollers must slip before the motor stalls");
  want(reservoir.capacity_ul > 0 && reservoir.volume_ul >= 0 && reservoir.collapse_ul > 0, "the reservoir's volumes must not be negative");
  want(wet_path.restrictor_pa_s_per_m3 >= 0 && wet_path.meter_pa_s_per_m3 > 0, "the wet path's resistance must be above 0");
  want(wet_path.compliance_ul_per_kpa > 0, "the wet path's compliance must be above 0");
  want(patient.catheter_pa_s_per_m3 >= 0 && patient.catheter_ul_per_kpa >= 0,
       "the catheter's resistance and compliance must not be negative");
  want(patient.catheter_ul_per_kpa == 0 || patient.catheter_pa_s_per_m3 > 0, "a catheter with a compliance needs a resistance");
  for (const auto& tone : patient.tones) want(tone.amplitude_kpa == 0 || tone.hertz > 0, "a pressure swing needs a frequency above 0");
  want(ambient_kpa_absolute > 0, "the ambient pressure must be above 0");
  drug_path.check(wrong);
  if (!wrong.empty()) return fail(ErrorCode::kInvalidArgument, "plant: " + wrong);
  return {};
}

}  // namespace pumprig::twin
