// What the drug library and the program that stands in the pump say of a prescription.
#include <cmath>
#include <cstdio>

#include "rig/base/weekly.h"
#include "rig/clients/program_facts.h"
#include "rig/programmer/reviewer.h"

namespace pumprig::programmer {

using clients::protocol::BasalMode;

namespace {

bool by_a_fifth(std::int64_t before, std::int64_t now) {
  return 5 * (now > before ? now - before : before - now) > before;
}

bool by_a_factor(std::int64_t before, std::int64_t now) {
  return before > 0 && now > 0 && (now >= 5 * before || 5 * now <= before);
}

std::string times_text(std::int64_t before, std::int64_t now) {
  char text[48];
  const bool more = now > before;
  std::snprintf(text, sizeof(text), "%.4g times as %s", static_cast<double>(more ? now : before) / static_cast<double>(more ? before : now),
                more ? "much" : "little");
  return text;
}

}  // namespace

void Reviewer::concentration_limits() {
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

DoseRate Reviewer::highest_day() const {
  return {std::max(mean_.ng_per_day, highest_day_) + bolus_day_.ng};
}

void Reviewer::dose_limits() {
  const std::string name = drug_.name;
  const DoseRate day = highest_day();
  if (day > drug_.hard_limit) {
    add(Severity::kRefuse, About::kBase, "up to " + to_text(day) + " is more than the limit of " + name + ", " + to_text(drug_.hard_limit));
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
DoseRate Reviewer::present_dose() const {
  return dose_of(std::llround(clients::mean_base_nl_per_day(present_.program)), {present_.program.concentration_ng_per_ml});
}

DoseRate Reviewer::present_fastest() const {
  std::int64_t most = std::llround(clients::mean_base_nl_per_day(present_.program));
  for (const auto& piece : present_.program.segments.view()) most = std::max<std::int64_t>(most, piece.rate_nl_per_day);
  if (present_.program.mode == BasalMode::kPeriodic) {
    most = std::llround(present_.program.basal_rate_nl_per_day + 24 * most_periodic_nl(present_.program, 3'600));
  }
  return dose_of(most, {present_.program.concentration_ng_per_ml});
}

Mass Reviewer::present_bolus() const {
  if (!present_.program.patient_bolus_enabled) return {};
  return dose_in_steps(present_.program.bolus_dose_nl, {present_.program.concentration_ng_per_ml});
}

Mass Reviewer::present_periodic() const {
  return dose_in_steps(present_.program.periodic_dose_nl, {present_.program.concentration_ng_per_ml});
}

// REQ-904: more than 20 % up or down, and any factor of 5, is confirmed twice. Less can mean withdrawal.
void Reviewer::change() {
  if (!present_.holds(drug_) || present_.program.concentration_ng_per_ml == 0) return;
  const std::int64_t before = present_dose().ng_per_day;
  const std::int64_t now = mean_.ng_per_day;
  if (before == 0) return;
  const auto both = [](DoseRate was, DoseRate is) {
    return "from " + to_text(was) + " (" + per_hour_text(was) + ") to " + to_text(is) + " (" + per_hour_text(is) + ")";
  };
  const std::string less = now < before ? "; a lower dose can bring withdrawal" : "";
  const std::string slip =
      by_a_factor(before, now) ? "; " + times_text(before, now) + ", a factor of 5 or more: was an hour taken for a day?" : "";
  const bool big = by_a_fifth(before, now);
  if (big) add(Severity::kConfirmTwice, About::kChange, "a big change: " + both({before}, mean_) + less + slip);
  if (!big) change_of_days();
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

// A weekday may change where the mean of the week does not.
void Reviewer::change_of_days() {
  if (!week_ && present_.program.mode != BasalMode::kDaySchedule) return;
  const Week before = Week::of(present_.program);
  const Week now = week_.value_or(Week(mean_));
  std::string told;
  bool less = false;
  std::uint8_t named = 0;
  double furthest = 0;
  for (unsigned weekday = 0; weekday < 7; ++weekday) {
    const Mass was = before.day(weekday);
    const Mass is = now.day(weekday);
    if ((named >> weekday & 1) != 0 || !by_a_fifth(was.ng, is.ng)) continue;
    std::uint8_t alike = 0;
    for (unsigned other = weekday; other < 7; ++other) {
      if (before.day(other) == was && now.day(other) == is) alike = static_cast<std::uint8_t>(alike | 1U << other);
    }
    named |= alike;
    less = less || is < was;
    told += (told.empty() ? "" : "; ") + weekdays_text(alike) + " from " + to_text(was) + " to " + to_text(is);
    const double far = std::abs(std::log(std::max(1.0, static_cast<double>(is.ng)) / std::max(1.0, static_cast<double>(was.ng))));
    if (far <= furthest) continue;
    furthest = far;
    out_.second_of = weekdays_text(alike);
    out_.second_dose = DoseRate{is.ng};
  }
  if (told.empty()) return;
  add(Severity::kConfirmTwice, About::kChange,
      "a big change of single days: " + told + (less ? "; a lower dose can bring withdrawal" : ""));
}

void Reviewer::change_of_boluses(std::int64_t base_before, bool told) {
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

void Reviewer::raise(std::int64_t before, std::int64_t now) {
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

}  // namespace pumprig::programmer
