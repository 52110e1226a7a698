// What the review passes the pump takes, and what the review says that the pump can not give it refuses: random prescriptions against the
// rules of the firmware itself, which are written apart from the programmer's.
#include <gtest/gtest.h>

#include <cmath>

#include "firmware/pump/base/units.h"
#include "firmware/pump/therapy/day_schedule.h"
#include "firmware/pump/therapy/program.h"
#include "rig/base/rng.h"
#include "rig/programmer/prescription.h"

namespace pumprig::programmer {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : rng_(seed) {}
  double evenly(double low, double high) { return low + (high - low) * rng_.uniform(); }
  // As often from 1 to 2 as from 1000 to 2000: limits lie at both ends.
  std::int64_t wide(double low, double high) { return std::llround(std::exp(evenly(std::log(low), std::log(high)))); }

  Prescription prescription() {
    Prescription out;
    out.drug = "morphine sulfate";
    out.concentration = {wide(1e6, 25e6)};
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

TEST(Agreement, NoBolusThatIsAllowedMeetsACeilingOfThePump) {
  Draw draw(2);
  int with_boluses = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto reviewed = review(draw.prescription(), {});
    ASSERT_TRUE(reviewed);
    const auto& program = reviewed->program;
    if (reviewed->refused() || !program.patient_bolus_enabled) continue;
    ++with_boluses;
    const std::uint64_t bolus = pumpfw::steps_from_nl(program.bolus_dose_nl) * pumpfw::kHalfNanolitresPerStep;
    ASSERT_LE(pumpfw::basal_bounds(program).half_nl_in_24h + program.bolus_max_per_24h * bolus, 2 * std::uint64_t{program.ceiling_24h_nl})
        << reviewed->text();
  }
  EXPECT_GT(with_boluses, 300);
}

}  // namespace
}  // namespace pumprig::programmer
