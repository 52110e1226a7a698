// The worked examples of intrathecal dose arithmetic, and each rule of the review.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "rig/base/rng.h"
#include "rig/programmer/giving.h"
#include "rig/programmer/prescription.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/review_testing.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {
namespace {

DoseRate dose(const char* text) {
  return *parse_dose_rate(text);
}
Concentration concentration(const char* text) {
  return *parse_concentration(text);
}

Prescription prescription(const char* drug, const char* strength, const char* daily) {
  Prescription out;
  out.drug = drug;
  out.concentration = concentration(strength);
  out.dose = dose(daily);
  out.pump_tube_nl = 199'000;
  out.catheter_nl = 176'000;
  return out;
}

Present running(const Prescription& before) {
  Present present;
  present.program = review(before, {})->program;
  present.programmed = present.running = true;
  present.tube_concentration_ng_per_ml = present.program.concentration_ng_per_ml;
  return present;
}

TEST(Dose, IsReadWithItsUnitAndSaidWithItSpelledOut) {
  EXPECT_EQ(dose("5 mg/day").ng_per_day, 5'000'000);
  EXPECT_EQ(dose("60 mcg/h").ng_per_day, 24 * 60'000);
  EXPECT_EQ(to_text(dose("2.4 mcg/day")), "2.4 micrograms per day");
  EXPECT_EQ(per_hour_text(dose("2.4 mcg/day")), "0.1 micrograms per hour");
  EXPECT_EQ(per_hour_text(dose("1.44 mg/day")), "60 micrograms per hour");  // as the highest hour below it
  EXPECT_EQ(per_hour_text(dose("1 mg/h")), "1 milligram per hour");
  EXPECT_EQ(to_text(concentration("20 mg/mL")), "20 milligrams per milliliter");
  EXPECT_EQ(to_text(Mass{1'000'000}), "1 milligram");
  for (const char* wrong : {"5", "5 mg", "5 mL/day", "5 mg/week", "-5 mg/day", "0 mg/day", "5 mg/day/day", ""}) {
    EXPECT_FALSE(parse_dose_rate(wrong)) << wrong;
  }
}

TEST(Dose, WhatNobodyCanMeanIsRefusedWithTheRange) {
  const auto text_of = [](const auto& read) { return read ? std::string() : read.error().text; };
  for (const char* wrong : {"768614336404.8 mg/h", "1e300 mg/day", "1e-9 mg/day", "-1e300 mg/day", "10001 mg/day", "420 mg/h", "0 mg/h"}) {
    const std::string said = text_of(parse_dose_rate(wrong));
    EXPECT_NE(said.find("0.001 mcg/day to 10000 mg/day"), std::string::npos) << wrong << ": " << said;
  }
  EXPECT_NE(text_of(parse_mass("1e30 mg")).find("0.001 mcg to 10000 mg"), std::string::npos);
  for (const char* wrong : {"1e300 mg/mL", "1e-7 mcg/mL", "-20 mg/mL", "0 mg/mL"}) {
    EXPECT_NE(text_of(parse_concentration(wrong)).find("0.001 mcg/mL to 1000 mg/mL"), std::string::npos) << wrong;
  }
  EXPECT_EQ(dose("10000 mg/day").ng_per_day, 10'000'000'000);
  EXPECT_EQ(dose("0.001 mcg/day").ng_per_day, 1);
  EXPECT_EQ(concentration("1000 mg/mL").ng_per_ml, 1'000'000'000);
}

// Whatever is written: it is refused in words, or it is what was written to half a nanogram, and so are all figures made of it.
TEST(Dose, AnyMagnitudeIsReadAsWrittenOrRefused) {
  Rng chance(20260302);
  const std::array units{"ng", "mcg", "mg", "g"};
  const std::array factors{1.0, 1e3, 1e6, 1e9};
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto unit = static_cast<std::size_t>(chance.below(4));
    const double exponent = -330 + 660 * chance.uniform();
    const double near = -4 + 14 * chance.uniform();
    const double value = (chance.below(8) == 0 ? -1 : 1) * std::pow(10, chance.below(2) == 0 ? exponent : near);
    char number[64];
    std::snprintf(number, sizeof(number), "%.17g", value);
    const std::string text = std::string(number) + " " + units[unit];
    const double ng = value * factors[unit];
    const auto mass = parse_mass(text);
    const auto daily = parse_dose_rate(text + "/day");
    const auto hourly = parse_dose_rate(text + "/h");
    const auto strength = parse_concentration(text + "/mL");
    const auto close = [](std::int64_t is, double wanted) { return std::abs(static_cast<double>(is) - wanted) <= 0.5 + 1e-9 * wanted; };
    ASSERT_TRUE(mass ? close(mass->ng, ng) && mass->ng > 0 : !mass.error().text.empty()) << text;
    ASSERT_TRUE(!daily || (close(daily->ng_per_day, ng) && daily->ng_per_day > 0)) << text;
    ASSERT_TRUE(!hourly || (close(hourly->ng_per_day, 24 * ng) && hourly->ng_per_day > 0)) << text;
    ASSERT_TRUE(!strength || (close(strength->ng_per_ml, ng) && strength->ng_per_ml > 0)) << text;
    if (!mass) continue;
    ++taken;
    const double nl = static_cast<double>(mass->ng) * 1e6 / 25'000;
    ASSERT_LE(std::abs(static_cast<double>(volume_nl(*mass, {25'000})) - nl), 0.5 + 1e-9 * nl) << text;
  }
  EXPECT_GT(taken, 5'000U);
  for (const char* wrong : {"inf mg", "-inf mg", "nan mg", "1e999 mg", "-1e999 mg", "1e-999 mg"}) EXPECT_FALSE(parse_mass(wrong)) << wrong;
}

TEST(Dose, FiguresBelowZeroAndBeyondAllBoundsAreNoGarbage) {
  EXPECT_EQ(to_text(Mass{-1'500'000}), "-1.5 milligrams");
  EXPECT_EQ(to_text(Mass{-50}), "-0.05 micrograms");
  EXPECT_EQ(volume_text(-2'500'000), "-2.5 milliliters");
  EXPECT_EQ(to_text(Mass{std::numeric_limits<std::int64_t>::min()}), "-9223372036854.775808 milligrams");
  EXPECT_EQ(mass_of(-1'000, {1'500}).ng, -2);  // half away from zero, as above it
  EXPECT_EQ(volume_nl({std::numeric_limits<std::int64_t>::max()}, {1}), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(volume_nl({1}, {0}), std::numeric_limits<std::int64_t>::max());
}

TEST(Words, ABolusThatNoVolumeHoldsIsRefusedWhereItIsRead) {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "0.1 mcg/mL";
  words.dose = "5 mg/day";
  words.periodic_duration = "10 min";
  words.periodic_interval = "6 h";
  words.periodic_dose = "10 mg";
  const auto refused = [&](const std::string& dose) {
    const auto read = read_prescription(words, {});
    return !read && read.error().text.find("\"" + dose + "\" is out of the question") != std::string::npos;
  };
  EXPECT_TRUE(refused("10 mg"));
  words.periodic_dose = words.periodic_duration = words.periodic_interval = "";
  words.bolus_dose = "1e30 mg";
  words.bolus_duration = words.bolus_lockout = "1 h";
  words.boluses_per_day = 2;
  EXPECT_TRUE(refused("1e30 mg"));
  words.bolus_dose = "10 mg";
  EXPECT_TRUE(refused("10 mg"));
  Present present;
  present.tube_concentration_ng_per_ml = 100;
  EXPECT_FALSE(read_bolus_volume("10 mg", present));
  EXPECT_EQ(*read_bolus_volume("10 mcg", present), 100'000'000U);
  const auto volume = read_volume("5 L");
  ASSERT_FALSE(volume);
  EXPECT_NE(volume.error().text.find("0 to 4290 mL"), std::string::npos);
}

TEST(Words, ADateForACalendarThatBeginsWithTheYear2000) {
  EXPECT_EQ(*read_calendar("2026-03-02 08:00:00"), 1'772'438'400);
  EXPECT_EQ(read_calendar("1999-01-01 00:00:00").error().text,
            "\"1999-01-01 00:00:00\" is before 2000-01-01 00:00:00, where a pump's calendar begins");
  EXPECT_NE(read_calendar("2026-02-30 08:00:00").error().text.find("no date and time"), std::string::npos);
  EXPECT_NE(read_calendar("tomorrow").error().text.find("2026-03-02 08:00:00"), std::string::npos);
}

TEST(Words, SilenceIsForSomeTimeAndForNoLongerThanWhoAsksMay) {
  using clients::Role;
  EXPECT_FALSE(read_silence("0 s", Role::kClinician));
  EXPECT_FALSE(read_silence("0.4 s", Role::kClinician));
  EXPECT_EQ(*read_silence("10 min", Role::kPatient), 600U);
  EXPECT_EQ(*read_silence("24 h", Role::kClinician), 86'400U);
  EXPECT_NE(read_silence("31 min", Role::kPatient).error().text.find("at most 30 min"), std::string::npos);
  EXPECT_NE(read_silence("25 h", Role::kClinician).error().text.find("at most 1 day"), std::string::npos);
}

TEST(Words, AVolumeIsWrittenAsAPersonWouldAndReadsBackTheSame) {
  EXPECT_EQ(volume_words(2'000'000), "2 mL");
  EXPECT_EQ(volume_words(199'000), "199 uL");
  Rng rng(5);
  for (int i = 0; i < 2'000; ++i) {
    const auto nl = static_cast<std::uint32_t>(std::exp(rng.uniform(0, std::log(4e9))));
    ASSERT_EQ(*read_volume(volume_words(nl)), nl) << volume_words(nl);
  }
}

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

TEST(DrugLibrary, ADrugIsKnownByItsBeginning) {
  EXPECT_STREQ(find_drug("morphine")->name, "morphine sulfate");
  EXPECT_STREQ(find_drug("zic")->name, "ziconotide");
  EXPECT_FALSE(find_drug("mo"));
  EXPECT_FALSE(find_drug(""));
}

TEST(Dose, AConcentrationIsReadAsVialsSayIt) {
  EXPECT_EQ(parse_concentration("20 mg/ml")->ng_per_ml, 20'000'000);
  EXPECT_EQ(parse_concentration("25 mcg/ml")->ng_per_ml, 25'000);
  const auto wrong = parse_concentration("20 mg");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text.find("is no concentration"), std::string::npos);
}

}  // namespace
}  // namespace pumprig::programmer
