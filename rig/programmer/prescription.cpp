#include "rig/programmer/prescription.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "rig/clients/program_facts.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

constexpr std::int64_t kLeastRate = 48'000;  // nL/day, REQ-101
constexpr std::int64_t kMostRate = 24'000'000;
constexpr std::int64_t kWeekMinutes = 7 * 1440;
constexpr std::uint32_t kMaxPath_nl = 1'000'000;  // REQ-210
constexpr std::int64_t kMinimumRate = 6'000;      // nL/day, one step in 180 s
constexpr std::uint32_t kLeastBolus_nl = 250;
constexpr std::uint32_t kMostBolus_nl = 1'000'000;
constexpr std::int64_t kMostCeiling_nl = 27'000'000;

using clients::protocol::BasalMode;

Mass hour_of(DoseRate dose) {
  return {(dose.ng_per_day + 12) / 24};
}

class Reviewer {
 public:
  Reviewer(const Prescription& wanted, const Present& present, const Drug& drug) : wanted_(wanted), present_(present), drug_(drug) {}

  Review run() {
    if (wanted_.concentration.ng_per_ml <= 0) {
      add(Severity::kRefuse, About::kConcentration, "no concentration is given; write it as it stands on the vial that was filled in");
      return std::move(out_);
    }
    base();
    path();
    patient_bolus();
    concentration_limits();
    dose_limits();
    change();
    if (!present_.history_unknown.empty()) add(Severity::kNote, About::kChange, history_text(present_));
    bridge();
    if (wanted_.periodic && out_.program.mode == BasalMode::kPeriodic) {
      const bool bridged = out_.program.bridge_volume_nl != 0;
      add(Severity::kNote, About::kBase, first_bolus_text(*wanted_.periodic, present_.program, bridged));
    }
    figures();
    return std::move(out_);
  }

 private:
  void add(Severity severity, About about, std::string text) { out_.findings.push_back({severity, about, std::move(text)}); }

