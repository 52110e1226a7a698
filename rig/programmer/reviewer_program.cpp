// The program that a prescription becomes, refused with advice where the pump can not give it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "rig/base/weekly.h"
#include "rig/programmer/reviewer.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {

using clients::protocol::BasalMode;

namespace {

Mass hour_of(DoseRate dose) {
  return {(dose.ng_per_day + 12) / 24};
}

}  // namespace

// The rate of a dose, refused with advice where the pump can not give it (REQ-902).
std::uint32_t Reviewer::rate_of(DoseRate dose) {
  const std::int64_t rate = rate_nl_per_day(dose, wanted_.concentration);
  if (rate < kLeastRate) {
    const Concentration most{dose.ng_per_day * 1'000'000 / kLeastRate};
    add(Severity::kRefuse, About::kBase,
        to_text(dose) + " at " + to_text(wanted_.concentration) + " would be " +
            ml_per_day_text(static_cast<std::uint32_t>(std::max<std::int64_t>(rate, 0))) +
            ", less than the pump's 0.048; use a concentration of at most " + to_text(most));
  } else if (rate > kMostRate) {
    const Concentration least{(dose.ng_per_day * 1'000'000 + kMostRate - 1) / kMostRate};
    add(Severity::kRefuse, About::kBase,
        to_text(dose) + " at " + to_text(wanted_.concentration) +
            " would be more than the pump's 24 milliliters per day; use a concentration of at least " + to_text(least));
  }
  fastest_ = std::max(fastest_, static_cast<double>(rate));
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(rate, 0, 0xFFFFFFFF));
}

void Reviewer::base() {
  auto& program = out_.program;
  program.drug = drug_.number;
  program.concentration_ng_per_ml = static_cast<std::uint32_t>(wanted_.concentration.ng_per_ml);
  program.low_reservoir_threshold_nl = wanted_.low_reservoir_nl;
  if (present_.programmed) {
    // What a prescription does not speak of stays as somebody set it for this patient.
    program.occlusion_trip_pa = present_.program.occlusion_trip_pa;
    program.critical_repeat_min = present_.program.critical_repeat_min;
    program.noncritical_repeat_min = present_.program.noncritical_repeat_min;
  }
  if (wanted_.minimum_rate) {
    program.mode = BasalMode::kMinimumRate;
    out_.second_words = "minimum rate";
    mean_ = dose_of(kMinimumRate, wanted_.concentration);
    peak_hour_ = hour_of(mean_);
    counted_rate_ = counted_day_nl_ = kMinimumRate;
    return;
  }
  if (wanted_.pieces.empty()) {
    program.basal_rate_nl_per_day = rate_of(wanted_.dose);
    mean_ = wanted_.dose;
    peak_hour_ = hour_of(wanted_.dose);
    counted_rate_ = counted_day_nl_ = program.basal_rate_nl_per_day;
    if (wanted_.periodic) periodic(*wanted_.periodic);
    return;
  }
  program.mode = BasalMode::kDaySchedule;
  if (wanted_.pieces.size() > clients::protocol::kMaxSegments) {
    add(Severity::kRefuse, About::kBase, "a day schedule holds at most " + std::to_string(clients::protocol::kMaxSegments) + " pieces");
    return;
  }
  for (const DosePiece& piece : wanted_.pieces) program.segments.push({piece.weekdays, piece.start_min, rate_of(piece.dose)});
  if (pump_date_text(present_.local_time_s).empty()) {
    add(present_.running ? Severity::kRefuse : Severity::kConfirm, About::kBase,
        std::string("a day schedule goes by the pump's calendar, and that was never set: set the clock ") +
            (present_.running ? "first" : "before therapy starts"));
  }
  each_minute_once();
  weigh_schedule();
}

void Reviewer::each_minute_once() {
  const auto& pieces = wanted_.pieces;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto both = static_cast<std::uint8_t>(pieces[i].weekdays & pieces[j].weekdays);
      if (both == 0 || pieces[i].start_min != pieces[j].start_min) continue;
      add(Severity::kRefuse, About::kBase,
          "the day schedule gives two doses from " + weekdays_text(both) + " " + time_of_day_text(pieces[i].start_min) +
              " on; leave those days out of one of them");
    }
  }
}

