#include "rig/programmer/prescription.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "rig/base/weekly.h"
#include "rig/programmer/ceilings.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/reviewer.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {

using clients::protocol::BasalMode;

namespace {

// Weekdays of the same dose together.
std::vector<std::pair<std::uint8_t, Mass>> alike_days(const Week& week) {
  std::vector<std::pair<std::uint8_t, Mass>> out;
  for (unsigned weekday = 0; weekday < 7; ++weekday) {
    const Mass dose = week.day(weekday);
    auto same = std::find_if(out.begin(), out.end(), [&](const auto& days) { return days.second == dose; });
    if (same == out.end()) same = out.insert(out.end(), {0, dose});
    same->first = static_cast<std::uint8_t>(same->first | 1U << weekday);
  }
  return out;
}

// "20000 a day, one per 4.32 s": by which a rate is seen on the pump itself.
std::string steps_text(std::int64_t nl_per_day) {
  char text[64];
  const double steps = static_cast<double>(nl_per_day) / kStep_nl;
  std::snprintf(text, sizeof(text), "%.10g a day, one per %.5g s", steps, steps > 0 ? kDay_s / steps : 0.0);
  return text;
}

// Of 24 hours without much time before the low alarm: whoever prescribes is the one who can still fill.
constexpr double kSoon_days = 7;

}  // namespace

void Reviewer::soon(const std::optional<RefillDate>& due) {
  if (!due) return;
  if (due->days < 0 || (due->days == 0 && !due->by_stability)) {
    add(Severity::kConfirm, About::kGiving,
        "the reservoir must be filled now: it is at its low alarm, or the drug in it has kept its time");
  } else if (due->days < kSoon_days) {
    add(Severity::kConfirm, About::kGiving, "the next refill is due in " + days_text(due->days) + " already");
  }
}

Review Reviewer::run() {
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

// Another drug is another drug, also at the same concentration: it is never bridged.
bool Reviewer::other_drug() {
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
void Reviewer::bridge() {
  if (!present_.programmed || other_drug()) return;
  const std::int64_t old = present_.tube_concentration_ng_per_ml;
  const bool bridging = present_.bridge_remaining_nl != 0;
  if (bridging && wanted_.concentration.ng_per_ml != present_.program.concentration_ng_per_ml) {
    add(Severity::kRefuse, About::kConcentration,
        "a bridge to " + to_text(Concentration{present_.program.concentration_ng_per_ml}) +
            (present_.running ? " runs; another concentration can follow when it has ended"
                              : " was stopped in the middle: start therapy, and another concentration can follow when it has ended"));
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

std::string Reviewer::highest_volume() const {
  const Mass base{highest_day().ng_per_day - bolus_day_.ng};
  const auto boluses_nl = static_cast<std::int64_t>(in_steps_nl(out_.program.bolus_dose_nl)) * out_.program.bolus_max_per_24h;
  return volume_text(volume_nl(base, wanted_.concentration) + boluses_nl);
}

void Reviewer::figures() {
  std::vector<Figure> list;
  list.push_back({"drug", drug_.name});
  list.push_back({"concentration", to_text(wanted_.concentration)});
  const auto& program = out_.program;
  if (program.mode == BasalMode::kDaySchedule) {
    list.push_back(
        {"rate", "by a day schedule of " + std::to_string(program.segments.count) + (program.segments.count == 1 ? " piece" : " pieces")});
    for (const DosePiece& piece : wanted_.pieces) {
      const std::int64_t rate = std::clamp<std::int64_t>(rate_nl_per_day(piece.dose, wanted_.concentration), 0, 0xFFFFFFFF);
      list.push_back({"from " + weekdays_text(piece.weekdays) + " " + time_of_day_text(piece.start_min),
                      to_text(piece.dose) + ", " + ml_per_day_text(static_cast<std::uint32_t>(rate))});
    }
  } else {
    list.push_back({"rate", ml_per_day_text(program.mode == BasalMode::kMinimumRate ? static_cast<std::uint32_t>(kMinimumRate)
                                                                                    : program.basal_rate_nl_per_day) +
                                (wanted_.periodic ? " between boluses" : "")});
    list.push_back({"steps", steps_text(program.mode == BasalMode::kMinimumRate ? kMinimumRate : program.basal_rate_nl_per_day)});
  }
  if (wanted_.periodic) {
    list.push_back({"periodic bolus", to_text(timed_->dose) + ", " + volume_text(program.periodic_dose_nl)});
    list.push_back({"each within", span_text(program.periodic_duration_s) + ", every " + span_text(program.periodic_interval_s)});
    list.push_back({"dose between boluses", to_text(wanted_.dose)});
  }
  if (week_ && !week_->same_every_day()) {
    for (const auto& [days, dose] : alike_days(*week_)) list.push_back({"dose of " + weekdays_text(days), to_text(dose)});
    list.push_back({"mean dose of 24 hours", to_text(mean_)});
  } else {
    list.push_back({"dose of 24 hours", to_text(mean_)});
  }
  if (highest_day_ > mean_.ng_per_day) {
    const Mass most{highest_day_};
    list.push_back({"highest 24 hours", to_text(most) + ", " + volume_text(volume_nl(most, wanted_.concentration))});
  }
  list.push_back({"dose of an hour", per_hour_text(mean_)});
  list.push_back({"highest hour", to_text(Mass{peak_hour_.ng + bolus_hour_.ng})});
  if (wanted_.patient_bolus) {
    list.push_back({"patient bolus", to_text(asked_->dose) + ", " + volume_text(program.bolus_dose_nl)});
    list.push_back({"given within", span_text(program.bolus_duration_s) + ", then locked until " + span_text(program.bolus_lockout_s) +
                                        " after its start"});
    list.push_back({"boluses in 24 hours", "at most " + std::to_string(program.bolus_max_per_24h)});
    list.push_back({"highest day with boluses", to_text(highest_day()) + ", " + highest_volume()});
    list.push_back({"ceilings", "at most " + ceilings_text(program)});
  }
  list.push_back({"pump tube and catheter", volume_text(program.pump_tube_nl) + " and " + volume_text(program.catheter_nl)});
  list.push_back({"low alarm at", volume_text(program.low_reservoir_threshold_nl)});
  list.push_back({"closed catheter", "alarms " + occlusion_text(program)});
  const auto due = present_.reservoir_nl == 0 ? std::nullopt : next_refill(program, drug_, present_);
  soon(due);
  if (due) list.push_back({"next refill", due->text(present_.local_time_s, present_.replace_by_s)});
  list.insert(list.end(), out_.figures.begin(), out_.figures.end());
  out_.figures = std::move(list);
  out_.day_dose = mean_;
  out_.most = Highest{{peak_hour_.ng + bolus_hour_.ng}, highest_day()};
}

Result<Review> review(const Prescription& wanted, const Present& present) {
  TRY_ASSIGN(const Drug drug, find_drug(std::string_view(wanted.drug)));
  return Reviewer(wanted, present, drug).run();
}

}  // namespace pumprig::programmer
