#include "rig/programmer/prescription.h"

#include <algorithm>

namespace pumprig::programmer {
namespace {

constexpr std::int64_t kLeastRate = 48'000;  // nL/day, REQ-101
constexpr std::int64_t kMostRate = 24'000'000;
constexpr std::int64_t kWeekMinutes = 7 * 1440;

using clients::protocol::BasalMode;

class Reviewer {
 public:
  Reviewer(const Prescription& wanted, const Present& present, const Drug& drug) : wanted_(wanted), present_(present), drug_(drug) {}

  Review run() {
    if (wanted_.concentration.ng_per_ml <= 0) {
      add(Severity::kRefuse, "no concentration is given; write it as it stands on the vial that was filled in");
      return std::move(out_);
    }
    base();
    path();
    patient_bolus();
    concentration_limits();
    dose_limits();
    change();
    bridge();
    figures();
    return std::move(out_);
  }

 private:
  void add(Severity severity, std::string text) { out_.findings.push_back({severity, std::move(text)}); }

  // The rate of a dose, refused with advice where the pump can not give it (REQ-902).
  std::uint32_t rate_of(DoseRate dose) {
    const std::int64_t rate = rate_nl_per_day(dose, wanted_.concentration);
    if (rate < kLeastRate) {
      const Concentration most{dose.ng_per_day * 1'000'000 / kLeastRate};
      add(Severity::kRefuse, to_text(dose) + " at " + to_text(wanted_.concentration) + " would be " +
                                 ml_per_day_text(static_cast<std::uint32_t>(std::max<std::int64_t>(rate, 0))) +
                                 ", less than the pump's 0.048; use a concentration of at most " + to_text(most));
    } else if (rate > kMostRate) {
      const Concentration least{(dose.ng_per_day * 1'000'000 + kMostRate - 1) / kMostRate};
      add(Severity::kRefuse, to_text(dose) + " at " + to_text(wanted_.concentration) +
                                 " would be more than the pump's 24 milliliters per day; use a concentration of at least " +
                                 to_text(least));
    }
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(rate, 0, 0xFFFFFFFF));
  }

  void base() {
    auto& program = out_.program;
    program.drug = drug_.number;
    program.concentration_ng_per_ml = static_cast<std::uint32_t>(wanted_.concentration.ng_per_ml);
    program.low_reservoir_threshold_nl = wanted_.low_reservoir_nl;
    if (wanted_.minimum_rate) {
      program.mode = BasalMode::kMinimumRate;
      mean_ = dose_of(6'000, wanted_.concentration);
      peak_hour_ = {mean_.ng_per_day / 24};
      return;
    }
    if (wanted_.pieces.empty()) {
      program.basal_rate_nl_per_day = rate_of(wanted_.dose);
      mean_ = wanted_.dose;
      peak_hour_ = {wanted_.dose.ng_per_day / 24};
      return;
    }
    program.mode = BasalMode::kDaySchedule;
    if (wanted_.pieces.size() > clients::protocol::kMaxSegments) {
      add(Severity::kRefuse, "a day schedule holds at most " + std::to_string(clients::protocol::kMaxSegments) + " pieces");
      return;
    }
    for (const DosePiece& piece : wanted_.pieces) program.segments.push({piece.weekdays, piece.start_min, rate_of(piece.dose)});
    weigh_schedule();
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
      if (begun < 0) return add(Severity::kRefuse, "the day schedule leaves a weekday without a dose from midnight on");
    }
    std::int64_t week = 0;
    std::int64_t most = 0;
    for (const std::int64_t dose : minute) week += dose, most = std::max(most, dose);
    mean_ = {week / kWeekMinutes};
    peak_hour_ = {most / 24};
    for (std::size_t day = 0; day < 7; ++day) {
      std::int64_t sum = 0;
      for (std::size_t m = 0; m < 1440; ++m) sum += minute[day * 1440 + m];
      highest_day_ = std::max(highest_day_, sum / 1440);
    }
  }

  void path() {
    out_.program.pump_tube_nl = wanted_.pump_tube_nl;
    out_.program.catheter_nl = wanted_.catheter_nl;
  }

