#include "rig/programmer/giving.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "rig/programmer/ceilings.h"
#include "rig/programmer/periodic.h"
#include "rig/programmer/pump_limits.h"
#include "rig/programmer/say.h"
#include "rig/programmer/week.h"

namespace pumprig::programmer {
namespace {

constexpr double kPrimeRate_nl_per_day = 24e6;
constexpr std::size_t kCountedBoluses = 21;  // that the pump keeps in mind

void add(Review& review, Severity severity, std::string text) {
  review.findings.push_back({severity, About::kGiving, std::move(text)});
}

std::string in_pump(const Present& present) {
  const Drug* drug = find_drug(present.program.drug);
  if (!present.programmed || present.program.concentration_ng_per_ml == 0) return "not stated";
  return std::string(drug == nullptr ? "drug " + std::to_string(present.program.drug) : drug->name) + ", " +
         to_text(Concentration{present.program.concentration_ng_per_ml});
}

Mass dose_at_tip(std::uint32_t volume_nl, const Present& present) {
  return dose_in_steps(volume_nl, {present.tube_concentration_ng_per_ml});
}

// The base at its fastest, nL/day, beside which a bolus is given.
double fastest_base(const clients::Program& program) {
  using clients::protocol::BasalMode;
  double fastest = program.mode == BasalMode::kMinimumRate ? static_cast<double>(kMinimumRate) : program.basal_rate_nl_per_day;
  for (const auto& piece : program.segments.view()) fastest = std::max<double>(fastest, piece.rate_nl_per_day);
  if (program.mode == BasalMode::kPeriodic && program.periodic_duration_s != 0) {
    fastest += in_steps_nl(program.periodic_dose_nl) * kDay_s / program.periodic_duration_s;
  }
  return fastest;
}

constexpr std::uint32_t kTellingVolume_nl = 500'000;
constexpr std::uint32_t kDoubtful_nl = 1'000'000;  // less than it is what a reservoir is delivered with

void judge_found(const RefillEntry& entry, const Present& present, RefillReview& out) {
  out.review.figures.push_back({"found in it", volume_text(*entry.measured_nl)});
  if (present.never_filled) {
    out.review.figures.push_back({"difference", "not judged: by the pump's log nothing was ever filled in"});
    if (*entry.measured_nl > kDoubtful_nl) {
      add(out.review, Severity::kConfirm,
          volume_text(*entry.measured_nl) + " were drawn out of a pump that nothing was filled into, by its log: is it the right pump?");
    }
    return;
  }
  if (!present.filled_nl) {
    out.review.figures.push_back({"difference", "not known: the pump's log does not tell what was filled in last"});
    add(out.review, Severity::kConfirm,
        "what was found says nothing of how much the pump gave, for its log does not tell what was filled in last: "
        "ask for the record of it, and compare by hand");
    return;
  }
  out.residual = judge_residual(*present.filled_nl, present.reservoir_nl, *entry.measured_nl);
  const Residual& found = *out.residual;
  const std::int64_t excess_nl = std::int64_t{present.reservoir_nl} - *entry.measured_nl;
  std::string difference = volume_text(std::abs(excess_nl)) + (excess_nl < 0 ? " more than expected" : " less than expected");
  // Of next to nothing a percentage says nothing.
  if (found.error_percent && *present.filled_nl >= present.reservoir_nl + kTellingVolume_nl) {
    char error[48];
    std::snprintf(error, sizeof(error), ", %+.1f %% of what was programmed", *found.error_percent);
    difference += error;
  } else if (!found.error_percent) {
    difference += ", and nothing was programmed since the last fill";
  }
  out.review.figures.push_back({"difference", difference});
  const std::string or_else = found.error_percent ? "" : ", or the last fill was entered wrong";
  if (found.over_infusion) {
    add(out.review, Severity::kConfirm,
        "OVER-INFUSION: much less was in the pump than it believes; it gave more than was programmed" + or_else);
  }
  if (found.under_infusion) {
    add(out.review, Severity::kConfirm,
        "UNDER-INFUSION: much more was in the pump than it believes; it gave less than was programmed" + or_else);
  }
}

// What the pump would refuse, with what it would take.
void judge_bolus(std::uint32_t volume_nl, std::uint32_t duration_s, const clients::Program& program, Review& out) {
  const auto refuse = [&](std::string text) { add(out, Severity::kRefuse, std::move(text)); };
  if (volume_nl == 0 || duration_s == 0) return refuse("a single bolus needs its dose or volume, and its duration");
  if (volume_nl < kLeastBolus_nl || volume_nl > kMostBolus_nl) {
    return refuse("the bolus would be " + volume_text(volume_nl) + "; the pump gives 0.25 to 1000 microliters");
  }
  if (duration_s > kDay_s) return refuse("a bolus takes at most 24 hours, not " + span_text(duration_s));
  const double room = kMostSpeed - fastest_base(program);
  const double least_s = in_steps_nl(volume_nl) * kDay_s / std::max(1.0, room);
  if (duration_s >= least_s) return;
  const auto enough = static_cast<std::uint64_t>(std::ceil(least_s / 60)) * 60;
  refuse("the bolus beside the base would be faster than the pump's " + ml_per_day_text(kMostSpeed) + "; give it at least " +
         span_text(enough));
}

// What can not be given now, whatever the program allows.
void judge_moment(std::uint32_t volume_nl, const Present& present, Review& out) {
  const auto refuse = [&](std::string text) { add(out, Severity::kRefuse, std::move(text)); };
  switch (present.state) {
    case clients::TherapyState::kStopped:
    case clients::TherapyState::kHalted:
    case clients::TherapyState::kStallPause:
    case clients::TherapyState::kPriming:
    case clients::TherapyState::kBridging:
    case clients::TherapyState::kBolus:
      refuse("a bolus is given beside a base that runs, and therapy is " + state_text(present.state));
      break;
    default:
      break;
  }
  if (present.capacity_nl != 0 && present.reservoir_nl < volume_nl) {
    refuse("the reservoir holds " + volume_text(present.reservoir_nl) + ", less than the bolus");
  }
  if (present.boluses.size() >= kCountedBoluses) {
    refuse(std::to_string(present.boluses.size()) + " boluses reach into the last 24 hours, and the pump counts no more");
  }
  if (std::string over = over_ceiling(volume_nl, present); !over.empty()) refuse(std::move(over));
}

// The most that the base gives in 24 hours.
Mass most_of_base(const Week& week, const clients::Program& program) {
  const Concentration concentration{program.concentration_ng_per_ml};
  const double timed = most_periodic_nl(program, kDay_s);
  if (timed == 0) return week.highest_24h();
  return mass_of(std::llround(program.basal_rate_nl_per_day + timed), concentration);
}

// What 24 hours hold beside the base and the bolus that is asked for: boluses of the last 24 hours, and those that the patient may still
// have. Both are said.
Mass boluses_beside(const Present& present, Review& out) {
  const clients::Program& program = present.program;
  Mass sum;
  const auto counted = [](std::size_t count, Mass dose) {
    return std::to_string(count) + (count == 1 ? " bolus, " : " boluses, ") + to_text(dose);
  };
  const Mass of_patient = dose_at_tip(program.bolus_dose_nl, present);
  for (const GivenBolus& bolus : present.boluses) sum.ng += dose_at_tip(static_cast<std::uint32_t>(bolus.volume_nl), present).ng;
  sum.ng += of_patient.ng * present.untold_boluses;
  const std::size_t given = present.boluses.size() + present.untold_boluses;
  if (given != 0) out.figures.push_back({"given in the last 24 h", counted(given, sum)});
  if (present.untold_boluses != 0 || !present.history_unknown.empty()) {
    add(out, Severity::kConfirm,
        "the pump's log does not tell of all boluses of the last 24 hours, so more may have been given than is counted here: ask for the "
        "record of them");
  }
  if (!program.patient_bolus_enabled) return sum;
  const unsigned used = present.boluses_last_24h + 1;  // this one with them
  const unsigned left = program.bolus_max_per_24h > used ? program.bolus_max_per_24h - used : 0;
  const Mass possible{of_patient.ng * left};
  if (left != 0) out.figures.push_back({"patient may still ask for", counted(left, possible)});
  return {sum.ng + possible.ng};
}

// When the next refill is due after this one, or with the volume that was meant.
std::optional<RefillDate> date_after(const RefillEntry& entry, const Present& present, const Drug& drug, Review& review) {
  if (entry.correct) {
    Present corrected = present;
    corrected.reservoir_nl = entry.volume_nl;
    return next_refill(present.program, drug, corrected);
  }
  const auto by_log = next_fill_kind(drug, present);
  const auto kind = entry.fill ? entry.fill : by_log;
  if (drug.stable_days != 0 && entry.fill && entry.fill != by_log) {
    add(review, Severity::kConfirm,
        "the pump keeps no record of what kind of fill it was: its page will count " +
            (by_log ? "as after " + fill_text(*by_log) : std::string("nothing")) + ", so write the date below into the patient's papers");
  }
  if (!kind) return next_refill_of_some_fill(present.program, entry.volume_nl, drug, "whether this is the first fill");
  return next_refill(present.program, entry.volume_nl, drug, *kind);
}

}  // namespace

std::string wrong_capacity(std::uint32_t meant_nl, const Present& present) {
  if (meant_nl == present.capacity_nl) return {};
  return "a pump of " + volume_text(meant_nl) + " was meant, and this one holds " + volume_text(present.capacity_nl) +
         ": is it the right patient, and the right refill? Entered wrong, the pump would run dry before its alarm";
}

RefillReview review_refill(const RefillEntry& entry, const Present& present) {
  RefillReview out;
  Review& review = out.review;
  review.second_words = "refill";
  const std::uint32_t capacity = present.capacity_nl;
  review.figures.push_back({"this pump holds", volume_text(capacity)});
  review.figures.push_back({"expected in it", volume_text(present.reservoir_nl)});
  if (entry.measured_nl) judge_found(entry, present, out);
  review.figures.push_back({entry.correct ? "in it, corrected" : "in it after filling", volume_text(entry.volume_nl)});
  review.figures.push_back({"drug by the program", in_pump(present)});
  if (!present.history_unknown.empty()) add(review, Severity::kNote, history_text(present));
  if (entry.correct) {
    add(review, Severity::kConfirm,
        "a correction: nothing is filled in, and what was given since the last fill, and how long its drug keeps, go on counting from "
        "that");
    if (present.never_filled) add(review, Severity::kRefuse, "nothing was filled in that could be corrected: enter a refill");
    if (entry.measured_nl || entry.fill) {
      add(review, Severity::kRefuse, "what was drawn out, and what kind of fill it was, belong to a refill, not to a correction");
    }
  }
  if (entry.capacity_nl == 0) {
    add(review, Severity::kConfirm, "this pump holds " + volume_text(capacity) + ": does the patient's card say so too?");
  } else {
    if (std::string wrong = wrong_capacity(entry.capacity_nl, present); !wrong.empty()) add(review, Severity::kRefuse, std::move(wrong));
  }
  if (entry.volume_nl > capacity) {
    add(review, Severity::kRefuse,
        volume_text(entry.volume_nl) + " is more than the " + volume_text(capacity) + " that this pump holds; enter what was filled in");
  }
  if (entry.measured_nl && *entry.measured_nl > capacity) {
    add(review, Severity::kRefuse,
        volume_text(*entry.measured_nl) + " can not have been drawn out of a pump that holds " + volume_text(capacity));
  }
  const auto& program = present.program;
  if (present.programmed && entry.volume_nl <= program.low_reservoir_threshold_nl) {
    add(review, Severity::kConfirm, "that is not above the low alarm at " + volume_text(program.low_reservoir_threshold_nl));
  }
  const Drug* drug = find_drug(program.drug);
  if (!present.programmed || drug == nullptr) return out;
  out.next = date_after(entry, present, *drug, review);
  if (out.next) review.figures.push_back({"next refill", out.next->text(present.local_time_s, present.replace_by_s)});
  return out;
}

Review review_prime(std::uint32_t volume_nl, const Present& present) {
  Review out;
  out.second_words = "prime";
  const std::uint32_t path = present.program.pump_tube_nl + present.program.catheter_nl;
  out.figures.push_back({"volume", volume_text(volume_nl)});
  out.figures.push_back({"pump tube and catheter", volume_text(path)});
  out.figures.push_back({"rate", ml_per_day_text(static_cast<std::uint32_t>(kPrimeRate_nl_per_day))});
  out.figures.push_back({"takes", span_text(static_cast<std::uint64_t>(std::llround(volume_nl / kPrimeRate_nl_per_day * 86'400)))});
  out.figures.push_back({"drug by the program", in_pump(present)});
  if (!present.programmed) add(out, Severity::kRefuse, "there is no program, so the volume of the path is not known: prescribe first");
  if (present.programmed && volume_nl > path) {
    add(out, Severity::kRefuse, "pump tube and catheter hold " + volume_text(path) + ", and more than that is never primed");
  }
  if (volume_nl == 0) add(out, Severity::kRefuse, "no volume is given");
  if (present.programmed && !present.running) {
    add(out, Severity::kConfirm, "therapy is stopped, and starts with it: the base follows when the priming is done or ended");
  }
  const Mass dose = dose_at_tip(volume_nl, present);
  // What has gone out since the first power-on is more than the path, so drug stands at its end.
  const bool filled = static_cast<double>(present.steps_total) * kStep_nl >= path;
  if (present.programmed && filled) {
    add(out, Severity::kConfirmTwice,
        "the path has been filled before: unless it was rinsed or replaced, " + to_text(dose) +
            " go into the patient while it is primed, and little follows for a while");
  } else if (present.programmed) {
    add(out, Severity::kConfirm, "only a dry path is primed, after an implant or a replacement");
  }
  return out;
}

Review review_bolus(std::uint32_t volume_nl, std::uint32_t duration_s, const Present& present) {
  Review out;
  const Drug* drug = find_drug(present.program.drug);
  const Mass dose = dose_at_tip(volume_nl, present);
  if (dose.ng != 0) {
    out.second_mass = dose;
  } else {
    out.second_words = "bolus";
  }
  const Week week = Week::of(present.program);
  const DoseRate base = week.mean();
  const Mass others = boluses_beside(present, out);
  const DoseRate day{most_of_base(week, present.program).ng + others.ng + dose.ng};
  out.figures.insert(out.figures.begin(), {{"drug", in_pump(present)},
                                           {"bolus", to_text(dose) + ", " + volume_text(static_cast<std::int64_t>(in_steps_nl(volume_nl)))},
                                           {"given within", span_text(duration_s)},
                                           {"dose of 24 hours", to_text(base)}});
  out.figures.push_back({"with the bolus", to_text(day)});
  if (present.program.patient_bolus_enabled) out.figures.push_back({"ceilings", "at most " + ceilings_text(present.program)});
  if (!present.programmed) add(out, Severity::kRefuse, "there is no program beside which a bolus could be given: prescribe first");
  judge_bolus(volume_nl, duration_s, present.program, out);
  judge_moment(volume_nl, present, out);
  if (drug != nullptr && day > drug->hard_limit) {
    add(out, Severity::kRefuse, to_text(day) + " is more than the limit of " + drug->name + ", " + to_text(drug->hard_limit));
  } else if (drug != nullptr && day > drug->soft_limit) {
    add(out, Severity::kConfirm, to_text(day) + " is more than is usual for " + drug->name + ", " + to_text(drug->soft_limit));
  }
  if (present.programmed && 5 * dose.ng > base.ng_per_day) {
    add(out, Severity::kConfirmTwice, "a bolus of more than a fifth of the day's dose");
  }
  return out;
}

}  // namespace pumprig::programmer
