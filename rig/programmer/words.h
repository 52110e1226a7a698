// From the words that a person types or passes to what is meant: one reading for the command line, the dialogue and Python.
#pragma once

#include <cstdint>
#include <string>

#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

struct PrescribeWords {
  std::string drug, concentration, dose;
  std::string schedule;  // "mon-fri 07:00 6 mg/day; daily 00:00 4 mg/day"
  bool minimum_rate = false;
  std::string periodic_dose, periodic_duration, periodic_interval;  // beside the dose; "0.25 mg" or "12.5 uL", "10 min", "6 h"
  std::string bolus_dose, bolus_duration, bolus_lockout;
  unsigned boluses_per_day = 0;
  std::string pump_tube, catheter;  // empty: as programmed before, else 199 and 176 uL
  std::string low_reservoir;        // empty: as programmed before, else 2 mL
};

// Every word that can not be read is named with what may stand there.
Result<Prescription> read_prescription(const PrescribeWords& words, const Present& present);
// "12.5 uL", "20 mL"; not less than 0.
Result<std::uint32_t> read_volume(const std::string& text);
// The same to type: "2 mL", "199 uL".
std::string volume_words(std::uint32_t nl);
// "10 min", "3 h"; not less than 0.
Result<std::uint32_t> read_span(const std::string& text);
// How long an alarm is silenced: more than 0 s, at most what `role` may.
Result<std::uint32_t> read_silence(const std::string& text, clients::Role role);
// "2026-03-02 08:00:00" as seconds since 1970 of a pump's calendar, which begins with the year 2000.
Result<std::int64_t> read_calendar(const std::string& text);
// "mon-fri 07:00 6 mg/day"
Result<DosePiece> read_piece(const std::string& text);
// "0.25 mg" or "12.5 uL" of that concentration, within a span, every span.
Result<PeriodicBolus> read_periodic(const PrescribeWords& words, Concentration concentration);
// "50 uL", or as a dose of what is in the pump: "0.5 mg".
Result<std::uint32_t> read_bolus_volume(const std::string& text, const Present& present);

}  // namespace pumprig::programmer
