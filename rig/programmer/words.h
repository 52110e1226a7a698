// From words to a prescription, through its review and the confirmations, to the pump: what `rig programmer prescribe` and the dialogue
// share.
#pragma once

#include <functional>
#include <string>

#include "rig/cli/pump_line.h"
#include "rig/programmer/prescription.h"

namespace pumprig::cli {

struct PrescribeWords {
  std::string drug, concentration, dose;
  std::string schedule;  // "mon-fri 07:00 6 mg/day; daily 00:00 4 mg/day"
  bool minimum_rate = false;
  std::string bolus_dose, bolus_duration, bolus_lockout;
  unsigned boluses_per_day = 0;
  std::string pump_tube = "199 uL";
  std::string catheter = "176 uL";
  std::string low_reservoir = "2 mL";
};

// Every word that can not be read is named with what may stand there.
Result<programmer::Prescription> read_prescription(const PrescribeWords& words);
Result<programmer::Present> read_present(PumpLine& line);

// The review as a person reads it: figures, then findings.
std::string review_text(const programmer::Review& review);

// Asks for one confirmation; `what` is what is confirmed, `twice` that it is the second. False: not given.
using Confirm = std::function<bool(const std::string& what, bool twice)>;
// Reviews, lets the confirmations be given, writes the program and reads it back. kRefused: by the review or the pump; kCancelled: not
// confirmed. Nothing was changed then.
Result<programmer::Review> prescribe(PumpLine& line, const programmer::Prescription& wanted, const Confirm& confirm);

}  // namespace pumprig::cli
