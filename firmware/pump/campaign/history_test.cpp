// Random histories against the requirements; and proof that the campaign finds what is wrong and makes it short.
#include <gtest/gtest.h>

#include "firmware/pump/campaign/count.h"
#include "firmware/pump/campaign/player.h"

namespace pumpfw::campaign {
namespace {

std::string shrunk(std::uint64_t seed, const std::string& finding) {
  const History least = shrink(random_history(seed));
  return "seed " + std::to_string(seed) + ": " + finding + "\nshrunk to " + std::to_string(least.size()) +
         " actions: " + play(least).finding + "\n" + print(least);
}

TEST(Histories, RandomOnesHoldEveryLimitAndRefuseNothingThatMustBeGranted) {
  const std::uint64_t histories = count_from("PUMPFW_HISTORIES", 100);
  Played sum;
  for (std::uint64_t seed = 1; seed <= histories; ++seed) {
    const Played played = play(random_history(seed));
    ASSERT_EQ(played.finding, "") << shrunk(seed, played.finding);
    sum.requests += played.requests;
    sum.granted += played.granted;
    sum.resets += played.resets;
  }
  // They are about something.
  EXPECT_GT(sum.requests, 6 * histories);
  EXPECT_GT(sum.granted, histories);
  EXPECT_GT(sum.resets, 2 * histories);
}

struct Planted {
  Mutant mutant;
  const char* name;
};
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.name;
}

class PlantedMistake : public ::testing::TestWithParam<Planted> {};

// The campaign itself is tested: each mistake must be seen soon, and what is left of the history must be readable.
TEST_P(PlantedMistake, IsFoundWithinAHundredHistoriesAndShrunkToAHandful) {
  constexpr std::uint64_t kHistories = 100;
  constexpr std::size_t kHandful = 16;
  const Mutant mutant = GetParam().mutant;
  std::uint64_t seed = 1;
  while (seed < kHistories && play(random_history(seed), mutant).finding.empty()) ++seed;
  const History history = random_history(seed);
  ASSERT_NE(play(history, mutant).finding, "") << "no history of " << kHistories << " finds it";
  const History least = shrink(history, mutant);
  EXPECT_LE(least.size(), kHandful) << print(least);
  EXPECT_LE(least.size(), history.size());
  EXPECT_NE(play(least, mutant).finding, "");
  EXPECT_EQ(play(least).finding, "") << "the history fails without the mistake as well\n" << print(least);
}

INSTANTIATE_TEST_SUITE_P(
    Campaign, PlantedMistake,
    ::testing::Values(Planted{Mutant::kRateHigh, "RateHigh"}, Planted{Mutant::kBolusDoseHigh, "BolusDoseHigh"},
                      Planted{Mutant::kBolusFast, "BolusFast"}, Planted{Mutant::kLockoutShort, "LockoutShort"},
                      Planted{Mutant::kNextByLockout, "NextByLockout"}, Planted{Mutant::kCountAtMidnight, "CountAtMidnight"},
                      Planted{Mutant::kIgnoreOcclusion, "IgnoreOcclusion"}, Planted{Mutant::kIgnoreStall, "IgnoreStall"},
                      Planted{Mutant::kNoStallRetry, "NoStallRetry"}, Planted{Mutant::kRunDry, "RunDry"},
                      Planted{Mutant::kStopLate, "StopLate"}, Planted{Mutant::kNoCeilingWindow, "NoCeilingWindow"},
                      Planted{Mutant::kRateWrong, "RateWrong"}, Planted{Mutant::kScheduleLate, "ScheduleLate"},
                      Planted{Mutant::kPeriodicSkipped, "PeriodicSkipped"}, Planted{Mutant::kBridgeSkipped, "BridgeSkipped"},
                      Planted{Mutant::kPrimeLong, "PrimeLong"}, Planted{Mutant::kClockInLockout, "ClockInLockout"},
                      Planted{Mutant::kMinimumRateFast, "MinimumRateFast"}, Planted{Mutant::kBlankTrusted, "BlankTrusted"},
                      Planted{Mutant::kLastNonceOnly, "LastNonceOnly"}, Planted{Mutant::kClockJumpTaken, "ClockJumpTaken"},
                      Planted{Mutant::kResetsUncounted, "ResetsUncounted"}, Planted{Mutant::kResetsAlarmForgotten, "ResetsAlarmForgotten"},
                      Planted{Mutant::kHalfWritten, "HalfWritten"}, Planted{Mutant::kLimitUnset, "LimitUnset"},
                      Planted{Mutant::kRateRangeWide, "RateRangeWide"}, Planted{Mutant::kRateEdgesRefused, "RateEdgesRefused"},
                      Planted{Mutant::kWatchdogLate, "WatchdogLate"}, Planted{Mutant::kSelfTestSkipped, "SelfTestSkipped"}),
    [](const auto& planted) { return std::string(planted.param.name); });

}  // namespace
}  // namespace pumpfw::campaign
