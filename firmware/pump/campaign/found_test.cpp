// What campaigns have found, shrunk, as they printed it. A new finding is pasted here when it is mended.
#include <gtest/gtest.h>

#include "firmware/pump/campaign/player.h"

namespace pumpfw::campaign {
namespace {

void expect_sound(const History& history) {
  EXPECT_EQ(play(history).finding, "") << print(history);
}

// REQ-207, 906: the pump had forgotten the grant over the refusal of another request.
TEST(Found, AGrantedRequestAskedAgainAfterARefusedOneIsToldGranted) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 8088}, {Act::kStart}, {Act::kRequest}, {Act::kRequest}, {Act::kRequest, 2},
  };
  expect_sound(history);
}

// REQ-405: the attempts of a day filled the volume limiter, which halted the pump when the rotor was free again.
TEST(Found, ARotorHeldForADayIsNoOverdelivery) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 20'000'000}, {Act::kStart}, {Act::kRotor, 1}, {Act::kWait, 2'831'155'200},
      {Act::kRotor}, {Act::kWait, 20'000'000},
  };
  expect_sound(history);
}

// REQ-405: at the minimum rate the attempts of a day and a half were more than the prescription, and halted the pump.
TEST(Found, ARotorHeldAtTheMinimumRateIsNoOverdeliveryEither) {
  const History history = {
      {Act::kWrite, 3}, {Act::kReservoir, 20'000'000}, {Act::kStart}, {Act::kWait, 3'600 * 32'768},
      {Act::kRotor, 1}, {Act::kWait, 3'538'944'000},   {Act::kRotor}, {Act::kWait, 20'000'000},
  };
  expect_sound(history);
}

// REQ-705: a bolus was given by a dose in which a bit had flipped since the last look at the memory.
TEST(Found, ADamagedDoseIsNotGiven) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 20'000'000}, {Act::kStart}, {Act::kWait, 66}, {Act::kFlip, 6, 229, 12}, {Act::kRequest},
  };
  expect_sound(history);
}

// REQ-704, 212: only the newest record knew of a grant, and its damage brought back the one from before it.
TEST(Found, DamageOfOneRecordOfTheBolusesForgetsNoGrant) {
  for (const std::int64_t copy : {4, 5}) {
    const History history = {
        {Act::kWrite},   {Act::kReservoir, 64'163}, {Act::kStart},      {Act::kRequest},         {Act::kWaitFor, 1},
        {Act::kRequest}, {Act::kWait, 660},         {Act::kFlip, copy}, {Act::kReset, 0, 0, -1},
    };
    expect_sound(history);
  }
}

// REQ-704, 111: the same of the state, which says whether therapy is meant to run.
TEST(Found, DamageOfOneRecordOfTheStateNeitherStartsNorStopsTherapy) {
  for (const std::int64_t copy : {2, 3}) {
    const History started = {
        {Act::kWrite}, {Act::kReservoir, 20'000'000}, {Act::kStart}, {Act::kWait, 660}, {Act::kFlip, copy}, {Act::kReset, 0, 0, -1},
    };
    expect_sound(started);
    const History stopped = {
        {Act::kWrite},      {Act::kReservoir, 20'000'000}, {Act::kStart},           {Act::kWait, 66'000}, {Act::kStop}, {Act::kWait, 660},
        {Act::kFlip, copy}, {Act::kReset, 0, 0, -1},       {Act::kWait, 3'276'800},
    };
    expect_sound(stopped);
  }
}

// REQ-202: the first record of all, cut, was taken for a history lost, and boluses were refused for a day.
TEST(Found, AGrantCutInTheFirstRecordOfAllUsesUpNoDay) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 250'000}, {Act::kStart}, {Act::kWait, 660}, {Act::kGive}, {Act::kReset, 0, 32'769, 1},
  };
  expect_sound(history);
}

