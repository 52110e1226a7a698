#include "rig/programmer/words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "rig/base/calendar.h"
#include "rig/base/quantity.h"
#include "rig/base/weekly.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

constexpr std::uint32_t kPumpTube_nl = 199'000;
constexpr std::uint32_t kCatheter_nl = 176'000;  // 80 cm of 0.53 mm
constexpr std::uint32_t kLowReservoir_nl = 2'000'000;

// What a pump can be told: 32 bits of nL or s.
constexpr double kMostCount = 4.29e9;
constexpr const char* kVolumes = "0 to 4290 mL";
constexpr const char* kSpans = "0 s to 49650 days";

Error beyond(const std::string& text, const std::string& range) {
  return {ErrorCode::kInvalidArgument,
          "\"" + text + "\" is out of the question here; write it within " + range + ", and look at its unit",
          {},
          nullptr};
}

// A quantity as a whole count of `per_base` parts of its base unit.
Result<std::uint32_t> whole(const std::string& text, Dimension dimension, double per_base, const char* range) {
  TRY_ASSIGN(const auto quantity, parse_quantity(text, dimension));
  const double count = quantity.value * per_base;
  if (!(count >= 0 && count <= kMostCount)) return tl::unexpected<Error>(beyond(text, range));
  return static_cast<std::uint32_t>(std::llround(count));
}

// The volume that holds a dose.
Result<std::uint32_t> volume_for(const std::string& text, Mass dose, Concentration concentration) {
  const std::int64_t nl = volume_nl(dose, concentration);
  if (static_cast<double>(nl) > kMostCount) {
    return tl::unexpected<Error>(beyond(text, std::string("what ") + kVolumes + " of " + to_text(concentration) + " hold"));
  }
  return static_cast<std::uint32_t>(nl);
}

Result<std::uint32_t> volume_or(const std::string& text, bool programmed, std::uint32_t before, std::uint32_t otherwise) {
  if (!text.empty()) return read_volume(text);
  return programmed && before != 0 ? before : otherwise;
}

Status read_bolus(const PrescribeWords& words, Prescription& out) {
  const bool any = !words.bolus_dose.empty() || !words.bolus_duration.empty() || !words.bolus_lockout.empty() || words.boluses_per_day != 0;
  if (!any) return {};
  if (words.bolus_dose.empty() || words.bolus_duration.empty() || words.bolus_lockout.empty() || words.boluses_per_day == 0) {
    return fail(ErrorCode::kInvalidArgument, "a patient's bolus needs all four limits: dose, duration, lockout and number in 24 hours");
  }
  PatientBolus bolus;
  TRY_ASSIGN(bolus.dose, parse_mass(words.bolus_dose));
  TRY(volume_for(words.bolus_dose, bolus.dose, out.concentration));
  TRY_ASSIGN(bolus.duration_s, read_span(words.bolus_duration));
  TRY_ASSIGN(bolus.lockout_s, read_span(words.bolus_lockout));
  bolus.per_day = static_cast<std::uint8_t>(std::min(words.boluses_per_day, 255U));
  out.patient_bolus = bolus;
  return {};
}

}  // namespace

Result<std::uint32_t> read_volume(const std::string& text) {
  return whole(text, Dimension::kVolume, 1000, kVolumes);
}
std::string volume_words(std::uint32_t nl) {
  char number[32];
  const bool large = nl >= 1'000'000;
  std::snprintf(number, sizeof(number), "%.10g", nl * (large ? 1e-6 : 1e-3));
  return number + std::string(large ? " mL" : " uL");
}
Result<std::uint32_t> read_span(const std::string& text) {
  return whole(text, Dimension::kDuration, 1, kSpans);
}

Result<std::uint32_t> read_silence(const std::string& text, clients::Role role) {
  TRY_ASSIGN(const std::uint32_t seconds, read_span(text));
  const bool patient = role == clients::Role::kPatient;
  const unsigned longest = patient ? clients::protocol::kLongestPatientSilenceS : clients::protocol::kLongestClinicianSilenceS;
  if (seconds > longest) {
    return fail(ErrorCode::kInvalidArgument, "\"" + text + "\" is too long; " + (patient ? "the patient's device" : "a programmer") +
                                                 " silences for at most " + span_text(longest));
  }
  if (seconds != 0) return seconds;
  return fail(ErrorCode::kInvalidArgument, "\"" + text + "\" silences nothing; write for how long, \"10 min\"");
}

