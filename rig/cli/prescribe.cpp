#include "rig/cli/prescribe.h"

#include <algorithm>
#include <sstream>

#include "rig/base/quantity.h"
#include "rig/base/weekly.h"
#include "rig/clients/programmer.h"

namespace pumprig::cli {
namespace {

using programmer::Finding;
using programmer::Severity;

Result<std::uint32_t> read_nl(const std::string& text) {
  TRY_ASSIGN(const auto volume, parse_quantity(text, Dimension::kVolume));
  return static_cast<std::uint32_t>(volume.value * 1000 + 0.5);
}
Result<std::uint32_t> read_seconds(const std::string& text) {
  TRY_ASSIGN(const auto span, parse_quantity(text, Dimension::kDuration));
  return static_cast<std::uint32_t>(span.value + 0.5);
}

// "mon-fri 07:00 6 mg/day"
Result<programmer::DosePiece> read_piece(const std::string& text) {
  std::istringstream words(text);
  std::string days, time, dose;
  words >> days >> time;
  std::getline(words >> std::ws, dose);
  programmer::DosePiece piece;
  TRY_ASSIGN(piece.weekdays, parse_weekdays(days));
  TRY_ASSIGN(piece.start_min, parse_time_of_day(time));
  TRY_ASSIGN(piece.dose, programmer::parse_dose_rate(dose));
  return piece;
}

Status read_bolus(const PrescribeWords& words, programmer::Prescription& out) {
  const bool any = !words.bolus_dose.empty() || !words.bolus_duration.empty() || !words.bolus_lockout.empty() || words.boluses_per_day != 0;
  if (!any) return {};
  if (words.bolus_dose.empty() || words.bolus_duration.empty() || words.bolus_lockout.empty() || words.boluses_per_day == 0) {
    return fail(ErrorCode::kInvalidArgument, "a patient's bolus needs all four limits: dose, duration, lockout and number in 24 hours");
  }
  programmer::PatientBolus bolus;
  TRY_ASSIGN(bolus.dose, programmer::parse_mass(words.bolus_dose));
  TRY_ASSIGN(bolus.duration_s, read_seconds(words.bolus_duration));
  TRY_ASSIGN(bolus.lockout_s, read_seconds(words.bolus_lockout));
  bolus.per_day = static_cast<std::uint8_t>(std::min(words.boluses_per_day, 255U));
  out.patient_bolus = bolus;
  return {};
}

}  // namespace

Result<programmer::Prescription> read_prescription(const PrescribeWords& words) {
  programmer::Prescription out;
  out.drug = words.drug;
  out.minimum_rate = words.minimum_rate;
  TRY_ASSIGN(out.concentration, programmer::parse_concentration(words.concentration));
  const int bases = int{!words.dose.empty()} + int{!words.schedule.empty()} + int{words.minimum_rate};
  if (bases != 1) return fail(ErrorCode::kInvalidArgument, "prescribe one of: a dose, a schedule, the minimum rate");
  if (!words.dose.empty()) {
    TRY_ASSIGN(out.dose, programmer::parse_dose_rate(words.dose));
  }
  std::istringstream pieces(words.schedule);
  for (std::string piece; std::getline(pieces >> std::ws, piece, ';');) {
    TRY_ASSIGN(const auto read, read_piece(piece));
    out.pieces.push_back(read);
  }
  TRY(read_bolus(words, out));
  TRY_ASSIGN(out.pump_tube_nl, read_nl(words.pump_tube));
  TRY_ASSIGN(out.catheter_nl, read_nl(words.catheter));
  TRY_ASSIGN(out.low_reservoir_nl, read_nl(words.low_reservoir));
  return out;
}

Result<programmer::Present> read_present(PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto program, line.run(pump.read_program()));
  TRY_ASSIGN(const auto status, line.run(pump.status()));
  programmer::Present present;
  present.program = program.fields.program;
  present.programmed = program.fields.revision != 0;
  present.tube_concentration_ng_per_ml = status.fields.tube_concentration_ng_per_ml;
  const auto state = status.fields.therapy_state;
  if (state == clients::TherapyState::kBridging) present.bridge_remaining_nl = status.fields.phase_remaining_nl;
  present.running = status.fields.rate_now_nl_per_day != 0;
  TRY_ASSIGN(const auto log, line.run(pump.read_log()));
  for (const auto& entry : log.entries) {
    if (entry.code != clients::LogCode::kProgramWritten) continue;
    present.since_last_program_s = static_cast<std::int64_t>(clients::pump_seconds(status.fields.rtc_ticks - entry.rtc_ticks));
  }
  return present;
}

std::string review_text(const programmer::Review& review) {
  std::size_t width = 0;
  for (const auto& figure : review.figures) width = std::max(width, figure.name.size());
  std::string out;
  for (const auto& figure : review.figures) {
    out += "  " + figure.name + std::string(width + 2 - figure.name.size(), ' ') + figure.value + "\n";
  }
  for (const Finding& finding : review.findings) {
    const char* head = finding.severity == Severity::kRefuse ? "  refused: "
                       : finding.severity == Severity::kNote ? "  note: "
                                                             : "  to confirm: ";
    out += head + finding.text + "\n";
  }
  return out;
}

Result<programmer::Review> prescribe(PumpLine& line, const programmer::Prescription& wanted, const Confirm& confirm) {
  TRY_ASSIGN(const auto present, read_present(line));
  TRY_ASSIGN(const auto review, programmer::review(wanted, present));
  if (review.refused()) return fail(ErrorCode::kRefused, "this is not programmed:\n" + review_text(review));
  for (int given = 0; given < std::max(1, review.confirmations()); ++given) {
    if (!confirm(review_text(review), given > 0)) return fail(ErrorCode::kCancelled, "not confirmed, so nothing was changed");
  }
  clients::Programmer pump(line.session());
  TRY(line.run(pump.program(review.program)));
  return review;
}

}  // namespace pumprig::cli