// REQ-704, 212: a reset between the two writes of a grant left it in one slot, and there it stayed alone.
TEST(Found, AGrantCutBetweenItsTwoRecordsIsInBothAfterTheReset) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 8'088}, {Act::kStart},           {Act::kRequest}, {Act::kWait, 33}, {Act::kReset, 0, 0, -1},
      {Act::kClear}, {Act::kFlip, 5},          {Act::kReset, 0, 0, -1},
  };
  expect_sound(history);
}

// REQ-202: with the newest record of the state damaged, the time since the one before it was taken for a clock that had jumped.
TEST(Found, DamageOfTheNewestRecordOfTheStateMakesNoLockoutLonger) {
  for (const std::int64_t copy : {2, 3}) {
    const History history = {
        {Act::kWrite},   {Act::kReservoir, 8463},  {Act::kStart},      {Act::kRequest},
        {Act::kRequest}, {Act::kWait, 21'478'585}, {Act::kFlip, copy}, {Act::kReset, 0, 516'636, -1},
    };
    expect_sound(history);
  }
}

// REQ-212: when the time is lost, what was a day old only after the pump had last noted it may count as given just now.
TEST(Found, ABolusThatBecameADayOldSinceTheTimeWasNotedMayCountAnew) {
  const History history = {
      {Act::kWrite, 0, 0, 42'313}, {Act::kReservoir, 99'100}, {Act::kStart},           {Act::kRequest}, {Act::kWait, 132},  {Act::kReset},
      {Act::kWaitFor, 1},          {Act::kRequest},           {Act::kReset, 1, 0, 52}, {Act::kClock},   {Act::kWaitFor, 1}, {Act::kRequest},
  };
  expect_sound(history);
}

// REQ-906: a single bolus that a reset had ended before any record said that it ran was told to go on to its end.
TEST(Found, ABolusThatAResetEndedKeepsNobodyWaiting) {
  const History history = {
      {Act::kWrite},        {Act::kReservoir, 13'275},    {Act::kStart},
      {Act::kGive, 0, 114}, {Act::kReset, 0, 12'289, 37}, {Act::kWrite, 2, 0, 31'819},
      {Act::kWaitFor},      {Act::kWait, 32'768},         {Act::kRequest},
  };
  expect_sound(history);
}

// REQ-705: periodic boluses beside a long bolus were paid by it, and its end was more than the limiter knew of.
TEST(Found, PeriodicBolusesBesideALongBolusAreNoOverdelivery) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 5'965'575}, {Act::kStart}, {Act::kWrite, 2, 22'215'796, 84'362}, {Act::kRequest}, {Act::kWaitFor},
  };
  expect_sound(history);
}

// REQ-705: after a reset the limiter took base steps for the begin of a periodic bolus, a stop took that away again, and the next periodic
// bolus was more than the limiter knew of.
TEST(Found, APeriodicBolusAfterAResetAndAStallIsNoOverdelivery) {
  const History history = {
      {Act::kWrite, 2, 0, 83'268},
      {Act::kReservoir, 137'163},
      {Act::kSetClock, 1'773'789'068},
      {Act::kStart},
      {Act::kWaitFor, 2, 31'238},
      {Act::kReset, 0, 1'530, -1},
      {Act::kWaitFor, 2},
      {Act::kRequest},
      {Act::kRotor, 1},
      {Act::kWait, 6'381},
      {Act::kRotor},
      {Act::kWaitFor, 1},
  };
  expect_sound(history);
}

// REQ-702: a damaged program condemned the plan that was made by it when it was whole.
TEST(Found, ADamagedProgramIsMendedBeforeThePlanIsHeldToIt) {
  const History history = {
      {Act::kWrite}, {Act::kReservoir, 250}, {Act::kStart}, {Act::kGive}, {Act::kRequest, 1}, {Act::kFlip, 6}, {Act::kPrime},
  };
  expect_sound(history);
}

}  // namespace
}  // namespace pumpfw::campaign
