// What the review passes the pump takes, and what the review says that the pump can not give it refuses: random prescriptions against the
// rules of the firmware itself, which are written apart from the programmer's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "firmware/pump/base/units.h"
#include "firmware/pump/bolus/bolus_gate.h"
#include "firmware/pump/therapy/day_schedule.h"
#include "firmware/pump/therapy/program.h"
#include "rig/base/rng.h"
#include "rig/programmer/giving.h"
#include "rig/programmer/prescription.h"
#include "rig/programmer/review_testing.h"

namespace pumprig::programmer {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : rng_(seed) {}
  double evenly(double low, double high) { return low + (high - low) * rng_.uniform(); }
  // As often from 1 to 2 as from 1000 to 2000: limits lie at both ends.
  std::int64_t wide(double low, double high) { return std::llround(std::exp(evenly(std::log(low), std::log(high)))); }

  Prescription prescription(const Drug& drug = *find_drug("morphine sulfate")) {
    Prescription out;
    out.drug = drug.name;
    out.concentration = {
        wide(static_cast<double>(drug.lowest_concentration.ng_per_ml), static_cast<double>(drug.highest_concentration.ng_per_ml))};
    out.dose = dose_of(wide(40e3, 25e6), out.concentration);
    out.pump_tube_nl = 199'000;
    out.catheter_nl = 176'000;
    if (evenly(0, 1) < 0.8) {
      PeriodicBolus periodic;
      periodic.volume_nl = static_cast<std::uint32_t>(wide(200, 1.1e6));
      periodic.dose = mass_of(periodic.volume_nl, out.concentration);
      periodic.duration_s = static_cast<std::uint32_t>(wide(1, 1e5));
      periodic.interval_s = static_cast<std::uint32_t>(wide(500, 7e5));
      out.periodic = periodic;
    }
    if (evenly(0, 1) < 0.5) {
      const Mass dose = mass_of(wide(200, 1.1e6), out.concentration);
      out.patient_bolus = PatientBolus{dose, static_cast<std::uint32_t>(wide(1, 9e4)), static_cast<std::uint32_t>(wide(50, 9e4)),
                                       static_cast<std::uint8_t>(wide(1, 22))};
    }
    return out;
  }

 private:
  Rng rng_;
};

// The library's limits are the programmer's own.
bool refused_for_the_pump(const Review& review) {
  for (const Finding& finding : review.findings) {
    if (finding.severity == Severity::kRefuse && finding.text.find("the limit of") == std::string::npos) return true;
  }
  return false;
}

