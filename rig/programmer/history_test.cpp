// What is read out of a pump's log, and what a refill comes to by it.
#include "rig/programmer/history.h"

#include <gtest/gtest.h>

#include "rig/programmer/giving.h"
#include "rig/programmer/review_testing.h"

namespace pumprig::programmer {
namespace {

using clients::LogCode;

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kDayS = 86'400;

class HistoryTest : public ::testing::Test {
 public:
  HistoryTest& at(std::int64_t second) {
    now_s = second;
    return *this;
  }
  HistoryTest& note(LogCode code, std::int32_t first = 0, std::int32_t second = 0) {
    log.entries.push_back(
        {static_cast<std::uint32_t>(log.entries.size()) + log.oldest_seq, static_cast<std::uint64_t>(now_s) * 32'768, code, first, second});
    return *this;
  }

 protected:
  HistoryTest() {
    began.programmed = true;
    began.program.drug = ziconotide.number;
    began.program.concentration_ng_per_ml = 25'000;
    began.program.basal_rate_nl_per_day = 96'000;
    began.capacity_nl = 20'000'000;
  }
  Present& read(std::int64_t second, std::uint32_t reservoir_nl) {
    present = began;
    present.reservoir_nl = reservoir_nl;
    read_history(log, static_cast<std::uint64_t>(second) * 32'768, present);
    return present;
  }
  // Days that the drug keeps after a refill now.
  double keeps() {
    RefillEntry entry;
    entry.volume_nl = entry.capacity_nl = 20'000'000;
    return review_refill(entry, present).next->days;
  }

  const Drug ziconotide = *find_drug("ziconotide");
  clients::Programmer::Log log{.oldest_seq = 1, .newest_seq = 0, .chained = true, .entries = {}};
  Present began;
  Present present;
  std::int64_t now_s = 0;
};

TEST_F(HistoryTest, AFillAfterAnotherDrugCameIsItsFirst) {
  at(0).note(LogCode::kReservoirEntered, 20'000'000, 0).note(LogCode::kTherapyStarted);
  at(30 * kDayS).note(LogCode::kTherapyStopped, 2).note(LogCode::kProgramWritten, 2).note(LogCode::kDrugChanged, 2, 25'000);
  read(30 * kDayS + 60, 12'000'000);
  EXPECT_EQ(present.fills, 0) << "what stands in it is the other drug";
  EXPECT_FALSE(next_refill(present.program, ziconotide, present)->known());
  EXPECT_DOUBLE_EQ(keeps(), 14);
  at(30 * kDayS + 120).note(LogCode::kReservoirEntered, 20'000'000, 12'000'000).note(LogCode::kTherapyStarted);
  read(32 * kDayS, 19'800'000);
  EXPECT_EQ(present.fills, 1);
  EXPECT_NEAR(next_refill(present.program, ziconotide, present)->days, 12, 0.01);
  EXPECT_DOUBLE_EQ(keeps(), 84) << "the drug ran, so the next fill is a later one";
}

TEST_F(HistoryTest, AFirstFillThatIsEnteredAgainIsStillTheFirst) {
  at(0).note(LogCode::kReservoirEntered, 18'000'000, 0);
  at(600).note(LogCode::kProgramWritten, 1).note(LogCode::kTherapyStarted);
  read(1'200, 17'999'000);
  EXPECT_FALSE(present.used_since_fill);
  EXPECT_DOUBLE_EQ(keeps(), 14);
  at(1'200).note(LogCode::kReservoirEntered, 20'000'000, 17'999'000);
  read(5 * kDayS, 19'500'000);
  EXPECT_EQ(present.fills, 1);
  EXPECT_TRUE(present.used_since_fill);
  EXPECT_DOUBLE_EQ(keeps(), 84);
}

// Filled while the old drug still stood in the program, and not run since.
TEST_F(HistoryTest, AFillThatTheNewDrugCameWithIsItsFirst) {
  at(0).note(LogCode::kReservoirEntered, 20'000'000, 0).note(LogCode::kTherapyStarted);
  at(9 * kDayS).note(LogCode::kTherapyStopped, 2).note(LogCode::kReservoirEntered, 20'000'000, 15'000'000);
  at(9 * kDayS + 60).note(LogCode::kDrugChanged, 2, 25'000).note(LogCode::kTherapyStarted);
  read(12 * kDayS, 19'700'000);
  EXPECT_EQ(present.fills, 1);
  EXPECT_NEAR(next_refill(present.program, ziconotide, present)->days, 11, 0.01);
}

TEST_F(HistoryTest, ACorrectionIsNoFillAndMovesWhatWasFilledIn) {
  at(0).note(LogCode::kReservoirEntered, 20'000'000, 0).note(LogCode::kTherapyStarted);
  at(kHour).note(LogCode::kReservoirCorrected, 17'996'000, 19'996'000);
  read(kDayS, 17'904'000);
  EXPECT_EQ(present.fills, 1);
  EXPECT_EQ(present.filled_nl, 18'000'000U);
  EXPECT_EQ(present.since_fill_s, kDayS);
}

TEST_F(HistoryTest, ALogWithoutItsBeginningDoesNotMakeAFirstFillOfAnUnknownOne) {
  log.oldest_seq = 40;
  at(0).note(LogCode::kReservoirEntered, 20'000'000, 4'000'000);
  read(kHour, 19'996'000);
  EXPECT_EQ(next_fill_kind(ziconotide, present), std::nullopt);
  at(84 * kDayS).note(LogCode::kReservoirEntered, 20'000'000, 12'000'000);
  read(85 * kDayS, 19'904'000);
  EXPECT_EQ(next_fill_kind(ziconotide, present), Fill::kLater);
}

TEST_F(HistoryTest, AStatedFillThatTheLogContradictsIsSaidToStandNowhere) {
  at(0).note(LogCode::kReservoirEntered, 20'000'000, 0).note(LogCode::kTherapyStarted);
  read(30 * kDayS, 17'000'000);
  RefillEntry entry;
  entry.volume_nl = entry.capacity_nl = 20'000'000;
  entry.fill = Fill::kFirst;
  const auto stated = review_refill(entry, present);
  EXPECT_DOUBLE_EQ(stated.next->days, 14);
  EXPECT_EQ(figure(stated.review, "next refill"), "in 14 days, by the drug's stability after a first fill");
  EXPECT_TRUE(says(stated.review, Severity::kConfirm, "its page will count as after a later fill"));
  entry.fill = Fill::kLater;
  EXPECT_FALSE(says(review_refill(entry, present).review, Severity::kConfirm, "its page will count"));
}

TEST_F(HistoryTest, BolusesOfTheLastDayAreThoseThatReachIntoIt) {
  at(0).note(LogCode::kClinicianBolusGiven, 100'000, 600);
  at(600).note(LogCode::kBolusCompleted, 8'000);
  at(20 * kHour).note(LogCode::kBolusGranted, 12'500, 3'600);
  at(20 * kHour + 60).note(LogCode::kBolusCancelled, 200, 800);
  at(24 * kHour).note(LogCode::kClinicianBolusGiven, 50'000, 1'200);
  began.boluses_last_24h = 4;
  read(24 * kHour + 300, 0);
  ASSERT_EQ(present.boluses.size(), 3U);
  EXPECT_EQ(present.boluses[0].ended_ago_s, 24 * kHour - 300) << "began 24 h 5 min ago, and reaches into them";
  EXPECT_DOUBLE_EQ(present.boluses[1].volume_nl, 2'500) << "what was given of it";
  EXPECT_EQ(present.boluses[2].ended_ago_s, -900) << "it runs";
  EXPECT_TRUE(present.boluses[2].of_clinician);
  EXPECT_EQ(present.untold_boluses, 2U) << "the pump counts four that began in them";
}

TEST_F(HistoryTest, WhatIsFoundInAPumpThatWasNeverFilledIsNotJudged) {
  note(LogCode::kSelfTestPassed);
  read(kHour, 0);
  RefillEntry entry;
  entry.volume_nl = entry.capacity_nl = 20'000'000;
  entry.measured_nl = 300'000;
  const auto first = review_refill(entry, present);
  EXPECT_EQ(figure(first.review, "difference"), "not judged: by the pump's log nothing was ever filled in");
  EXPECT_FALSE(first.residual);
  EXPECT_FALSE(says(first.review, Severity::kConfirm, "right pump"));
  entry.measured_nl = 4'000'000;
  EXPECT_TRUE(says(review_refill(entry, present).review, Severity::kConfirm, "4 milliliters were drawn out of a pump that nothing"));
}

}  // namespace
}  // namespace pumprig::programmer
