// From what a physician prescribes to the program of the pump, with everything that must be seen and confirmed before it is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/programmer/drug_library.h"
#include "rig/programmer/periodic.h"
#include "rig/programmer/review.h"

namespace pumprig::programmer {

struct PatientBolus {
  Mass dose;
  std::uint32_t duration_s = 0;
  std::uint32_t lockout_s = 0;
  std::uint8_t per_day = 0;
};

// A piece of a day schedule, as a dose.
struct DosePiece {
  std::uint8_t weekdays = 0x7F;  // bit 0 Monday
  std::uint16_t start_min = 0;
  DoseRate dose;
};

struct Prescription {
  std::string drug;
  Concentration concentration;
  DoseRate dose;                          // simple continuous, or between periodic boluses; of no account with pieces
  std::optional<PeriodicBolus> periodic;  // beside the dose
  std::vector<DosePiece> pieces;          // day schedule
  bool minimum_rate = false;              // therapy off, the rotor kept turning
  std::optional<PatientBolus> patient_bolus;
  std::uint32_t pump_tube_nl = 0;
  std::uint32_t catheter_nl = 0;
  std::uint32_t low_reservoir_nl = 2'000'000;
};

// A bolus of the last 24 hours, by the pump's log.
struct GivenBolus {
  std::int64_t began_ago_s = 0;
  std::int64_t ended_ago_s = 0;  // below 0: it runs, and ends after so long
  double volume_nl = 0;          // granted; of one that is over, given
  bool of_clinician = false;
};

// What stands in the pump, from its program and status.
struct Present {
  clients::Program program;
  bool programmed = false;
  std::uint32_t tube_concentration_ng_per_ml = 0;
  std::uint32_t bridge_remaining_nl = 0;  // 0: no bridge runs
  bool running = false;
  clients::TherapyState state = clients::TherapyState::kNotProgrammed;
  std::optional<std::int64_t> since_last_program_s;
  std::uint32_t capacity_nl = 0;   // of the pump's model; 0: not known
  std::uint32_t reservoir_nl = 0;  // by the pump's ledger
  std::uint64_t steps_total = 0;   // that the pump ever gave
  std::int64_t local_time_s = 0;   // of the pump's calendar
  std::int64_t replace_by_s = 0;   // of it, when the pump must be replaced; 0: not known
  // By the pump's log: how often the reservoir was filled with the drug that the pump has, how long ago last and with what. `whole_log`: it
  // reaches back to the first such fill; else to what was `log_reaches_s` ago.
  int fills = 0;
  bool whole_log = false;
  std::int64_t log_reaches_s = 0;
  std::optional<std::int64_t> since_fill_s;
  std::optional<std::uint32_t> filled_nl;  // as it was corrected since
  bool never_filled = false;               // the log reaches back to the beginning, and holds no fill
  bool used_since_fill = false;            // so that one more fill is a later one, and not the same one entered again
  bool ran_since_fill = false;
  unsigned boluses_last_24h = 0;    // by the pump's own count
  std::vector<GivenBolus> boluses;  // that reach into the last 24 hours, by its log
  unsigned untold_boluses = 0;      // that the pump counts, and its log does not tell
  std::string history_unknown;      // why the log does not tell how the reservoir was filled last; empty: it does, or never was

  bool holds(const Drug& drug) const { return programmed && program.drug == drug.number; }
};

// kNotFound for an unknown drug. Everything else that is wrong is a finding, all at once (REQ-901 to REQ-904, REQ-211).
Result<Review> review(const Prescription& wanted, const Present& present);

}  // namespace pumprig::programmer
