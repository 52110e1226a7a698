// What a person sees before anything is sent to the pump: figures with their units spelled out, and what is to be said about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/programmer/dose.h"

namespace pumprig::programmer {

enum class Severity : std::uint8_t {
  kNote,          // to be read
  kConfirm,       // to be confirmed
  kConfirmTwice,  // to be confirmed twice: a big change of dose, up or down
  kRefuse,        // not to be programmed; the text says what would be
};
// Which part of a prescription a finding is about, so that it can be said where that part is asked for.
enum class About : std::uint8_t { kConcentration, kBase, kPatientBolus, kPath, kLowReservoir, kChange, kGiving };
struct Finding {
  Severity severity = Severity::kNote;
  About about = About::kGiving;
  std::string text;
};

// One figure of the review, with its unit spelled out.
struct Figure {
  std::string name;
  std::string value;
};

// What a prescription gives at most, the patient's boluses with it.
struct Highest {
  Mass hour;
  DoseRate day;
};

struct Review {
  clients::Program program;     // of a prescription
  std::optional<Highest> most;  // likewise
  DoseRate day_dose;            // mean of the base
  std::vector<Figure> figures;  // concentration, rate, dose of 24 h, dose of an hour, peak hour, with boluses
  std::vector<Finding> findings;
  // What must be typed for the second confirmation: these words; or the dose of a single bolus; or the dose of the weekdays `second_of`;
  // or, where none is set, the dose of 24 hours. A dose in the words of whoever confirms, or as the page has it; of days, per day.
  std::string second_words;
  std::optional<Mass> second_mass;
  std::optional<DoseRate> second_dose;
  std::string second_of;

  bool refused() const;
  // 1, or 2 for a big change: nothing is changed that nobody has looked at.
  int confirmations() const;
  // The question of the second confirmation, and whether what was typed answers it. A dose per hour does not: the slip of a unit that it
  // guards against would be repeated.
  std::string second_question() const;
  bool confirms_again(std::string_view typed) const;
  // Figures, then findings, as a person reads them.
  std::string text() const;
};

}  // namespace pumprig::programmer
