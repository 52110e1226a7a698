// Doses by the minutes of the week, against sums that are made minute by minute.
#include "rig/programmer/week.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "rig/base/rng.h"
#include "rig/programmer/review_testing.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {
namespace {

Review scheduled(const std::string& schedule, const Present& present = {}) {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "20 mg/mL";
  words.schedule = schedule;
  return *review(*read_prescription(words, present), present);
}

Present with_base(const std::string& dose, const std::string& schedule = "") {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "20 mg/mL";
  words.dose = dose;
  words.schedule = schedule;
  Present present;
  present.program = review(*read_prescription(words, {}), {})->program;
  present.programmed = present.running = true;
  present.tube_concentration_ng_per_ml = 20'000'000;
  return present;
}

// Two half days at 30 mg/day side by side are 30 mg in 24 hours, though no calendar day holds more than 15.5 mg.
TEST(Week, TheHighest24HoursNeedNotBeginAtMidnight) {
  const Review noon = scheduled("mon,wed-sun 00:00 1 mg/day; mon 12:00 30 mg/day; tue 00:00 30 mg/day; tue 12:00 1 mg/day");
  EXPECT_EQ(figure(noon, "highest 24 hours"), "30 milligrams, 1.5 milliliters");
  EXPECT_TRUE(says(noon, Severity::kRefuse, "up to 30 milligrams per day is more than the limit of morphine sulfate"));
  // Over the end of the week as well.
  const Review sunday = scheduled("tue-sun 00:00 1 mg/day; sun 12:00 30 mg/day; mon 00:00 30 mg/day; mon 12:00 1 mg/day");
  EXPECT_EQ(figure(sunday, "highest 24 hours"), "30 milligrams, 1.5 milliliters");
  EXPECT_TRUE(sunday.refused());
  EXPECT_FALSE(scheduled("daily 00:00 1 mg/day; mon 12:00 30 mg/day").refused());
}

TEST(Week, AnyScheduleAgainstItsMinutes) {
  Rng chance(11);
  for (int round = 0; round < 40; ++round) {
    std::vector<DosePiece> pieces{{0x7F, 0, {static_cast<std::int64_t>(1 + chance.below(9'000'000))}}};
    for (std::uint64_t more = chance.below(6); more > 0; --more) {  // no two of them begin together
      pieces.push_back({static_cast<std::uint8_t>(1 + chance.below(0x7F)),
                        static_cast<std::uint16_t>(more * 240 - chance.below(239)),
                        {static_cast<std::int64_t>(1 + chance.below(40'000'000))}});
    }
    std::array<std::int64_t, 10'080> minutes{};
    // The latest beginning holds.
    std::sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) { return a.start_min < b.start_min; });
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
      for (std::size_t at = 0; at < minutes.size(); ++at) {
        const bool holds = (piece->weekdays >> (at / 1'440) & 1) != 0 && piece->start_min <= at % 1'440;
        if (holds && minutes[at] == 0) minutes[at] = piece->dose.ng_per_day;
      }
    }
    const auto sum = [&](std::size_t begin) {
      std::int64_t out = 0;
      for (std::size_t m = 0; m < 1'440; ++m) out += minutes[(begin + m) % minutes.size()];
      return out / 1'440;
    };
    std::int64_t most = 0;
    for (std::size_t begin = 0; begin < minutes.size(); begin += 1) most = std::max(most, sum(begin));
    const auto week = Week::of(pieces);
    ASSERT_TRUE(week);
    EXPECT_EQ(week->highest_24h().ng, most);
    for (unsigned weekday = 0; weekday < 7; ++weekday) EXPECT_EQ(week->day(weekday).ng, sum(weekday * 1'440));
  }
}

// The mean stays 5 mg a day, and Sunday doubles.
TEST(Week, ABigChangeOfASingleDayIsConfirmedTwiceWithThatDaysDose) {
  const std::string sunday = "mon-sat 00:00 4.1667 mg/day; sun 00:00 10 mg/day";
  const Review up = scheduled(sunday, with_base("5 mg/day"));
  EXPECT_EQ(up.confirmations(), 2);
  EXPECT_TRUE(says(up, Severity::kConfirmTwice, "a big change of single days: sun from 5 milligrams to 10 milligrams"));
  EXPECT_EQ(figure(up, "dose of mon-sat"), "4.1667 milligrams");
  EXPECT_EQ(figure(up, "dose of sun"), "10 milligrams");
  EXPECT_EQ(figure(up, "dose of 24 hours"), "") << "a mean is called one";
  EXPECT_EQ(figure(up, "mean dose of 24 hours"), "5.000029 milligrams per day");
  EXPECT_NE(up.second_question().find("Type the dose of sun, with its unit and per day"), std::string::npos);
  EXPECT_TRUE(up.confirms_again("10 mg/day"));
  EXPECT_FALSE(up.confirms_again("5 mg/day"));

  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "20 mg/mL";
  words.dose = "5 mg/day";
  const Present before = with_base("", sunday);
  const Review down = *review(*read_prescription(words, before), before);
  EXPECT_TRUE(says(down, Severity::kConfirmTwice, "sun from 10 milligrams to 5 milligrams; a lower dose can bring withdrawal"));
  EXPECT_EQ(scheduled(sunday, before).confirmations(), 1) << "nothing changes";
}

}  // namespace
}  // namespace pumprig::programmer
