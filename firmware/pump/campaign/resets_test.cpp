// Resets and supply dips by the thousand: at any instant, in the middle of a program update, of the record of a grant, of the boot that
// follows another. What must hold is the oracle's: program intact, therapy back in 5 s, ledger within 1 µL, no bolus repeated, no lockout
// shorter, at most one step too many.
#include <gtest/gtest.h>

#include <random>

#include "firmware/pump/campaign/count.h"
#include "firmware/pump/campaign/player.h"

namespace pumpfw::campaign {
namespace {

constexpr std::uint64_t kResetsInAHistory = 50;
constexpr std::int64_t kBrownOut = 4;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  History resets(std::uint64_t count) {
    History history = begin();
    for (std::uint64_t i = 0; i < count; ++i) {
      if (number(0, 3) == 0) {
        record_to_cut(history);
      } else {
        something_to_cut(history);
      }
      history.push_back({Act::kReset, number(0, 4), number(1, kSecondTicks), number(-1, 260)});
      history.push_back({Act::kWait, number(0, 3) == 0 ? number(0, 20 * kSecondTicks) : number(6 * kSecondTicks, 180 * kSecondTicks)});
    }
    return history;
  }

  History dips(std::uint64_t count) {
    History history = begin();
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::int64_t what = number(0, 5);
      if (what == 0) record_to_cut(history);
      if (what == 1 || what == 2) something_to_cut(history);
      history.push_back({Act::kReset, kBrownOut, number(1, kSecondTicks / 20), number(0, 260)});
      if (number(0, 2) == 0) {
        history.push_back({Act::kWait, number(0, 700)});  // the boot takes some 500 ticks
      } else {
        history.push_back({Act::kWait, number(5 * kSecondTicks, 60 * kSecondTicks)});
      }
    }
    return history;
  }

 private:
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  Action write() { return {Act::kWrite, number(0, 3), number(48'000, number(0, 5) == 0 ? 24'000'000 : 2'000'000), number(0, 100'000)}; }
  History begin() { return {write(), {Act::kReservoir, 20'000'000}, {Act::kStart}, {Act::kWait, number(0, 60 * kSecondTicks)}}; }

  static void record_to_cut(History& history) { history.push_back({Act::kWaitFor, static_cast<std::int64_t>(Moment::kRecordUnderWay)}); }
  // Its records are under way when the reset comes; or they are just in the memory.
  void something_to_cut(History& history) {
    switch (number(0, 9)) {
      case 0:
      case 1:
        history.push_back(write());
        break;
      case 2:
      case 3:
        history.push_back({Act::kRequest, number(0, 2)});
        break;
      case 4:
        history.push_back({Act::kGive, number(250, 20'000), number(60, 1'200)});
        break;
      case 5:
        history.push_back({Act::kPrime, number(100, 20'000)});
        break;
      case 6:
        history.push_back({Act::kBridge, number(0, 3)});
        break;
      case 7:
        history.insert(history.end(), {Action{Act::kStop}, Action{Act::kWait, number(0, 200)}, Action{Act::kStart}});
        break;
      default:
        history.push_back({Act::kReservoir, 20'000'000});
        break;
    }
    history.push_back({Act::kWait, number(0, 1) == 0 ? number(0, 200) : number(0, 120 * kSecondTicks)});
  }

  std::mt19937_64 random_;
};

void expect_sound(const History& history, std::uint64_t& resets, std::uint64_t& granted) {
  const Played played = play(history);
  resets += played.resets;
  granted += played.granted;
  if (played.finding.empty()) return;
  const History least = shrink(history);
  FAIL() << played.finding << "\nshrunk to " << least.size() << " actions: " << play(least).finding << "\n" << print(least);
}

TEST(Resets, AtAnyInstantCostNoProgramNoLockoutAndAtMostAMicrolitreOfTheLedger) {
  const std::uint64_t wanted = count_from("PUMPFW_RESETS", 300);
  std::uint64_t resets = 0, granted = 0;
  for (std::uint64_t seed = 1; resets < wanted && !HasFatalFailure(); ++seed) {
    expect_sound(Maker(seed).resets(std::min(kResetsInAHistory, wanted - resets)), resets, granted);
  }
  if (HasFatalFailure()) return;
  EXPECT_EQ(resets, wanted);
  EXPECT_GT(granted, wanted / 100);
}

TEST(Dips, OfTheSupplyAtAnyInstantGiveAtMostOneStepTooManyAndCostNoProgram) {
  const std::uint64_t wanted = count_from("PUMPFW_DIPS", 500);
  std::uint64_t dips = 0, granted = 0;
  for (std::uint64_t seed = 1; dips < wanted && !HasFatalFailure(); ++seed) {
    expect_sound(Maker(seed + 1'000'000).dips(std::min(kResetsInAHistory, wanted - dips)), dips, granted);
  }
  if (HasFatalFailure()) return;
  EXPECT_EQ(dips, wanted);
}

}  // namespace
}  // namespace pumpfw::campaign