Result<std::int64_t> read_calendar(const std::string& text) {
  if (const auto local_time_s = parse_calendar(text)) return *local_time_s;
  // A date of another century, or none at all.
  const bool early = text.size() == 19 && text < "2000-01-01 00:00:00" && parse_calendar("20" + text.substr(2));
  return fail(ErrorCode::kInvalidArgument,
              "\"" + text +
                  (early ? "\" is before 2000-01-01 00:00:00, where a pump's calendar begins"
                         : "\" is no date and time; write it as 2026-03-02 08:00:00, from 2000-01-01 00:00:00 on"));
}

Result<DosePiece> read_piece(const std::string& text) {
  std::istringstream words(text);
  std::string days, time, dose;
  words >> days >> time;
  std::getline(words >> std::ws, dose);
  DosePiece piece;
  TRY_ASSIGN(piece.weekdays, parse_weekdays(days));
  TRY_ASSIGN(piece.start_min, parse_time_of_day(time));
  TRY_ASSIGN(piece.dose, parse_dose_rate(dose));
  return piece;
}

Result<PeriodicBolus> read_periodic(const PrescribeWords& words, Concentration concentration) {
  if (words.periodic_dose.empty() || words.periodic_duration.empty() || words.periodic_interval.empty()) {
    return fail(ErrorCode::kInvalidArgument, "a periodic bolus needs all three: dose or volume, duration and interval");
  }
  PeriodicBolus out;
  const auto quantity = parse_quantity(words.periodic_dose);
  if (quantity && quantity->dimension == Dimension::kVolume) {
    TRY_ASSIGN(out.volume_nl, read_volume(words.periodic_dose));
    out.dose = mass_of(out.volume_nl, concentration);
  } else if (quantity && quantity->dimension == Dimension::kMass) {
    TRY_ASSIGN(out.dose, parse_mass(words.periodic_dose));
    TRY_ASSIGN(out.volume_nl, volume_for(words.periodic_dose, out.dose, concentration));
  } else {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + words.periodic_dose + "\" is neither a dose nor a volume; write \"0.25 mg\" or \"12.5 uL\"");
  }
  TRY_ASSIGN(out.duration_s, read_span(words.periodic_duration));
  TRY_ASSIGN(out.interval_s, read_span(words.periodic_interval));
  return out;
}

Result<std::uint32_t> read_bolus_volume(const std::string& text, const Present& present) {
  const auto quantity = parse_quantity(text);
  if (quantity && quantity->dimension == Dimension::kVolume) return read_volume(text);
  if (!quantity || quantity->dimension != Dimension::kMass) {
    return fail(ErrorCode::kInvalidArgument, "\"" + text + "\" is neither a volume nor a dose; write \"50 uL\" or \"0.5 mg\"");
  }
  if (present.tube_concentration_ng_per_ml == 0) {
    return fail(ErrorCode::kInvalidArgument, "the pump does not know its concentration; give the bolus as a volume, \"50 uL\"");
  }
  TRY_ASSIGN(const Mass mass, parse_mass(text));
  return volume_for(text, mass, {present.tube_concentration_ng_per_ml});
}

Result<Prescription> read_prescription(const PrescribeWords& words, const Present& present) {
  Prescription out;
  out.drug = words.drug;
  out.minimum_rate = words.minimum_rate;
  TRY_ASSIGN(out.concentration, parse_concentration(words.concentration));
  const std::array bases = {!words.dose.empty(), !words.schedule.empty(), words.minimum_rate};
  if (std::ranges::count(bases, true) != 1)
    return fail(ErrorCode::kInvalidArgument, "prescribe one of: a dose, a schedule, the minimum rate");
  if (!words.dose.empty()) {
    TRY_ASSIGN(out.dose, parse_dose_rate(words.dose));
  }
  if (!words.periodic_dose.empty() || !words.periodic_duration.empty() || !words.periodic_interval.empty()) {
    if (words.dose.empty()) {
      return fail(ErrorCode::kInvalidArgument, "periodic boluses stand beside a constant dose; give the dose between them");
    }
    TRY_ASSIGN(out.periodic, read_periodic(words, out.concentration));
  }
  std::istringstream pieces(words.schedule);
  for (std::string piece; std::getline(pieces >> std::ws, piece, ';');) {
    TRY_ASSIGN(const auto read, read_piece(piece));
    out.pieces.push_back(read);
  }
  TRY(read_bolus(words, out));
  const auto& before = present.program;
  TRY_ASSIGN(out.pump_tube_nl, volume_or(words.pump_tube, present.programmed, before.pump_tube_nl, kPumpTube_nl));
  TRY_ASSIGN(out.catheter_nl, volume_or(words.catheter, present.programmed, before.catheter_nl, kCatheter_nl));
  TRY_ASSIGN(out.low_reservoir_nl, volume_or(words.low_reservoir, present.programmed, before.low_reservoir_threshold_nl, kLowReservoir_nl));
  return out;
}

}  // namespace pumprig::programmer
