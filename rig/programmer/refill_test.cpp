// What a refill shows and asks, and when the next one is due.
#include <gtest/gtest.h>

#include <string>

#include "rig/programmer/giving.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/review_testing.h"

namespace pumprig::programmer {
namespace {

TEST(Refill, StabilityCountsFromTheFillAndByItsKind) {
  const Drug ziconotide = *find_drug("ziconotide");
  Present present = running(prescription("ziconotide", "25 mcg/mL", "2.4 mcg/day"));
  present.reservoir_nl = 18'000'000;
  present.fills = 1;
  present.whole_log = true;
  present.since_fill_s = 10 * 86'400;
  EXPECT_DOUBLE_EQ(next_refill(present.program, ziconotide, present)->days, 4);
  present.since_fill_s = 15 * 86'400;
  EXPECT_EQ(next_refill(present.program, ziconotide, present)->text(0), "OVERDUE, by the drug's stability after a first fill");
  present.fills = 2;
  EXPECT_DOUBLE_EQ(next_refill(present.program, ziconotide, present)->days, 69);
  present.program.concentration_ng_per_ml = 50'000;  // no vial of it: diluted
  EXPECT_DOUBLE_EQ(next_refill(present.program, ziconotide, present)->days, 25);
  EXPECT_EQ((RefillDate{25, true}.text(1'772'438'400)), "in 25 days, on 2026-03-27, by the drug's stability");
  present.whole_log = false;  // the log has forgotten those before, and two are in it
  EXPECT_DOUBLE_EQ(next_refill(present.program, ziconotide, present)->days, 25);
  // Not yet in the pump: it comes in with the fill that is there, however many of another drug there were.
  const clients::Program wanted = present.program;
  present.program.drug = find_drug("morphine sulfate")->number;
  present.since_fill_s = 0;
  EXPECT_DOUBLE_EQ(next_refill(wanted, ziconotide, present)->days, 14);
}

TEST(Refill, ADifferenceIsAVolumeAndAPercentageOnlyOfSomething) {
  Present present = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
  present.capacity_nl = present.filled_nl.emplace(20'000'000);
  RefillEntry entry;
  entry.volume_nl = 20'000'000;
  entry.measured_nl = 4'500'000;
  present.reservoir_nl = 5'000'000;
  EXPECT_EQ(figure(review_refill(entry, present).review, "difference"),
            "500 microliters less than expected, +3.3 % of what was programmed");
  present.reservoir_nl = 19'999'900;
  entry.measured_nl = 20'000'000;
  EXPECT_EQ(figure(review_refill(entry, present).review, "difference"), "0.1 microliters more than expected");
}

TEST(Refill, WhatTheLogDoesNotTellIsNotKnownAndNotMadeUp) {
  const Drug ziconotide = *find_drug("ziconotide");
  Present present = running(prescription("ziconotide", "25 mcg/mL", "2.4 mcg/day"));
  present.reservoir_nl = 18'000'000;
  present.fills = 1;
  present.since_fill_s = 10 * 86'400;  // and the log has forgotten whether there was one before
  const auto either = next_refill(present.program, ziconotide, present);
  EXPECT_FALSE(either->known());
  EXPECT_EQ(
      either->text(0),
      "not known: the pump's log does not tell whether the last fill was the first one, ask for the record of it; at the latest in 166 "
      "days, by volume to the low alarm, every patient bolus used");
  present.reservoir_nl = 2'300'000;  // 3 days; the first fill keeps 4 more
  EXPECT_TRUE(next_refill(present.program, ziconotide, present)->known());
  present.since_fill_s.reset();
  EXPECT_FALSE(next_refill(present.program, ziconotide, present)->known());
  const Drug morphine = *find_drug("morphine sulfate");  // keeps for as long as it lasts
  EXPECT_TRUE(next_refill(present.program, morphine, present)->known());
}

TEST(Refill, ADateBeyondThePumpsOwnEndSaysSo) {
  const RefillDate due{2'993, false};
  EXPECT_EQ(due.text(0, 2'490 * 86'400),
            "in 2993 days, by volume to the low alarm, every patient bolus used; but the pump must be replaced before, within 2490 days");
  EXPECT_EQ(due.text(0, 2'993 * 86'400).find("replaced"), std::string::npos);
}

TEST(Refill, WhoDoesNotSayForWhichPumpItIsMeantIsAskedToCompare) {
  const Present present = [] {
    Present out = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
    out.capacity_nl = 20'000'000;
    return out;
  }();
  RefillEntry entry;
  entry.volume_nl = 20'000'000;
  EXPECT_TRUE(says(review_refill(entry, present).review, Severity::kConfirm, "does the patient's card say so"));
  entry.capacity_nl = 20'000'000;
  EXPECT_FALSE(says(review_refill(entry, present).review, Severity::kConfirm, "card"));
}

TEST(Refill, IsTheEarlierOfVolumeAndStability) {
  const Drug ziconotide = *find_drug("ziconotide");
  const auto program = review(prescription("ziconotide", "25 mcg/mL", "2.4 mcg/day"), {})->program;
  EXPECT_NEAR(run_out(program, 20'000'000)->days_to_low, 187.5, 1e-9);
  const auto first = next_refill(program, 20'000'000, ziconotide, Fill::kFirst);
  EXPECT_TRUE(first->by_stability);
  EXPECT_EQ(first->days, 14);
  EXPECT_EQ(next_refill(program, 20'000'000, ziconotide, Fill::kLaterDiluted)->days, 40);
  EXPECT_EQ(next_refill(program, 20'000'000, ziconotide, Fill::kLater)->days, 84);
  EXPECT_FALSE(next_refill(program, 5'000'000, ziconotide, Fill::kLater)->by_stability);
}

}  // namespace
}  // namespace pumprig::programmer