  // The rate of a dose, refused with advice where the pump can not give it (REQ-902).
  std::uint32_t rate_of(DoseRate dose) {
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

  void base() {
    auto& program = out_.program;
    program.drug = drug_.number;
    program.concentration_ng_per_ml = static_cast<std::uint32_t>(wanted_.concentration.ng_per_ml);
    program.low_reservoir_threshold_nl = wanted_.low_reservoir_nl;
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
    weigh_schedule();
  }

  // A bolus is whole steps, and what is shown, weighed and written is the dose of these: what is lost with one is lost with every one. One
  // that the pump does not give at all is left as it was prescribed, and refused.
  void round_to_steps(const char* what, About about, Mass& dose, std::uint32_t& volume) {
    if (volume < kLeastBolus_nl || volume > kMostBolus_nl) return;
    const Mass wanted = dose;
    volume = whole_steps_nl(volume);
    dose = dose_in_steps(volume, wanted_.concentration);
    const std::int64_t off = dose.ng - wanted.ng;
    if (wanted.ng == 0 || 1'000 * std::abs(off) <= wanted.ng) return;  // REQ-901
    char text[192];
    std::snprintf(text, sizeof(text), "%s is given in whole steps of 12.5 nanoliters: each gives %s, %.1f %% %s than the %s prescribed",
                  what, to_text(dose).c_str(), 100.0 * static_cast<double>(std::abs(off)) / static_cast<double>(wanted.ng),
                  off < 0 ? "less" : "more", to_text(wanted).c_str());
    add(Severity::kConfirm, about, text);
  }

  void periodic(const PeriodicBolus& wanted) {
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

  // The dose of each day of the week, the highest of them, and the highest of any hour on the minute grid.
  void weigh_schedule() {
    std::vector<std::int64_t> minute(static_cast<std::size_t>(kWeekMinutes));
    for (std::int64_t at = 0; at < kWeekMinutes; ++at) {
      std::int64_t begun = -1;
      for (const DosePiece& piece : wanted_.pieces) {
        const bool today = (piece.weekdays >> (at / 1440) & 1) != 0;
        if (!today || piece.start_min > at % 1440 || piece.start_min <= begun) continue;
        begun = piece.start_min;
        minute[static_cast<std::size_t>(at)] = piece.dose.ng_per_day;
      }
      if (begun < 0) return add(Severity::kRefuse, About::kBase, "the day schedule leaves a weekday without a dose from midnight on");
    }
    std::int64_t week = 0;
    std::int64_t most = 0;
    for (const std::int64_t dose : minute) week += dose, most = std::max(most, dose);
    mean_ = {(week + kWeekMinutes / 2) / kWeekMinutes};
    peak_hour_ = hour_of({most});
    counted_rate_ = rate_nl_per_day({most}, wanted_.concentration);
    // A window of 24 hours meets each minute of the day once, on one weekday or another.
    for (std::size_t m = 0; m < 1440; ++m) {
      std::int64_t fastest = 0;
      for (std::size_t day = 0; day < 7; ++day) fastest = std::max(fastest, minute[day * 1440 + m]);
      counted_day_nl_ += rate_nl_per_day({fastest}, wanted_.concentration);
    }
    counted_day_nl_ = (counted_day_nl_ + 1439) / 1440;
    for (std::size_t day = 0; day < 7; ++day) {
      std::int64_t sum = 0;
      for (std::size_t m = 0; m < 1440; ++m) sum += minute[day * 1440 + m];
      highest_day_ = std::max(highest_day_, sum / 1440);
    }
  }

  void path() {
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

  void patient_bolus() {
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
  std::int64_t counted_boluses(std::int64_t window_s) const {
    const PatientBolus& bolus = *wanted_.patient_bolus;
    const std::int64_t lockout = std::max(1U, bolus.lockout_s);
    const std::int64_t reach = window_s + bolus.duration_s;
    const std::int64_t earlier = reach < kDay_s ? 0 : (reach - kDay_s) / lockout + 1;
    return std::min(reach / lockout + 1, bolus.per_day + earlier);
  }

  // As the pump counts when it grants a bolus, which is never less than what a window holds: none that is allowed shall meet a ceiling.
  // From the rates and volumes of the program, for these are what the pump knows.
  void ceilings() {
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

  void concentration_limits() {
    if (wanted_.concentration < drug_.lowest_concentration || wanted_.concentration > drug_.highest_concentration) {
      add(Severity::kRefuse, About::kConcentration,
          std::string(drug_.name) + " is given at " + to_text(drug_.lowest_concentration) + " to " + to_text(drug_.highest_concentration) +
              ", not at " + to_text(wanted_.concentration));
    }
    if (!present_.holds(drug_) && drug_.first_fill_at_most.ng_per_ml != 0 && wanted_.concentration > drug_.first_fill_at_most) {
      add(Severity::kRefuse, About::kConcentration,
          "the first fill of " + std::string(drug_.name) + " is at most " + to_text(drug_.first_fill_at_most));
    }
  }

  DoseRate highest_day() const { return {std::max(mean_.ng_per_day, highest_day_) + bolus_day_.ng}; }

  void dose_limits() {
    const std::string name = drug_.name;
    const DoseRate day = highest_day();
    if (day > drug_.hard_limit) {
      add(Severity::kRefuse, About::kBase,
          "up to " + to_text(day) + " is more than the limit of " + name + ", " + to_text(drug_.hard_limit));
    } else if (day > drug_.soft_limit) {
      add(Severity::kConfirm, About::kBase,
          "up to " + to_text(day) + " is more than is usual for " + name + ", " + to_text(drug_.soft_limit));
    }
    if (present_.holds(drug_)) return;
    if (drug_.highest_start.ng_per_day != 0 && mean_ > drug_.highest_start) {
      add(Severity::kConfirm, About::kBase,
          to_text(mean_) + " is a high dose to begin " + name + " with; usual is at most " + to_text(drug_.highest_start));
    }
    if (!wanted_.minimum_rate && mean_ < drug_.lowest_start) {
      add(Severity::kConfirm, About::kBase,
          to_text(mean_) + " is a low dose to begin " + name + " with; usual is at least " + to_text(drug_.lowest_start) +
              ": was a microgram taken for a milligram?");
    }
  }

  // Of the program that stands in the pump, whatever its mode.
  DoseRate present_dose() const {
    return dose_of(std::llround(clients::mean_base_nl_per_day(present_.program)), {present_.program.concentration_ng_per_ml});
  }
  DoseRate present_fastest() const {
    std::int64_t most = std::llround(clients::mean_base_nl_per_day(present_.program));
    for (const auto& piece : present_.program.segments.view()) most = std::max<std::int64_t>(most, piece.rate_nl_per_day);
    if (present_.program.mode == BasalMode::kPeriodic) {
      most = std::llround(present_.program.basal_rate_nl_per_day + 24 * most_periodic_nl(present_.program, 3'600));
    }
    return dose_of(most, {present_.program.concentration_ng_per_ml});
  }
  Mass present_bolus() const {
    if (!present_.program.patient_bolus_enabled) return {};
    return dose_in_steps(present_.program.bolus_dose_nl, {present_.program.concentration_ng_per_ml});
  }

  Mass present_periodic() const { return dose_in_steps(present_.program.periodic_dose_nl, {present_.program.concentration_ng_per_ml}); }

  static bool by_a_fifth(std::int64_t before, std::int64_t now) { return 5 * (now > before ? now - before : before - now) > before; }
  static bool by_a_factor(std::int64_t before, std::int64_t now) {
    return before > 0 && now > 0 && (now >= 5 * before || 5 * now <= before);
  }

  // REQ-904: more than 20 % up or down, and any factor of 5, is confirmed twice. Less can mean withdrawal.
  void change() {
    if (!present_.holds(drug_) || present_.program.concentration_ng_per_ml == 0) return;
    const std::int64_t before = present_dose().ng_per_day;
    const std::int64_t now = mean_.ng_per_day;
    if (before == 0) return;
    const auto both = [](DoseRate was, DoseRate is) {
      return "from " + to_text(was) + " (" + per_hour_text(was) + ") to " + to_text(is) + " (" + per_hour_text(is) + ")";
    };
    const std::string less = now < before ? "; a lower dose can bring withdrawal" : "";
    const std::string slip = by_a_factor(before, now) ? "; a factor of 5 or more: was an hour taken for a day?" : "";
    const bool big = by_a_fifth(before, now);
    if (big) add(Severity::kConfirmTwice, About::kChange, "a big change: " + both({before}, mean_) + less + slip);
    change_of_boluses(before, big);
    const Mass timed_before = present_periodic();
    const Mass timed_now = timed_ ? timed_->dose : Mass{};
    if (by_a_factor(timed_before.ng, timed_now.ng)) {
      add(Severity::kConfirmTwice, About::kChange,
          "the periodic bolus changes from " + to_text(timed_before) + " to " + to_text(timed_now) +
              ", a factor of 5 or more: is the unit right?");
    }
    if (timed_before.ng != 0 && timed_now.ng == 0) add(Severity::kConfirm, About::kChange, "there are no periodic boluses any more");
    const DoseRate peak_before = present_fastest();
    const DoseRate peak_now{peak_hour_.ng * 24};
    if (!big && by_a_factor(peak_before.ng_per_day, peak_now.ng_per_day)) {
      add(Severity::kConfirmTwice, About::kChange, "a big change of the fastest hour: " + both(peak_before, peak_now));
    }
    raise(before, now);
  }

  void change_of_boluses(std::int64_t base_before, bool told) {
    const Mass before = present_bolus();
    const Mass now = asked_ ? asked_->dose : Mass{};
    if (by_a_factor(before.ng, now.ng)) {
      add(Severity::kConfirmTwice, About::kChange,
          "the patient's bolus changes from " + to_text(before) + " to " + to_text(now) + ", a factor of 5 or more: is the unit right?");
    }
    const std::int64_t day_before = base_before + before.ng * present_.program.bolus_max_per_24h;
    const std::int64_t day_now = mean_.ng_per_day + bolus_day_.ng;
    if (!told && by_a_fifth(day_before, day_now)) {
      add(Severity::kConfirmTwice, About::kChange,
          "a big change of the day with every patient bolus used: from " + to_text(DoseRate{day_before}) + " to " +
              to_text(DoseRate{day_now}) + (day_now < day_before ? "; a lower dose can bring withdrawal" : ""));
    }
    if (before.ng != 0 && now.ng == 0) add(Severity::kConfirm, About::kChange, "the patient's boluses are switched off");
  }

  void raise(std::int64_t before, std::int64_t now) {
    if (now <= before) return;
    const std::string name = drug_.name;
    if (drug_.largest_step.ng_per_day != 0 && now - before > drug_.largest_step.ng_per_day) {
      add(Severity::kConfirm, About::kChange, "a raise of more than " + to_text(drug_.largest_step) + ", the usual largest for " + name);
    }
    if (!present_.since_last_program_s && present_.log_reaches_s < drug_.shortest_interval_s) {
      add(Severity::kConfirm, About::kChange,
          "when the last program was written is not known, for the pump's log does not tell: ask for the record of it; raises of " + name +
              " are at least " + std::to_string(drug_.shortest_interval_s / 3600) + " hours apart");
    }
    if (present_.since_last_program_s && *present_.since_last_program_s < drug_.shortest_interval_s) {
      add(Severity::kConfirm, About::kChange,
          "the last program is " + std::to_string(*present_.since_last_program_s / 3600) + " hours old; raises of " + name +
              " are at least " + std::to_string(drug_.shortest_interval_s / 3600) + " hours apart");
    }
  }

  // Another drug is another drug, also at the same concentration: it is never bridged.
  bool other_drug() {
    if (present_.program.drug == drug_.number) return false;
    const bool stated = present_.program.drug != 0 || present_.tube_concentration_ng_per_ml != 0;
    if (!stated) {
      add(Severity::kConfirmTwice, About::kConcentration,
          "the pump was programmed without saying with which drug: make sure that pump and catheter hold this one");
    } else if (present_.running) {
      add(Severity::kRefuse, About::kConcentration,
          "another drug is never bridged: stop therapy, rinse pump and catheter, fill, then program and prime");
    } else {
      add(Severity::kConfirmTwice, About::kConcentration, "another drug than before: pump and catheter must have been rinsed");
    }
    return true;
  }

  // REQ-211: the old concentration in the path is given out at the rate that makes the new dose of it.
  void bridge() {
    if (!present_.programmed || other_drug()) return;
    const std::int64_t old = present_.tube_concentration_ng_per_ml;
    const bool bridging = present_.bridge_remaining_nl != 0;
    if (bridging && wanted_.concentration.ng_per_ml != present_.program.concentration_ng_per_ml) {
      add(Severity::kRefuse, About::kConcentration,
          "a bridge to " + to_text(Concentration{present_.program.concentration_ng_per_ml}) +
              " runs; another concentration can follow when it has ended");
      return;
    }
    if (old == 0 || old == wanted_.concentration.ng_per_ml) return;
    const std::uint32_t path = bridging ? present_.bridge_remaining_nl : wanted_.pump_tube_nl + wanted_.catheter_nl;
    if (wanted_.pump_tube_nl == 0 || wanted_.catheter_nl == 0) {
      add(Severity::kRefuse, About::kPath, "another concentration needs a bridge, and a bridge the volumes of pump tube and catheter");
      return;
    }
    const std::int64_t rate = rate_nl_per_day(mean_, {old});
    if (rate < kLeastRate || rate > kMostRate) {
      add(Severity::kRefuse, About::kPath, "the bridge would need a rate that the pump can not give: rinse the path instead");
      return;
    }
    out_.program.bridge_volume_nl = path;
    out_.program.bridge_rate_nl_per_day = static_cast<std::uint32_t>(rate);
    const double hours = 24.0 * path / static_cast<double>(rate);
    char text[160];
    std::snprintf(
        text, sizeof(text),
        "a bridge comes first: %.3f milliliters of the old concentration at %.3f milliliters per day, %.1f hours; no boluses meanwhile",
        path * 1e-6, static_cast<double>(rate) * 1e-6, hours);
    add(Severity::kConfirm, About::kChange, text);
    out_.figures.push_back({"bridge dose", to_text(mass_of(path, {old}))});
    const auto end = present_.local_time_s + static_cast<std::int64_t>(hours * 3600);
    if (const auto date = pump_date_text(end); !date.empty()) out_.figures.push_back({"bridge until about", date});
  }

  void figures() {
    std::vector<Figure> list;
    list.push_back({"drug", drug_.name});
    list.push_back({"concentration", to_text(wanted_.concentration)});
    const auto& program = out_.program;
    if (program.mode == BasalMode::kDaySchedule) {
      list.push_back({"rate", "by a day schedule of " + std::to_string(program.segments.count) +
                                  (program.segments.count == 1 ? " piece" : " pieces")});
    } else {
      list.push_back({"rate", ml_per_day_text(program.mode == BasalMode::kMinimumRate ? 6'000 : program.basal_rate_nl_per_day) +
                                  (wanted_.periodic ? " between boluses" : "")});
    }
    if (wanted_.periodic) {
      list.push_back({"periodic bolus", to_text(timed_->dose) + ", " + volume_text(program.periodic_dose_nl)});
      list.push_back({"each within", span_text(program.periodic_duration_s) + ", every " + span_text(program.periodic_interval_s)});
      list.push_back({"dose between boluses", to_text(wanted_.dose)});
    }
    list.push_back({"dose of 24 hours", to_text(mean_)});
    if (wanted_.periodic && highest_day_ != mean_.ng_per_day) list.push_back({"highest 24 hours", to_text(Mass{highest_day_})});
    list.push_back({"dose of an hour", per_hour_text(mean_)});
    list.push_back({"highest hour", to_text(Mass{peak_hour_.ng + bolus_hour_.ng})});
    if (wanted_.patient_bolus) {
      list.push_back({"patient bolus", to_text(asked_->dose) + ", " + volume_text(program.bolus_dose_nl)});
      list.push_back({"given within", span_text(program.bolus_duration_s) + ", then locked until " + span_text(program.bolus_lockout_s) +
                                          " after its start"});
      list.push_back({"boluses in 24 hours", "at most " + std::to_string(program.bolus_max_per_24h)});
      list.push_back({"highest day with boluses", to_text(highest_day())});
    }
    list.push_back({"pump tube and catheter", volume_text(program.pump_tube_nl) + " and " + volume_text(program.catheter_nl)});
    list.push_back({"low alarm at", volume_text(program.low_reservoir_threshold_nl)});
    const auto due = present_.reservoir_nl == 0 ? std::nullopt : next_refill(program, drug_, present_);
    if (due) list.push_back({"next refill", due->text(present_.local_time_s)});
    list.insert(list.end(), out_.figures.begin(), out_.figures.end());
    out_.figures = std::move(list);
    out_.day_dose = mean_;
  }

  const Prescription& wanted_;
  const Present& present_;
  const Drug& drug_;
  Review out_;
  std::optional<PeriodicBolus> timed_;  // as they are given, in whole steps
  std::optional<PatientBolus> asked_;
  DoseRate mean_;
  std::int64_t highest_day_ = 0;
  double fastest_ = 0;  // nL/day
  Mass peak_hour_;
  // Most of the base without periodic boluses, as the pump counts it for its ceilings: at its fastest, nL/day, and in 24 h, nL.
  std::int64_t counted_rate_ = 0;
  std::int64_t counted_day_nl_ = 0;
  Mass bolus_hour_;
  Mass bolus_day_;
};

}  // namespace

Result<Review> review(const Prescription& wanted, const Present& present) {
  TRY_ASSIGN(const Drug drug, find_drug(std::string_view(wanted.drug)));
  return Reviewer(wanted, present, drug).run();
}

}  // namespace pumprig::programmer