  void patient_bolus() {
    if (!wanted_.patient_bolus) return;
    const PatientBolus& bolus = *wanted_.patient_bolus;
    auto& program = out_.program;
    if (!drug_.patient_boluses) add(Severity::kRefuse, std::string(drug_.name) + " is not given as a patient's bolus");
    if (bolus.lockout_s < bolus.duration_s)
      add(Severity::kRefuse, "the lockout is shorter than the bolus itself; make it at least as long");
    if (bolus.per_day == 0 || bolus.duration_s == 0)
      add(Severity::kRefuse, "a patient's bolus needs its dose, duration, lockout and number in 24 hours");
    program.patient_bolus_enabled = true;
    program.bolus_dose_nl = static_cast<std::uint32_t>(volume_nl(bolus.dose, wanted_.concentration));
    program.bolus_duration_s = bolus.duration_s;
    program.bolus_lockout_s = bolus.lockout_s;
    program.bolus_max_per_24h = bolus.per_day;
    const std::uint32_t an_hour = std::min<std::uint32_t>(bolus.per_day, 1 + 3600 / std::max(1U, bolus.lockout_s));
    bolus_hour_ = {bolus.dose.ng * an_hour};
    bolus_day_ = {bolus.dose.ng * bolus.per_day};
    const std::int64_t hour = volume_nl({peak_hour_.ng + bolus_hour_.ng}, wanted_.concentration) + 2;
    const std::int64_t day = volume_nl({std::max(mean_.ng_per_day, highest_day_) + bolus_day_.ng}, wanted_.concentration) + 2;
    program.ceiling_1h_nl = static_cast<std::uint32_t>(std::min<std::int64_t>(hour, 27'000'000));
    program.ceiling_24h_nl = static_cast<std::uint32_t>(std::min<std::int64_t>(day, 27'000'000));
  }

  void concentration_limits() {
    if (wanted_.concentration < drug_.lowest_concentration || wanted_.concentration > drug_.highest_concentration) {
      add(Severity::kRefuse, std::string(drug_.name) + " is given at " + to_text(drug_.lowest_concentration) + " to " +
                                 to_text(drug_.highest_concentration) + ", not at " + to_text(wanted_.concentration));
    }
    const bool first_fill = !present_.programmed || present_.program.drug != drug_.number;
    if (first_fill && drug_.first_fill_at_most.ng_per_ml != 0 && wanted_.concentration > drug_.first_fill_at_most) {
      add(Severity::kRefuse, "the first fill of " + std::string(drug_.name) + " is at most " + to_text(drug_.first_fill_at_most));
    }
  }

  void dose_limits() {
    const DoseRate day{std::max(mean_.ng_per_day, highest_day_) + bolus_day_.ng};
    if (day > drug_.hard_limit) {
      add(Severity::kRefuse,
          "up to " + to_text(day) + " is more than the limit of " + std::string(drug_.name) + ", " + to_text(drug_.hard_limit));
    } else if (day > drug_.soft_limit) {
      add(Severity::kConfirm,
          "up to " + to_text(day) + " is more than is usual for " + std::string(drug_.name) + ", " + to_text(drug_.soft_limit));
    }
    const bool start = !present_.programmed || present_.program.drug != drug_.number;
    if (start && drug_.highest_start.ng_per_day != 0 && mean_ > drug_.highest_start) {
      add(Severity::kConfirm, to_text(mean_) + " is a high dose to begin " + std::string(drug_.name) + " with; usual is at most " +
                                  to_text(drug_.highest_start));
    }
  }

  DoseRate present_dose() const {
    const auto& program = present_.program;
    if (program.mode != BasalMode::kContinuous || program.concentration_ng_per_ml == 0) return {};
    return dose_of(program.basal_rate_nl_per_day, {program.concentration_ng_per_ml});
  }