// A bolus is whole steps, and what is shown, weighed and written is the dose of these: what is lost with one is lost with every one. One
// that the pump does not give at all is left as it was prescribed, and refused.
void Reviewer::round_to_steps(const char* what, About about, Mass& dose, std::uint32_t& volume) {
  if (volume < kLeastBolus_nl || volume > kMostBolus_nl) return;
  const Mass wanted = dose;
  volume = whole_steps_nl(volume);
  dose = dose_in_steps(volume, wanted_.concentration);
  const std::int64_t off = dose.ng - wanted.ng;
  if (wanted.ng == 0 || 1'000 * std::abs(off) <= wanted.ng) return;  // REQ-901
  char text[192];
  std::snprintf(text, sizeof(text), "%s is given in whole steps of 12.5 nanoliters: each gives %s, %.1f %% %s than the %s prescribed", what,
                to_text(dose).c_str(), 100.0 * static_cast<double>(std::abs(off)) / static_cast<double>(wanted.ng),
                off < 0 ? "less" : "more", to_text(wanted).c_str());
  add(Severity::kConfirm, about, text);
}

void Reviewer::periodic(const PeriodicBolus& wanted) {
  PeriodicBolus& bolus = timed_.emplace(wanted);
  round_to_steps("the periodic bolus", About::kBase, bolus.dose, bolus.volume_nl);
  auto& program = out_.program;
  program.mode = BasalMode::kPeriodic;
  program.periodic_dose_nl = bolus.volume_nl;
  program.periodic_duration_s = bolus.duration_s;
  program.periodic_interval_s = bolus.interval_s;
  for (std::string& wrong : wrong_with(bolus, program.basal_rate_nl_per_day)) add(Severity::kRefuse, About::kBase, std::move(wrong));
  mean_.ng_per_day += bolus.mean().ng_per_day;
  highest_day_ = wanted_.dose.ng_per_day + bolus.most_in(kDay_s).ng;
  peak_hour_.ng += bolus.most_in(3'600).ng;
  if (bolus.duration_s != 0) fastest_ += in_steps_nl(bolus.volume_nl) * kDay_s / bolus.duration_s;
}

// The mean day, the highest 24 hours wherever they begin, and the highest of any hour on the minute grid.
void Reviewer::weigh_schedule() {
  week_ = Week::of(wanted_.pieces);
  if (!week_) return add(Severity::kRefuse, About::kBase, "the day schedule leaves a weekday without a dose from midnight on");
  mean_ = week_->mean();
  peak_hour_ = hour_of(week_->fastest());
  highest_day_ = week_->highest_24h().ng;
  counted_rate_ = rate_nl_per_day(week_->fastest(), wanted_.concentration);
  // A window of 24 hours meets each minute of the day once, on one weekday or another.
  for (std::size_t m = 0; m < 1440; ++m) counted_day_nl_ += rate_nl_per_day(week_->fastest_at(m), wanted_.concentration);
  counted_day_nl_ = (counted_day_nl_ + 1439) / 1440;
}

void Reviewer::path() {
  out_.program.pump_tube_nl = wanted_.pump_tube_nl;
  out_.program.catheter_nl = wanted_.catheter_nl;
  if (std::uint64_t{wanted_.pump_tube_nl} + wanted_.catheter_nl > kMaxPath_nl) {
    add(Severity::kRefuse, About::kPath, "pump tube and catheter together hold at most 1 milliliter; look at their volumes");
  }
  const std::uint32_t low = wanted_.low_reservoir_nl;
  if (low < 1'000'000 || low > 10'000'000) {
    add(Severity::kRefuse, About::kLowReservoir, "the low alarm comes at 1 to 10 milliliters, not at " + volume_text(low));
  } else if (low < 4'000'000) {
    add(Severity::kNote, About::kLowReservoir,
        "the low alarm comes at " + volume_text(low) + "; consider 4 milliliters, so that nobody feels the end before the alarm");
  }
}

void Reviewer::patient_bolus() {
  if (!wanted_.patient_bolus) return;
  PatientBolus& bolus = asked_.emplace(*wanted_.patient_bolus);
  auto& program = out_.program;
  const auto refuse = [&](std::string text) { add(Severity::kRefuse, About::kPatientBolus, std::move(text)); };
  if (!drug_.patient_boluses) refuse(std::string(drug_.name) + " is not given as a patient's bolus");
  if (bolus.lockout_s < bolus.duration_s) refuse("the lockout is shorter than the bolus itself; make it at least as long");
  if (bolus.per_day == 0 || bolus.duration_s == 0) refuse("a patient's bolus needs its dose, duration, lockout and number in 24 hours");
  if (bolus.per_day > 20) refuse("the pump counts at most 20 boluses in 24 hours");
  if (bolus.duration_s > kDay_s) refuse("a bolus takes at most 24 hours");
  if (bolus.lockout_s < 60 || bolus.lockout_s > kDay_s) refuse("the lockout is 1 minute to 24 hours, not " + span_text(bolus.lockout_s));
  program.patient_bolus_enabled = true;
  const std::int64_t volume = volume_nl(bolus.dose, wanted_.concentration);
  if (volume < kLeastBolus_nl || volume > kMostBolus_nl) {
    refuse("a bolus of " + to_text(bolus.dose) + " would be " + volume_text(volume) + "; the pump gives 0.25 to 1000 microliters");
  } else if (bolus.duration_s != 0 && in_steps_nl(volume) * kDay_s / bolus.duration_s + fastest_ > kMostSpeed) {
    refuse("the bolus beside the base would be faster than the pump's " + ml_per_day_text(kMostSpeed) + "; give it more time");
  }
  program.bolus_dose_nl = static_cast<std::uint32_t>(std::clamp<std::int64_t>(volume, 0, 0xFFFFFFFF));
  round_to_steps("the patient's bolus", About::kPatientBolus, bolus.dose, program.bolus_dose_nl);
  program.bolus_duration_s = bolus.duration_s;
  program.bolus_lockout_s = bolus.lockout_s;
  program.bolus_max_per_24h = bolus.per_day;
  const std::uint32_t an_hour = std::min<std::uint32_t>(bolus.per_day, 1 + 3600 / std::max(1U, bolus.lockout_s));
  bolus_hour_ = {bolus.dose.ng * an_hour};
  bolus_day_ = {bolus.dose.ng * bolus.per_day};
  ceilings();
}

// Patient's boluses that the pump counts when it grants one, that one with it: each that ended within the window, in full. A bolus ends
// up to a second after its duration, for its grant is written down before its first step. The number in 24 hours goes by the starts, so
// that those which began before may count on top of it.
std::int64_t Reviewer::counted_boluses(std::int64_t window_s) const {
  const PatientBolus& bolus = *wanted_.patient_bolus;
  const std::int64_t lockout = std::max(1U, bolus.lockout_s);
  const std::int64_t reach = window_s + bolus.duration_s;
  const std::int64_t earlier = reach < kDay_s ? 0 : (reach - kDay_s) / lockout + 1;
  return std::min(reach / lockout + 1, bolus.per_day + earlier);
}

// As the pump counts when it grants a bolus, which is never less than what a window holds: none that is allowed shall meet a ceiling.
// From the rates and volumes of the program, for these are what the pump knows.
void Reviewer::ceilings() {
  auto& program = out_.program;
  const auto boluses = [](std::int64_t count, std::uint32_t volume) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(count) * in_steps_nl(volume)));
  };
  std::int64_t hour = (counted_rate_ + 23) / 24 + boluses(counted_boluses(3'600), program.bolus_dose_nl);
  std::int64_t day = counted_day_nl_ + boluses(counted_boluses(kDay_s), program.bolus_dose_nl);
  if (wanted_.periodic) {
    hour += boluses(counted_periodic(*wanted_.periodic, 3'600), program.periodic_dose_nl);
    day += boluses(counted_periodic(*wanted_.periodic, kDay_s), program.periodic_dose_nl);
  }
  if (std::max(hour, day) > kMostCeiling_nl) {
    add(Severity::kConfirm, About::kPatientBolus,
        "the pump counts up to " + volume_text(std::max(hour, day)) + " in a window and grants at most " + volume_text(kMostCeiling_nl) +
            ": it can refuse a bolus that lockout and number would allow; a higher concentration needs less volume");
  }
  program.ceiling_1h_nl = static_cast<std::uint32_t>(std::min(hour, kMostCeiling_nl));
  program.ceiling_24h_nl = static_cast<std::uint32_t>(std::min(day, kMostCeiling_nl));
}

}  // namespace pumprig::programmer
