// Single boluses, residuals and corrections: what is said and refused before anybody confirms.
#include "rig/programmer/giving.h"

#include <gtest/gtest.h>

#include <cmath>

#include "firmware/pump/base/units.h"
#include "firmware/pump/bolus/bolus_gate.h"
#include "rig/base/rng.h"
#include "rig/programmer/ceilings.h"
#include "rig/programmer/review_testing.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {
namespace {

PrescribeWords words_of(const std::string& dose) {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "20 mg/mL";
  words.dose = dose;
  return words;
}

Present given(const PrescribeWords& words) {
  Present present;
  present.program = review(*read_prescription(words, {}), {})->program;
  present.programmed = present.running = true;
  present.state = clients::TherapyState::kRunning;
  present.tube_concentration_ng_per_ml = present.program.concentration_ng_per_ml;
  present.capacity_nl = present.reservoir_nl = 20'000'000;
  return present;
}

PrescribeWords with_boluses(const std::string& dose) {
  PrescribeWords words = words_of("5 mg/day");
  words.bolus_dose = dose;
  words.bolus_duration = "10 min";
  words.bolus_lockout = "3 h";
  words.boluses_per_day = 4;
  return words;
}

// Three times 7 mg beside 5 mg a day: each by itself is 12, all of them are 26.
TEST(SingleBolus, CountsThoseOfTheLastDayAgainstTheLimit) {
  Present present = given(words_of("5 mg/day"));
  const auto seven = [&] { return review_bolus(350'000, 3'600, present); };
  EXPECT_EQ(figure(seven(), "with the bolus"), "12 milligrams per day");
  EXPECT_FALSE(seven().refused());
  present.boluses = {{7'000, 3'400, 350'000, true}};
  present.boluses_last_24h = 1;
  EXPECT_EQ(figure(seven(), "given in the last 24 h"), "1 bolus, 7 milligrams");
  EXPECT_EQ(figure(seven(), "with the bolus"), "19 milligrams per day");
  EXPECT_FALSE(seven().refused());
  present.boluses.push_back({3'600, 0, 350'000, true});
  EXPECT_TRUE(says(seven(), Severity::kRefuse, "26 milligrams per day is more than the limit of morphine sulfate"));
}

TEST(SingleBolus, CountsThoseThatThePatientMayStillAskFor) {
  Present present = given(with_boluses("2 mg"));
  const auto one = [&] { return review_bolus(50'000, 1'800, present); };
  EXPECT_EQ(figure(one(), "patient may still ask for"), "3 boluses, 6 milligrams") << "this one counts as the fourth";
  EXPECT_EQ(figure(one(), "with the bolus"), "12 milligrams per day");
  present.boluses = {{20'000, 19'000, 100'000, false}};
  present.boluses_last_24h = 1;
  EXPECT_EQ(figure(one(), "patient may still ask for"), "2 boluses, 4 milligrams");
  EXPECT_EQ(figure(one(), "with the bolus"), "12 milligrams per day");
  present.untold_boluses = 1;
  present.boluses_last_24h = 2;
  EXPECT_EQ(figure(one(), "given in the last 24 h"), "2 boluses, 4 milligrams");
  EXPECT_TRUE(says(one(), Severity::kConfirm, "does not tell of all boluses"));
}

TEST(SingleBolus, ADayScheduleCountsWithItsHighest24Hours) {
  PrescribeWords words = words_of("");
  words.schedule = "mon,wed-sun 00:00 1 mg/day; mon 12:00 15 mg/day; tue 00:00 15 mg/day; tue 12:00 1 mg/day";
  EXPECT_EQ(figure(review_bolus(50'000, 1'800, given(words)), "with the bolus"), "16 milligrams per day");
}

TEST(SingleBolus, IsConfirmedAgainWithItsOwnDose) {
  const Review big = review_bolus(100'000, 1'800, given(words_of("5 mg/day")));
  EXPECT_EQ(big.confirmations(), 2);
  EXPECT_NE(big.second_question().find("the dose of the bolus, with its unit"), std::string::npos);
  for (const char* right : {"2 mg", "2000 mcg", "2 milligrams"}) EXPECT_TRUE(big.confirms_again(right)) << right;
  for (const char* wrong : {"bolus", "yes", "2 mcg", "5 mg/day", "7 milligrams per day", "2 mg/day", "100 uL"}) {
    EXPECT_FALSE(big.confirms_again(wrong)) << wrong;
  }
}

TEST(SingleBolus, IsRefusedWhereTherapyOrReservoirDoNotGiveIt) {
  using clients::TherapyState;
  Present present = given(words_of("5 mg/day"));
  for (const auto state : {TherapyState::kStopped, TherapyState::kHalted, TherapyState::kPriming, TherapyState::kBridging,
                           TherapyState::kBolus, TherapyState::kStallPause}) {
    present.state = state;
    EXPECT_TRUE(says(review_bolus(50'000, 1'800, present), Severity::kRefuse, "beside a base that runs")) << static_cast<int>(state);
  }
  present.state = TherapyState::kRunning;
  present.reservoir_nl = 49'999;
  EXPECT_TRUE(says(review_bolus(50'000, 1'800, present), Severity::kRefuse, "less than the bolus"));
}

TEST(SingleBolus, MeetsTheCeilingsBeforeItIsConfirmed) {
  const Present present = given(with_boluses("0.25 mg"));
  const Review small = review_bolus(12'500, 1'800, present);
  EXPECT_FALSE(small.refused()) << small.text();
  EXPECT_EQ(figure(small, "ceilings"), "at most " + ceilings_text(present.program));
  const Review big = review_bolus(100'000, 1'800, present);
  EXPECT_TRUE(says(big, Severity::kRefuse, "now it would give 12.5 microliters, 250 micrograms")) << big.text();
}

// Against the gate of the firmware, whatever stands in the program and was given before.
TEST(SingleBolus, IsRefusedByCeilingsWhereThePumpsOwnGateDoesAndTheAdviceIsTheMost) {
  Rng chance(21);
  const auto drawn = [&](double low, double high) { return std::exp(chance.uniform(std::log(low), std::log(high))); };
  int refused = 0;
  int taken = 0;
  for (int round = 0; round < 3'000; ++round) {
    PrescribeWords words = with_boluses("0.25 mg");
    words.boluses_per_day = static_cast<unsigned>(1 + chance.below(19));
    if (chance.below(3) == 0) {
      words.dose = "";
      words.schedule = "daily 00:00 4 mg/day; mon-fri 07:03 7.3 mg/day; sat 11:00 9.1 mg/day";
    } else if (chance.below(2) == 0) {
      words.periodic_dose = "0.2 mg";
      words.periodic_duration = "11 min";
      words.periodic_interval = "100 min";
    }
    Present present = given(words);
    present.program.ceiling_1h_nl = static_cast<std::uint32_t>(drawn(10'000, 1e6));
    present.program.ceiling_24h_nl = static_cast<std::uint32_t>(drawn(300'000, 3e6));
    pumpfw::BolusHistory history;
    const pumpfw::PumpTime now = 10 * pumpfw::kDay;
    for (std::uint64_t i = chance.below(5); i > 0; --i) {
      const std::int64_t ended = static_cast<std::int64_t>(i) * 5'000 - 4'000;
      const auto steps = static_cast<std::uint32_t>(20 + chance.below(3'000));
      present.boluses.push_back({ended + 600, ended, steps * 12.5, false});
      const auto ago = static_cast<pumpfw::PumpTime>(ended);
      history.add({now - (ago + 600) * pumpfw::kSecond, now - ago * pumpfw::kSecond, steps});
    }
    const auto takes = [&](std::uint32_t volume_nl) {
      return pumpfw::BolusGate(pumpfw::Mutation{}).judge_ceilings(now, volume_nl, present.program, history) == pumpfw::StatusCode::kOk;
    };
    const auto volume = static_cast<std::uint32_t>(drawn(250, 1e6));
    const std::string over = over_ceiling(volume, present);
    ASSERT_EQ(over.empty(), takes(volume)) << volume << " nL\n" << over;
    ++(over.empty() ? taken : refused);
    const std::size_t at = over.find("now it would give ");
    if (at == std::string::npos || over.find("give none") != std::string::npos) continue;
    const double most_ul = std::stod(over.substr(at + 18));
    const bool millilitres = over.find("milliliters", at) < over.find("microliters", at);
    const double most_nl = most_ul * (millilitres ? 1e6 : 1e3);
    EXPECT_TRUE(takes(static_cast<std::uint32_t>(most_nl))) << over;
    EXPECT_FALSE(takes(static_cast<std::uint32_t>(most_nl + 14))) << over;
  }
  EXPECT_GT(refused, 300);
  EXPECT_GT(taken, 300);
}

TEST(Residuals, WhereNothingWasProgrammedAMillilitreDecides) {
  Present present = given(words_of("5 mg/day"));
  present.filled_nl = 20'000'000;
  RefillEntry entry;
  entry.volume_nl = entry.capacity_nl = 20'000'000;
  entry.measured_nl = 1'500'000;
  const auto less = review_refill(entry, present);
  EXPECT_TRUE(less.residual->over_infusion);
  EXPECT_FALSE(less.residual->error_percent);
  EXPECT_TRUE(says(less.review, Severity::kConfirm, "OVER-INFUSION"));
  EXPECT_EQ(figure(less.review, "difference"), "18.5 milliliters less than expected, and nothing was programmed since the last fill");
  EXPECT_FALSE(judge_residual(20'000'000, 20'000'000, 19'000'000).over_infusion) << "1 mL, and not more";
  EXPECT_TRUE(judge_residual(18'000'000, 18'000'000, 19'100'000).under_infusion);
}

TEST(Corrections, AreNoRefillAndSaySo) {
  Present present = given(words_of("5 mg/day"));
  present.fills = 1;
  present.filled_nl = 20'000'000;
  RefillEntry entry;
  entry.correct = true;
  entry.volume_nl = 18'000'000;
  entry.capacity_nl = 20'000'000;
  const auto out = review_refill(entry, present);
  EXPECT_FALSE(out.review.refused());
  EXPECT_EQ(figure(out.review, "in it, corrected"), "18 milliliters");
  EXPECT_TRUE(says(out.review, Severity::kConfirm, "a correction: nothing is filled in"));
  EXPECT_DOUBLE_EQ(out.next->days, 64);
  entry.measured_nl = 1'000'000;
  EXPECT_TRUE(says(review_refill(entry, present).review, Severity::kRefuse, "belong to a refill"));
  entry.measured_nl.reset();
  present.never_filled = true;
  EXPECT_TRUE(says(review_refill(entry, present).review, Severity::kRefuse, "enter a refill"));
}

TEST(Soon, AProgramThatEmptiesThePumpInDaysIsConfirmedAsSuch) {
  Present present;
  present.reservoir_nl = 4'000'000;  // 2 mL above the alarm
  const auto reviewed = [&](const char* dose) { return *review(*read_prescription(words_of(dose), present), present); };
  EXPECT_TRUE(says(reviewed("20 mg/day"), Severity::kConfirm, "the next refill is due in 48 hours already") ||
              says(reviewed("20 mg/day"), Severity::kConfirm, "the next refill is due in 2 days already"));
  EXPECT_FALSE(says(reviewed("5 mg/day"), Severity::kConfirm, "is due"));
  present.reservoir_nl = 2'500'000;
  EXPECT_TRUE(says(reviewed("20 mg/day"), Severity::kConfirm, "the next refill is due in 12 hours already"));
  EXPECT_EQ(figure(reviewed("20 mg/day"), "next refill"), "in 12 hours, by volume to the low alarm, every patient bolus used");
  present.reservoir_nl = 2'000'000;
  EXPECT_TRUE(says(reviewed("5 mg/day"), Severity::kConfirm, "must be filled now"));
}

}  // namespace
}  // namespace pumprig::programmer