  // REQ-904: more than 20 % up or down, and any factor of 5, is confirmed twice. Less can mean withdrawal.
  void change() {
    const DoseRate before = present_dose();
    if (!present_.programmed || present_.program.drug != drug_.number || before.ng_per_day == 0) return;
    const std::int64_t now = mean_.ng_per_day;
    const std::int64_t off = now > before.ng_per_day ? now - before.ng_per_day : before.ng_per_day - now;
    const std::string both =
        "from " + to_text(before) + " (" + per_hour_text(before) + ") to " + to_text(mean_) + " (" + per_hour_text(mean_) + ")";
    if (5 * off > before.ng_per_day) {
      const bool less = now < before.ng_per_day;
      const bool factor = now >= 5 * before.ng_per_day || 5 * now <= before.ng_per_day;
      add(Severity::kConfirmTwice, std::string("a big change: ") + both + (less ? "; a lower dose can bring withdrawal" : "") +
                                       (factor ? "; a factor of 5 or more: was an hour taken for a day?" : ""));
    }
    if (drug_.largest_step.ng_per_day != 0 && now > before.ng_per_day && off > drug_.largest_step.ng_per_day) {
      add(Severity::kConfirm, "a raise of more than " + to_text(drug_.largest_step) + ", the usual largest for " + std::string(drug_.name));
    }
    const bool soon = present_.since_last_program_s && *present_.since_last_program_s < drug_.shortest_interval_s;
    if (soon && now > before.ng_per_day) {
      add(Severity::kConfirm, "the last program is " + std::to_string(*present_.since_last_program_s / 3600) + " hours old; raises of " +
                                  std::string(drug_.name) + " are at least " + std::to_string(drug_.shortest_interval_s / 3600) +
                                  " hours apart");
    }
  }

  // REQ-211: the old concentration in the path is given out at the rate that makes the new dose of it.
  void bridge() {
    const std::int64_t old = present_.tube_concentration_ng_per_ml;
    if (!present_.programmed || old == 0 || old == wanted_.concentration.ng_per_ml) return;
    if (present_.program.drug != drug_.number) {
      if (present_.running) {
        add(Severity::kRefuse, "another drug is never bridged: stop therapy, rinse pump and catheter, fill, then program and prime");
      } else {
        add(Severity::kConfirmTwice, "another drug than before: pump and catheter must have been rinsed");
      }
      return;
    }
    const std::uint32_t path =
        present_.bridge_remaining_nl != 0 ? present_.bridge_remaining_nl : wanted_.pump_tube_nl + wanted_.catheter_nl;
    if (wanted_.pump_tube_nl == 0 || wanted_.catheter_nl == 0) {
      add(Severity::kRefuse, "another concentration needs a bridge, and a bridge the volumes of pump tube and catheter");
      return;
    }
    const std::int64_t rate = rate_nl_per_day(mean_, {old});
    if (rate < kLeastRate || rate > kMostRate) {
      add(Severity::kRefuse, "the bridge would need a rate that the pump can not give: rinse the path instead");
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
    add(Severity::kConfirm, text);
    out_.figures.push_back({"bridge dose", to_text(mass_of(path, {old}))});
  }

  void figures() {
    std::vector<Figure> list;
    list.push_back({"drug", drug_.name});
    list.push_back({"concentration", to_text(wanted_.concentration)});
    const auto& program = out_.program;
    if (program.mode == BasalMode::kDaySchedule) {
      list.push_back({"rate", "by a day schedule of " + std::to_string(program.segments.count) + " pieces"});
    } else {
      list.push_back({"rate", ml_per_day_text(program.mode == BasalMode::kMinimumRate ? 6'000 : program.basal_rate_nl_per_day)});
    }
    list.push_back({"dose of 24 hours", to_text(mean_)});
    list.push_back({"dose of an hour", per_hour_text(mean_)});
    list.push_back({"highest hour", to_text(Mass{peak_hour_.ng + bolus_hour_.ng})});
    if (wanted_.patient_bolus) {
      list.push_back({"patient bolus", to_text(wanted_.patient_bolus->dose) + ", " + volume_text(program.bolus_dose_nl)});
      list.push_back({"highest day with boluses", to_text(DoseRate{std::max(mean_.ng_per_day, highest_day_) + bolus_day_.ng})});
    }
    list.insert(list.end(), out_.figures.begin(), out_.figures.end());
    out_.figures = std::move(list);
  }

  const Prescription& wanted_;
  const Present& present_;
  const Drug& drug_;
  Review out_;
  DoseRate mean_;
  std::int64_t highest_day_ = 0;
  Mass peak_hour_;
  Mass bolus_hour_;
  Mass bolus_day_;
};

}  // namespace

bool Review::refused() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kRefuse; });
}

int Review::confirmations() const {
  int most = 0;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::kConfirm) most = std::max(most, 1);
    if (finding.severity == Severity::kConfirmTwice) most = 2;
  }
  return most;
}

Result<Review> review(const Prescription& wanted, const Present& present) {
  TRY_ASSIGN(const Drug drug, find_drug(std::string_view(wanted.drug)));
  return Reviewer(wanted, present, drug).run();
}

}  // namespace pumprig::programmer
