// From what a physician prescribes to the program of the pump, with everything that must be seen and confirmed before it is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/programmer/drug_library.h"

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
  DoseRate dose;                  // simple continuous; of no account with pieces
  std::vector<DosePiece> pieces;  // day schedule
  bool minimum_rate = false;      // therapy off, the rotor kept turning
  std::optional<PatientBolus> patient_bolus;
  std::uint32_t pump_tube_nl = 0;
  std::uint32_t catheter_nl = 0;
  std::uint32_t low_reservoir_nl = 2'000'000;
};

// What stands in the pump, from its program and status.
struct Present {
  clients::Program program;
  bool programmed = false;
  std::uint32_t tube_concentration_ng_per_ml = 0;
  std::uint32_t bridge_remaining_nl = 0;  // 0: no bridge runs
  bool running = false;
  std::optional<std::int64_t> since_last_program_s;
};

enum class Severity : std::uint8_t {
  kNote,          // to be read
  kConfirm,       // to be confirmed
  kConfirmTwice,  // to be confirmed twice: a big change of dose, up or down
  kRefuse,        // not to be programmed; the text says what would be
};
struct Finding {
  Severity severity = Severity::kNote;
  std::string text;
};

// One figure of the review, with its unit spelled out.
struct Figure {
  std::string name;
  std::string value;
};

struct Review {
  clients::Program program;
  std::vector<Figure> figures;  // concentration, rate, dose of 24 h, dose of an hour, peak hour, with boluses
  std::vector<Finding> findings;

  bool refused() const;
  // 0, 1 or 2.
  int confirmations() const;
};

// kNotFound for an unknown drug. Everything else that is wrong is a finding, all at once (REQ-901 to REQ-904, REQ-211).
Result<Review> review(const Prescription& wanted, const Present& present);

}  // namespace pumprig::programmer
