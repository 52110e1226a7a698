// Periodic boluses beside a base: what a review makes of them, and what the pump could not give.
#include "rig/programmer/periodic.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "rig/programmer/prescription.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/review_testing.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {
namespace {

using clients::protocol::BasalMode;
using ::testing::HasSubstr;

// Morphine at 20 mg/mL: 4 mg/day, and 0.25 mg (12.5 uL) every 6 h: 5 mg/day, at most 416.7 micrograms in an hour.
PrescribeWords four_and_one() {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "20 mg/mL";
  words.dose = "4 mg/day";
  words.periodic_dose = "0.25 mg";
  words.periodic_duration = "10 min";
  words.periodic_interval = "6 h";
  return words;
}
Review reviewed(const PrescribeWords& words, const Present& present = {}) {
  const auto wanted = read_prescription(words, present);
  EXPECT_TRUE(wanted) << (wanted ? "" : wanted.error().text);
  return *review(*wanted, present);
}
Present running(const PrescribeWords& words) {
  Present present;
  present.program = reviewed(words).program;
  present.programmed = present.running = true;
  present.tube_concentration_ng_per_ml = present.program.concentration_ng_per_ml;
  return present;
}
TEST(Periodic, IsShownWithRateDayAndHighestHourAndCountsForTheNextRefill) {
  const Review out = reviewed(four_and_one());
  EXPECT_FALSE(out.refused()) << out.text();
  EXPECT_EQ(out.program.mode, BasalMode::kPeriodic);
  EXPECT_EQ(out.program.basal_rate_nl_per_day, 200'000U);
  EXPECT_EQ(out.program.periodic_dose_nl, 12'500U);
  EXPECT_EQ(out.program.periodic_duration_s, 600U);
  EXPECT_EQ(out.program.periodic_interval_s, 21'600U);
  EXPECT_EQ(figure(out, "rate"), "0.2 milliliters per day between boluses");
  EXPECT_EQ(figure(out, "periodic bolus"), "250 micrograms, 12.5 microliters");
  EXPECT_EQ(figure(out, "each within"), "10 min, every 6 h");
  EXPECT_EQ(figure(out, "dose between boluses"), "4 milligrams per day");
  EXPECT_EQ(figure(out, "dose of 24 hours"), "5 milligrams per day");
  EXPECT_EQ(figure(out, "highest hour"), "416.667 micrograms");
  EXPECT_EQ(figure(out, "highest 24 hours"), "");  // every 24 hours hold four
  EXPECT_DOUBLE_EQ(run_out(out.program, 20'000'000)->days_to_low, 72);
  EXPECT_TRUE(out.confirms_again("5 mg/day"));
  EXPECT_FALSE(out.confirms_again("4 mg/day"));
}

TEST(Periodic, AVolumeComesToTheSameAsItsDose) {
  PrescribeWords words = four_and_one();
  words.periodic_dose = "12.5 uL";
  EXPECT_EQ(reviewed(words).program, reviewed(four_and_one()).program);
  EXPECT_EQ(reviewed(words).text(), reviewed(four_and_one()).text());
}

TEST(Periodic, AnIntervalThatDoesNotDivideTheDayHasAHighestDayThatTheLimitsHold) {
  PrescribeWords words = four_and_one();
  words.periodic_dose = "2 mg";
  words.periodic_interval = "20 h";
  const Review out = reviewed(words);
  EXPECT_EQ(figure(out, "dose of 24 hours"), "6.4 milligrams per day");
  EXPECT_EQ(figure(out, "highest 24 hours"), "8 milligrams, 400 microliters");
  words.periodic_dose = "3.5 mg";  // 8.2 mg/day on the mean, 11 mg in one day
  EXPECT_TRUE(says(reviewed(words), Severity::kConfirm, "up to 11 milligrams per day is more than is usual"));
  words.periodic_dose = "9 mg";  // 14.8 mg/day on the mean, 22 mg in one day
  EXPECT_TRUE(says(reviewed(words), Severity::kRefuse, "up to 22 milligrams per day is more than the limit"));
}

TEST(Periodic, WhatThePumpCanNotGiveIsRefusedWithWhatWouldDo) {
  const auto refused = [](const char* dose, const char* duration, const char* interval, const char* part) {
    PrescribeWords words = four_and_one();
    words.periodic_dose = dose;
    words.periodic_duration = duration;
    words.periodic_interval = interval;
    const Review out = reviewed(words);
    EXPECT_TRUE(says(out, Severity::kRefuse, part)) << out.text();
  };
  refused("0.25 mg", "6 h", "6 h", "would not have ended when the next one begins after 6 h");
  refused("0.25 mg", "0 s", "6 h", "takes 1 second to 24 hours, not 0 s");
  refused("0.25 mg", "2 day", "6 day", "takes 1 second to 24 hours, not 2 days");
  refused("0.25 mg", "1 min", "9 min", "begin 10 minutes to 7 days apart, not 9 min");
  refused("0.25 mg", "1 min", "8 day", "begin 10 minutes to 7 days apart, not 8 days");
  refused("4 mcg", "1 min", "6 h", "would be 0.2 microliters; the pump gives 0.25 to 1000 microliters");
  refused("0.25 mg", "40 s", "6 h", "faster than the pump's 26.99 milliliters per day; give it at least 41 s");
}

// 12.5 uL beside 0.2 mL/day: 26.79 mL/day are left for it, which are 40.3 s.
TEST(Periodic, TheAdviceForAFasterOneIsTaken) {
  PrescribeWords words = four_and_one();
  words.periodic_duration = "40 s";
  EXPECT_TRUE(reviewed(words).refused());
  words.periodic_duration = "41 s";
  EXPECT_FALSE(reviewed(words).refused());
}

TEST(Periodic, APatientsBolusBesideItKeepsTheSpeedAndFitsThePumpsCeilings) {
  PrescribeWords words = four_and_one();
  words.bolus_dose = "0.25 mg";
  words.bolus_lockout = "3 h";
  words.boluses_per_day = 4;
  words.bolus_duration = "1 min";
  words.periodic_duration = "1 min";  // 18 mL/day each
  EXPECT_TRUE(says(reviewed(words), Severity::kRefuse, "the bolus beside the base would be faster"));
  words.bolus_duration = words.periodic_duration = "10 min";
  const Review out = reviewed(words);
  EXPECT_FALSE(out.refused()) << out.text();
  EXPECT_EQ(figure(out, "highest day with boluses"), "6 milligrams per day, 300 microliters");
  EXPECT_DOUBLE_EQ(run_out(out.program, 20'000'000)->days_to_low, 60);
  // As the pump counts: five periodic boluses touch 24 hours, and one an hour; the patient's last one of the day before may still count.
  EXPECT_EQ(out.program.ceiling_24h_nl, 200'000U + 5 * 12'500U + 5 * 12'500U);
  EXPECT_EQ(out.program.ceiling_1h_nl, 8'334U + 12'500U + 12'500U);
}

// 2.795 uL are 224 steps, 2.8 uL: nineteen of them are 95 nL more than the dose that they were prescribed as. And of a schedule the pump
// counts the fastest weekday at each minute.
TEST(Periodic, TheCeilingsLeaveRoomForEveryBolusThatIsAllowed) {
  PrescribeWords words = four_and_one();
  words.periodic_dose = "2.795 uL";
  words.bolus_dose = "55.9 mcg";
  words.bolus_duration = "10 min";
  words.bolus_lockout = "1 h";
  words.boluses_per_day = 19;
  const Review out = reviewed(words);
  EXPECT_FALSE(out.refused()) << out.text();
  EXPECT_GE(out.program.ceiling_24h_nl, 200'000U + 5 * 2'800U + 19 * 2'800U);
  words.dose = words.periodic_dose = words.periodic_duration = words.periodic_interval = "";
  words.schedule = "tue,wed,thu,fri,sat,sun 00:00 2 mg/day; mon 00:00 6 mg/day; mon 12:00 2 mg/day; tue 12:00 6 mg/day";
  EXPECT_GE(reviewed(words).program.ceiling_24h_nl, 300'000U + 19 * 2'800U);
}

// 0.256 uL are 20.48 steps, and 20 are given: 5 micrograms instead of 5.12, 144 times a day.
TEST(Periodic, WhatIsShownAndWeighedIsTheDoseOfTheWholeStepsThatAreGiven) {
  PrescribeWords words = four_and_one();
  words.periodic_dose = "0.256 uL";
  words.periodic_duration = "1 min";
  words.periodic_interval = "10 min";
  const Review out = reviewed(words);
  EXPECT_EQ(out.program.periodic_dose_nl, 250U);
  EXPECT_EQ(figure(out, "periodic bolus"), "5 micrograms, 0.25 microliters");
  EXPECT_EQ(figure(out, "dose of 24 hours"), "4.72 milligrams per day");
  EXPECT_TRUE(
      says(out, Severity::kConfirm,
           "the periodic bolus is given in whole steps of 12.5 nanoliters: each gives 5 micrograms, 2.3 % less than the 5.12 micrograms"))
      << out.text();
  words.periodic_dose = "5.3 mcg";  // 21.2 steps: 21 are half a nanoliter beside a whole number
  const Review odd = reviewed(words);
  EXPECT_EQ(in_steps_nl(odd.program.periodic_dose_nl), 262.5);
  EXPECT_EQ(figure(odd, "periodic bolus"), "5.25 micrograms, 0.263 microliters");
  words.bolus_dose = "5.12 mcg";
  words.bolus_duration = "1 min";
  words.bolus_lockout = "1 h";
  words.boluses_per_day = 10;
  const Review both = reviewed(words);
  EXPECT_EQ(both.program.bolus_dose_nl, 250U);
  EXPECT_EQ(figure(both, "patient bolus"), "5 micrograms, 0.25 microliters");
  EXPECT_EQ(figure(both, "highest day with boluses"), "4.806 milligrams per day, 240.3 microliters");
  EXPECT_TRUE(says(both, Severity::kConfirm, "the patient's bolus is given in whole steps")) << both.text();
  words = four_and_one();
  words.periodic_dose = "0.2502 mg";  // 0.08 %
  EXPECT_FALSE(says(reviewed(words), Severity::kConfirm, "whole steps"));
  EXPECT_EQ(figure(reviewed(words), "periodic bolus"), "250.25 micrograms, 12.513 microliters");
}

TEST(Periodic, AChangeOfItIsAChangeOfTheDose) {
  const Present present = running(four_and_one());
  PrescribeWords words = four_and_one();
  EXPECT_EQ(reviewed(words, present).confirmations(), 1);
  words.periodic_interval = "2 h";  // 4 and 3 mg/day
  EXPECT_TRUE(says(reviewed(words, present), Severity::kConfirmTwice, "from 5 milligrams per day"));
  words = four_and_one();
  words.periodic_dose = words.periodic_duration = words.periodic_interval = "";
  words.dose = "5 mg/day";
  EXPECT_TRUE(says(reviewed(words, present), Severity::kConfirm, "no periodic boluses any more"));
  // The same day, and most of it in one minute of it.
  words = four_and_one();
  words.dose = "1 mg/day";
  words.periodic_dose = "4 mg";
  words.periodic_interval = "24 h";
  const Review lump = reviewed(words, present);
  EXPECT_TRUE(says(lump, Severity::kConfirmTwice, "from 250 micrograms to 4 milligrams, a factor of 5 or more"));
  EXPECT_TRUE(says(lump, Severity::kConfirmTwice, "a big change of the fastest hour"));
}

TEST(Periodic, ARaiseByItIsHeldToTheLargestStepOfTheDrug) {
  PrescribeWords words;
  words.drug = "ziconotide";
  words.concentration = "25 mcg/mL";
  words.dose = "2.4 mcg/day";
  Present present = running(words);
  words.periodic_dose = "0.7 mcg";
  words.periodic_duration = "30 min";
  words.periodic_interval = "6 h";
  EXPECT_TRUE(says(reviewed(words, present), Severity::kConfirm, "a raise of more than 2.4 micrograms per day"));
  words.periodic_dose = "0.5 mcg";
  EXPECT_FALSE(says(reviewed(words, present), Severity::kConfirm, "a raise of more than"));
}

// 375 uL of 10 mg/mL at the 5 mg/day that base and boluses make together.
TEST(Periodic, ABridgeGivesTheDoseOfBaseAndBoluses) {
  PrescribeWords before;
  before.drug = "morphine sulfate";
  before.concentration = "10 mg/mL";
  before.dose = "5 mg/day";
  const Review out = reviewed(four_and_one(), running(before));
  EXPECT_FALSE(out.refused()) << out.text();
  EXPECT_EQ(out.program.bridge_rate_nl_per_day, 500'000U);
  EXPECT_EQ(figure(out, "bridge dose"), "3.75 milligrams");
  // 18 hours of bridge hold three of its instants, and no bolus.
  EXPECT_TRUE(says(out, Severity::kNote, "at the first of its instants after the bridge; these lie 6 h apart, counted from when"))
      << out.text();
  EXPECT_FALSE(says(out, Severity::kNote, "6 h after the program is accepted")) << out.text();
  PrescribeWords timed = four_and_one();
  timed.concentration = "10 mg/mL";
  EXPECT_TRUE(says(reviewed(four_and_one(), running(timed)), Severity::kNote, "these lie 6 h apart, and stay what they were"));
}

TEST(Periodic, WhenTheFirstOneComesIsSaid) {
  EXPECT_TRUE(says(reviewed(four_and_one()), Severity::kNote, "the first periodic bolus comes 6 h after the program is accepted"));
  PrescribeWords words = four_and_one();
  words.periodic_dose = "0.2 mg";
  EXPECT_TRUE(says(reviewed(words, running(four_and_one())), Severity::kNote, "keep their instants, the next at most 6 h away"));
  words.periodic_interval = "5 h";
  EXPECT_TRUE(says(reviewed(words, running(four_and_one())), Severity::kNote, "comes 5 h after"));
}

TEST(Periodic, EveryKindOfBaseThatThePumpKnowsIsOffered) {
  PrescribeWords constant = four_and_one();
  constant.periodic_dose = constant.periodic_duration = constant.periodic_interval = "";
  PrescribeWords schedule = constant;
  schedule.dose = "";
  schedule.schedule = "daily 00:00 4 mg/day";
  PrescribeWords minimum = constant;
  minimum.dose = "";
  minimum.minimum_rate = true;
  std::set<BasalMode> offered;
  for (const auto& words : {constant, schedule, minimum, four_and_one()}) offered.insert(reviewed(words).program.mode);
  std::set<BasalMode> known;
  for (unsigned code = 0; code < 256; ++code) {
    const auto mode = static_cast<BasalMode>(code);
    if (std::string_view(clients::protocol::describe(mode).name) != "unknown") known.insert(mode);
  }
  EXPECT_GE(known.size(), 4U);
  EXPECT_EQ(offered, known);
}

TEST(Periodic, WordsThatAreMissingOrOfAnotherKindAreNamed) {
  const auto wrong = [](auto change) {
    PrescribeWords words = four_and_one();
    change(words);
    const auto read = read_prescription(words, {});
    return read ? std::string() : read.error().text;
  };
  EXPECT_THAT(wrong([](auto& w) { w.periodic_interval = ""; }), HasSubstr("needs all three"));
  EXPECT_THAT(wrong([](auto& w) { w.periodic_dose = "3 h"; }), HasSubstr("neither a dose nor a volume"));
  EXPECT_THAT(wrong([](auto& w) { w.dose = "", w.minimum_rate = true; }), HasSubstr("beside a constant dose"));
  EXPECT_THAT(wrong([](auto& w) { w.dose = "", w.schedule = "daily 00:00 4 mg/day"; }), HasSubstr("beside a constant dose"));
}

TEST(Periodic, AWindowHoldsAtMostItsWholeIntervalsAndOneMore) {
  const PeriodicBolus bolus{{1'000}, 100, 600, 7'200};
  EXPECT_EQ(bolus.most_in(3'600).ng, 1'000);
  EXPECT_EQ(bolus.most_in(7'200).ng, 1'000);
  EXPECT_EQ(bolus.most_in(7'500).ng, 1'500);
  EXPECT_EQ(bolus.most_in(86'400).ng, 12'000);
  EXPECT_EQ(bolus.mean().ng_per_day, 12'000);
}

}  // namespace
}  // namespace pumprig::programmer
