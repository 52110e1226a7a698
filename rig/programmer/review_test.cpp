// The worked examples of intrathecal dose arithmetic, and each rule of the review.
#include <gtest/gtest.h>

#include "rig/programmer/giving.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/review_testing.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {
namespace {

// Morphine 5 mg/day from 20 mg/mL: 0.25 mL/day, 72 days to the alarm at 2 mL, 60 with four boluses of 0.25 mg a day, at most 6 mg a day.
TEST(WorkedExamples, MorphineWithAndWithoutPatientBoluses) {
  Prescription wanted = prescription("morphine sulfate", "20 mg/mL", "5 mg/day");
  const auto plain = review(wanted, {});
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->refused());
  EXPECT_EQ(plain->program.basal_rate_nl_per_day, 250'000U);
  EXPECT_EQ(figure(*plain, "rate"), "0.25 milliliters per day");
  EXPECT_DOUBLE_EQ(run_out(plain->program, 20'000'000)->days_to_low, 72);
  wanted.patient_bolus = PatientBolus{*parse_mass("0.25 mg"), 600, 3 * 3600, 4};
  const auto with = review(wanted, {});
  ASSERT_TRUE(with);
  EXPECT_EQ(with->program.bolus_dose_nl, 12'500U);
  EXPECT_DOUBLE_EQ(run_out(with->program, 20'000'000)->days_to_low, 60);
  EXPECT_EQ(figure(*with, "steps"), "20000 a day, one per 4.32 s");
  EXPECT_EQ(figure(*with, "highest day with boluses"), "6 milligrams per day, 300 microliters");
}

TEST(WorkedExamples, ZiconotideFromAStrongVialIsRefusedWithAdvice) {
  const auto weak = review(prescription("ziconotide", "25 mcg/mL", "2.4 mcg/day"), {});
  ASSERT_TRUE(weak);
  EXPECT_FALSE(weak->refused());
  EXPECT_EQ(weak->program.basal_rate_nl_per_day, 96'000U);
  const auto strong = review(prescription("ziconotide", "100 mcg/mL", "2.4 mcg/day"), {});
  EXPECT_TRUE(says(*strong, Severity::kRefuse, "0.024 milliliters per day"));
  EXPECT_TRUE(says(*strong, Severity::kRefuse, "at most 50 micrograms per milliliter"));
}

TEST(WorkedExamples, ABridgeOfEighteenHoursAndThreePointSevenFiveMilligrams) {
  const Present present = running(prescription("morphine sulfate", "10 mg/mL", "5 mg/day"));
  const auto out = review(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"), present);
  ASSERT_TRUE(out);
  EXPECT_FALSE(out->refused());
  EXPECT_EQ(out->program.bridge_volume_nl, 375'000U);
  EXPECT_EQ(out->program.bridge_rate_nl_per_day, 500'000U);
  EXPECT_EQ(out->program.basal_rate_nl_per_day, 250'000U);
  EXPECT_TRUE(says(*out, Severity::kConfirm, "18.0 hours"));
  EXPECT_EQ(figure(*out, "bridge dose"), "3.75 milligrams");
}

TEST(WorkedExamples, AnHourTakenForADayIsAFactorOfTwentyFourAndConfirmedTwice) {
  const Present present = running(prescription("baclofen", "2000 mcg/mL", "60 mcg/day"));
  const auto slip = review(prescription("baclofen", "2000 mcg/mL", "60 mcg/h"), present);
  ASSERT_TRUE(slip);
  EXPECT_EQ(slip->program.basal_rate_nl_per_day, 720'000U);
  EXPECT_EQ(slip->confirmations(), 2);
  EXPECT_TRUE(says(*slip, Severity::kConfirmTwice, "; 24 times as much, a factor of 5 or more: was an hour taken for a day?"));
}

TEST(WorkedExamples, AResidualOfOneAndAHalfInsteadOfFourMillilitresIsOverInfusion) {
  const Residual residual = judge_residual(20'000'000, 4'000'000, 1'500'000);
  EXPECT_NEAR(*residual.error_percent, 15.6, 0.05);
  EXPECT_TRUE(residual.over_infusion);
  EXPECT_FALSE(judge_residual(20'000'000, 4'000'000, 1'700'000).over_infusion);  // 14.4 %
  EXPECT_FALSE(judge_residual(3'000'000, 1'500'000, 600'000).over_infusion);     // 60 %, and less than 1 mL
  EXPECT_TRUE(judge_residual(20'000'000, 4'000'000, 6'500'000).under_infusion);
}

TEST(Review, ADecreaseByMoreThanAFifthIsConfirmedTwice) {
  const Present present = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
  EXPECT_EQ(review(prescription("morphine sulfate", "20 mg/mL", "4 mg/day"), present)->confirmations(), 1);
  const auto less = review(prescription("morphine sulfate", "20 mg/mL", "3.9 mg/day"), present);
  EXPECT_EQ(less->confirmations(), 2);
  EXPECT_TRUE(says(*less, Severity::kConfirmTwice, "withdrawal"));
}

// A base of any mode is compared by its mean day, and its fastest hour; and the day with every patient bolus used.
TEST(Review, AChangeFromOrToAScheduleIsAChangeToo) {
  Prescription daily = prescription("morphine sulfate", "20 mg/mL", "4 mg/day");
  Prescription pieces = daily;
  pieces.pieces = {{0x7F, 0, dose("4 mg/day")}};
  EXPECT_EQ(review(prescription("morphine sulfate", "20 mg/mL", "1 mg/day"), running(pieces))->confirmations(), 2);
  EXPECT_EQ(review(pieces, running(prescription("morphine sulfate", "20 mg/mL", "1 mg/day")))->confirmations(), 2);
  EXPECT_EQ(review(pieces, running(daily))->confirmations(), 1);
  Prescription off = daily;
  off.minimum_rate = true;
  EXPECT_TRUE(says(*review(daily, running(off)), Severity::kConfirmTwice, "factor of 5"));
  EXPECT_TRUE(review(off, running(daily))->confirms_again("minimum rate"));
  // The same day in one hour: 4 mg/day on the mean, 20.16 mg/day at its fastest.
  pieces.pieces = {{0x7F, 0, dose("3.3 mg/day")}, {0x7F, 720, dose("20.1 mg/day")}, {0x7F, 780, dose("3.3 mg/day")}};
  EXPECT_TRUE(says(*review(pieces, running(daily)), Severity::kConfirmTwice, "fastest hour"));
}

TEST(Review, PatientBolusesThatGrowOrGoAreABigChange) {
  Prescription few = prescription("morphine sulfate", "20 mg/mL", "5 mg/day");
  few.patient_bolus = PatientBolus{{100'000}, 600, 3600, 2};
  Prescription same = few;
  EXPECT_EQ(review(same, running(few))->confirmations(), 1);
  same.patient_bolus->dose = {500'000};
  EXPECT_TRUE(
      says(*review(same, running(few)), Severity::kConfirmTwice, "the patient's bolus changes from 100 micrograms to 500 micrograms"));
  same.patient_bolus = PatientBolus{{100'000}, 600, 3600, 20};
  EXPECT_TRUE(says(*review(same, running(few)), Severity::kConfirmTwice, "every patient bolus used: from 5.2 milligrams per day to 7"));
  same.patient_bolus.reset();
  EXPECT_TRUE(says(*review(same, running(few)), Severity::kConfirm, "switched off"));
}

TEST(Review, AMicrogramForAMilligramIsSeenAtTheStart) {
  const auto out = review(prescription("morphine sulfate", "1 mg/mL", "100 mcg/day"), {});
  EXPECT_TRUE(says(*out, Severity::kConfirm, "was a microgram taken for a milligram?"));
}

TEST(Review, LimitsOfAPatientsBolusAreAllSaidAtOnce) {
  Prescription wanted = prescription("morphine sulfate", "20 mg/mL", "5 mg/day");
  wanted.patient_bolus = PatientBolus{{4'000}, 0, 30, 21};
  const auto out = review(wanted, {});
  for (const char* part :
       {"0.2 microliters; the pump gives 0.25 to 1000", "needs its dose, duration", "at most 20 boluses", "1 minute to 24 hours"}) {
    EXPECT_TRUE(says(*out, Severity::kRefuse, part)) << part;
  }
  wanted.patient_bolus = PatientBolus{{250'000}, 30, 3600, 4};  // 12.5 uL in 30 s
  EXPECT_TRUE(says(*review(wanted, {}), Severity::kRefuse, "faster than the pump's"));
}

TEST(Review, ABridgeIsNotChangedToAThirdConcentration) {
  Present present = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
  present.tube_concentration_ng_per_ml = 10'000'000;
  present.bridge_remaining_nl = 200'000;
  EXPECT_TRUE(
      says(*review(prescription("morphine sulfate", "25 mg/mL", "5 mg/day"), present), Severity::kRefuse, "a bridge to 20 milligrams"));
  EXPECT_TRUE(
      says(*review(prescription("morphine sulfate", "10 mg/mL", "5 mg/day"), present), Severity::kRefuse, "a bridge to 20 milligrams"));
  const auto rest = review(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"), present);
  EXPECT_FALSE(rest->refused());
  EXPECT_EQ(rest->program.bridge_volume_nl, 200'000U);
}

TEST(Review, TheSecondConfirmationIsTheDoseOfTheDay) {
  const auto out = review(prescription("morphine sulfate", "20 mg/mL", "3 mg/day"), {});
  EXPECT_TRUE(out->confirms_again("3 mg/day"));
  EXPECT_TRUE(out->confirms_again("3000 mcg/day"));
  EXPECT_TRUE(out->confirms_again("3 milligrams per day")) << "as the page has it";
  for (const char* wrong : {"", "yes", "3", "0.125 mg/h", "3 mcg/day", "3.1 mg/day", "3 milligrams", "3 micrograms per day"})
    EXPECT_FALSE(out->confirms_again(wrong)) << wrong;
}

TEST(Review, LimitsOfTheLibraryAreSoftThenHard) {
  EXPECT_TRUE(says(*review(prescription("morphine sulfate", "20 mg/mL", "12 mg/day"), {}), Severity::kConfirm, "more than is usual"));
  EXPECT_TRUE(review(prescription("morphine sulfate", "20 mg/mL", "21 mg/day"), {})->refused());
  EXPECT_TRUE(review(prescription("morphine sulfate", "30 mg/mL", "5 mg/day"), {})->refused());
  EXPECT_TRUE(review(prescription("ziconotide", "100 mcg/mL", "6 mcg/day"), {})->refused());  // first fill
  EXPECT_FALSE(review(prescription("aspirin", "20 mg/mL", "5 mg/day"), {}));
}

TEST(Review, ZiconotideIsRaisedInSmallStepsWithDaysBetweenAndNeverByThePatient) {
  Present present = running(prescription("ziconotide", "25 mcg/mL", "2.4 mcg/day"));
  present.since_last_program_s = 86'400;
  const auto raised = review(prescription("ziconotide", "25 mcg/mL", "7.2 mcg/day"), present);
  EXPECT_TRUE(says(*raised, Severity::kConfirm, "a raise of more than 2.4 micrograms per day"));
  EXPECT_TRUE(says(*raised, Severity::kConfirm, "hours apart"));
  Prescription wanted = prescription("ziconotide", "25 mcg/mL", "2.4 mcg/day");
  wanted.patient_bolus = PatientBolus{{100}, 600, 3600, 2};
  EXPECT_TRUE(says(*review(wanted, present), Severity::kRefuse, "not given as a patient's bolus"));
}

TEST(Review, ALockoutShorterThanTheBolusIsRefused) {
  Prescription wanted = prescription("morphine sulfate", "20 mg/mL", "5 mg/day");
  wanted.patient_bolus = PatientBolus{{250'000}, 3600, 1800, 4};
  EXPECT_TRUE(says(*review(wanted, {}), Severity::kRefuse, "lockout is shorter"));
}

TEST(Review, AnotherDrugIsNeverBridged) {
  Present present = running(prescription("morphine sulfate", "10 mg/mL", "5 mg/day"));
  EXPECT_TRUE(says(*review(prescription("baclofen", "500 mcg/mL", "100 mcg/day"), present), Severity::kRefuse, "never bridged"));
  present.running = false;
  const auto rinsed = review(prescription("baclofen", "500 mcg/mL", "100 mcg/day"), present);
  EXPECT_FALSE(rinsed->refused());
  EXPECT_EQ(rinsed->program.bridge_volume_nl, 0U);
  EXPECT_EQ(rinsed->confirmations(), 2);
}

TEST(Review, ADayScheduleShowsTheMeanDayAndTheHighestHour) {
  Prescription wanted = prescription("morphine sulfate", "20 mg/mL", "5 mg/day");
  wanted.pieces = {{0x7F, 0, dose("4 mg/day")}, {0x7F, 720, dose("6 mg/day")}};
  const auto out = review(wanted, {});
  ASSERT_TRUE(out);
  EXPECT_FALSE(out->refused());
  EXPECT_EQ(figure(*out, "dose of 24 hours"), "5 milligrams per day");
  EXPECT_EQ(figure(*out, "highest hour"), "250 micrograms");
  EXPECT_NEAR(run_out(out->program, 20'000'000)->days_to_low, 72, 1e-9);
  wanted.pieces = {{0x3F, 0, dose("4 mg/day")}};
  EXPECT_TRUE(review(wanted, {})->refused());
}

TEST(Giving, APrimeIntoAFilledPathIsADose) {
  Present present = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
  EXPECT_EQ(review_prime(375'000, present).confirmations(), 1);
  EXPECT_TRUE(review_prime(375'001, present).refused());
  EXPECT_TRUE(review_prime(375'000, {}).refused());
  present.steps_total = 30'000;
  const auto filled = review_prime(375'000, present);
  EXPECT_TRUE(says(filled, Severity::kConfirmTwice, "7.5 milligrams go into the patient"));
  EXPECT_EQ(figure(filled, "takes"), "22 min 30 s");
  EXPECT_FALSE(filled.confirms_again("yes"));
  EXPECT_TRUE(filled.confirms_again("prime"));
}

TEST(Giving, ASingleBolusComesOnTopOfTheDay) {
  const Present present = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
  const auto small = review_bolus(50'000, 1800, present);
  EXPECT_EQ(figure(small, "bolus"), "1 milligram, 50 microliters");
  EXPECT_EQ(figure(small, "with the bolus"), "6 milligrams per day");
  EXPECT_EQ(small.confirmations(), 1);
  EXPECT_EQ(review_bolus(60'000, 1800, present).confirmations(), 2);
  EXPECT_EQ(figure(review_bolus(50'006, 1800, present), "bolus"), "1 milligram, 50 microliters") << "whole steps of 12.5 nL";
  EXPECT_TRUE(says(review_bolus(240, 1800, present), Severity::kRefuse, "0.25 to 1000 microliters"));
  EXPECT_TRUE(says(review_bolus(50'000, 90'000, present), Severity::kRefuse, "at most 24 hours"));
  EXPECT_TRUE(says(review_bolus(50'000, 60, present), Severity::kRefuse, "give it at least 3 min"));
  EXPECT_TRUE(says(review_bolus(300'000, 1800, present), Severity::kConfirm, "more than is usual"));
  EXPECT_TRUE(says(review_bolus(800'000, 1800, present), Severity::kRefuse, "more than the limit"));
}

TEST(Schedule, IsShownPieceByPieceAndNamesNoMinuteTwice) {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "20 mg/mL";
  words.schedule = "daily 00:00 4 mg/day; mon-fri 07:00 6 mg/day";
  const auto reviewed = [&](std::int64_t local_time_s) {
    Present present;
    present.local_time_s = local_time_s;
    return *review(*read_prescription(words, present), present);
  };
  const Review good = reviewed(1'772'438'400);
  EXPECT_FALSE(good.refused());
  EXPECT_EQ(figure(good, "from daily 00:00"), "4 milligrams per day, 0.2 milliliters per day");
  EXPECT_EQ(figure(good, "from mon-fri 07:00"), "6 milligrams per day, 0.3 milliliters per day");
  EXPECT_EQ(figure(good, "highest 24 hours"), "5.416666 milligrams, 270.833 microliters");
  EXPECT_FALSE(says(good, Severity::kConfirm, "calendar"));
  EXPECT_TRUE(says(reviewed(3'600), Severity::kConfirm, "that was never set: set the clock before therapy starts"));
  Present running_without;
  running_without.running = true;  // the pump would refuse it
  EXPECT_TRUE(says(*review(*read_prescription(words, running_without), running_without), Severity::kRefuse, "set the clock first"));
  words.schedule = "daily 00:00 4 mg/day; daily 07:00 5 mg/day; mon-fri 07:00 6 mg/day";
  EXPECT_TRUE(says(reviewed(1'772'438'400), Severity::kRefuse, "gives two doses from mon-fri 07:00 on"));
}

TEST(Review, WhatAPrescriptionDoesNotSpeakOfStaysAsItWas) {
  Present present = running(prescription("morphine sulfate", "20 mg/mL", "5 mg/day"));
  present.program.occlusion_trip_pa = 90'000;
  present.program.critical_repeat_min = 20;
  present.program.noncritical_repeat_min = 120;
  const auto program = review(prescription("morphine sulfate", "20 mg/mL", "5.5 mg/day"), present)->program;
  EXPECT_EQ(program.occlusion_trip_pa, 90'000);
  EXPECT_EQ(program.critical_repeat_min, 20);
  EXPECT_EQ(program.noncritical_repeat_min, 120);
}

}  // namespace
}  // namespace pumprig::programmer