TEST(Agreement, OfTheReviewAndThePumpOnWhatCanBeGiven) {
  Draw draw(1);
  int taken = 0;
  int declined = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Prescription wanted = draw.prescription();
    const auto reviewed = review(wanted, {});
    ASSERT_TRUE(reviewed);
    const auto verdict = pumpfw::check(reviewed->program);
    const bool takes = verdict.status == pumpfw::StatusCode::kOk;
    ASSERT_EQ(takes, !refused_for_the_pump(*reviewed)) << static_cast<int>(verdict.status) << " at " << verdict.value << "\n"
                                                       << reviewed->text();
    ++(takes ? taken : declined);
  }
  EXPECT_GT(taken, 1'000);
  EXPECT_GT(declined, 1'000);
}

bool refused(const Review& review) {
  return review.refused() && refused_for_the_pump(review);
}

TEST(Agreement, ASingleBolusIsRefusedWhereThePumpWouldAndTheAdviceHelps) {
  Draw draw(4);
  int taken = 0;
  int too_fast = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto reviewed = review(draw.prescription(), {});
    if (pumpfw::check(reviewed->program).status != pumpfw::StatusCode::kOk) continue;
    Present present;
    present.program = reviewed->program;
    present.programmed = present.running = true;
    const auto volume = static_cast<std::uint32_t>(draw.wide(250, 1e6));
    const auto duration = static_cast<std::uint32_t>(draw.wide(1, 86'400));
    const auto base = pumpfw::fastest_base(present.program);
    const bool slow = pumpfw::bolus_fits(pumpfw::steps_from_nl(volume), duration, base);
    const auto ceilings = pumpfw::BolusGate(pumpfw::Mutation{}).judge_ceilings(0, volume, present.program, {});
    const bool fits = slow && (!present.program.patient_bolus_enabled || ceilings == pumpfw::StatusCode::kOk);
    const Review single = review_bolus(volume, duration, present);
    ASSERT_EQ(fits, !refused(single)) << single.text();
    if (fits) ++taken;
    if (slow) continue;
    ++too_fast;
    const std::string text = single.findings.front().text;
    const auto advice = text.substr(text.find("at least ") + 9);
    std::uint32_t seconds = 0;
    std::istringstream words(advice);
    std::string unit;
    for (unsigned count = 0; words >> count >> unit;) seconds += count * (unit.starts_with("day") ? 86'400 : unit == "h" ? 3'600 : 60);
    EXPECT_TRUE(seconds > 86'400 || !says(review_bolus(volume, seconds, present), Severity::kRefuse, "would be faster")) << text;
  }
  EXPECT_GT(taken, 1'000);
  EXPECT_GT(too_fast, 100);
}

// What the pump's own gate says of patients who ask as soon as they may, or some time later. A grant is written down before the first step,
// so that a bolus ends a little after its duration.
class Patient {
 public:
  Patient(const pumpfw::Program& program, Draw& draw) : program_(program), draw_(draw) {
    context_.programmed = context_.delivering = true;
    context_.reservoir_steps = 40'000'000;
  }
  pumpfw::StatusCode ask() {
    if (!history_.empty()) at_ = next();
    const auto answer = gate_.decide({++nonce_, at_}, program_, history_, context_).answer;
    history_.add(
        {at_, at_ + program_.bolus_duration_s * pumpfw::kSecond + pumpfw::kSecond / 10, pumpfw::steps_from_nl(program_.bolus_dose_nl)});
    return answer;
  }

 private:
  pumpfw::PumpTime next() {
    const auto& last = history_.newest();
    auto at = std::max(last.end, last.start + program_.bolus_lockout_s * pumpfw::kSecond);
    if (draw_.evenly(0, 1) < 0.2) at += static_cast<pumpfw::Tick>(draw_.evenly(0, 3'600)) * pumpfw::kSecond;
    const auto most = program_.bolus_max_per_24h;
    if (history_.count_in_day(at) >= most) at = history_.at(static_cast<std::uint8_t>(most - 1)).start + pumpfw::kDay;
    return at;
  }

  const pumpfw::Program& program_;
  Draw& draw_;
  pumpfw::BolusGate gate_{pumpfw::Mutation{}};
  pumpfw::BolusHistory history_;
  pumpfw::BolusContext context_;
  pumpfw::PumpTime at_ = 10 * pumpfw::kDay;
  std::uint32_t nonce_ = 0;
};

// False: the review says itself that a ceiling can come before lockout and number.
bool grants_all(const Review& review, Draw& draw) {
  if (says(review, Severity::kConfirm, "it can refuse a bolus that lockout and number would allow")) return false;
  Patient patient(review.program, draw);
  for (int i = 0; i < 50; ++i) {
    const auto answer = patient.ask();
    EXPECT_EQ(answer, pumpfw::StatusCode::kOk) << "bolus " << i << "\n" << review.text();
    if (answer != pumpfw::StatusCode::kOk) break;
  }
  return true;
}

TEST(Agreement, NoBolusThatIsAllowedMeetsACeilingOfThePump) {
  Draw draw(2);
  for (const Drug& drug : drug_library()) {
    int with_boluses = 0;
    for (int i = 0; i < 10'000 && !::testing::Test::HasFailure(); ++i) {
      const auto reviewed = review(draw.prescription(drug), {});
      ASSERT_TRUE(reviewed);
      const bool taken = pumpfw::check(reviewed->program).status == pumpfw::StatusCode::kOk;
      if (taken && reviewed->program.patient_bolus_enabled && grants_all(*reviewed, draw)) ++with_boluses;
    }
    EXPECT_GT(with_boluses, 300) << drug.name;
  }
}

// Each of these met a ceiling once: a rate that is no whole number of nanograms an hour, boluses that last into the window, and schedules.
TEST(Agreement, NorDoThoseAtTheLowestConcentrationsAndWithLongBoluses) {
  Draw draw(3);
  for (const Drug& drug : drug_library()) {
    for (const std::uint32_t duration : {4U, 600U, 3'599U, 3'600U, 7'200U, 43'200U, 82'801U, 86'400U}) {
      for (const std::uint32_t lockout : {60U, 600U, 3'600U, 3'601U, 7'200U, 43'200U, 86'400U}) {
        for (const unsigned per_day : {1U, 2U, 7U, 20U}) {
          if (lockout < duration) continue;
          Prescription wanted;
          wanted.drug = drug.name;
          wanted.concentration = drug.lowest_concentration;
          wanted.dose = dose_of(1'000'000, wanted.concentration);
          wanted.pump_tube_nl = 199'000;
          wanted.catheter_nl = 176'000;
          wanted.patient_bolus = PatientBolus{mass_of(1'000, wanted.concentration), duration, lockout, static_cast<std::uint8_t>(per_day)};
          for (const bool scheduled : {false, true}) {
            if (scheduled) {
              wanted.pieces = {{0x7F, 0, dose_of(700'001, wanted.concentration)},
                               {0x15, 421, dose_of(1'300'003, wanted.concentration)},
                               {0x22, 433, dose_of(1'100'033, wanted.concentration)}};
            }
            const auto reviewed = review(wanted, {});
            ASSERT_TRUE(reviewed);
            ASSERT_EQ(pumpfw::check(reviewed->program).status, pumpfw::StatusCode::kOk) << reviewed->text();
            EXPECT_TRUE(grants_all(*reviewed, draw));
            ASSERT_FALSE(::testing::Test::HasFailure())
                << drug.name << " of " << duration << " s, locked for " << lockout << " s, " << per_day << " in 24 h";
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace pumprig::programmer
