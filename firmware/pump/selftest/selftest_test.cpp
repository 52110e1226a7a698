// REQ-701: what the self test looks at, each part made to fail in turn.
#include <gtest/gtest.h>

#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using testing::FakeBoard;

constexpr std::uint16_t kAllParts = (1U << static_cast<unsigned>(SelfTestPart::kCount)) - 1;

struct BrokenPart {
  SelfTestPart part;
  const char* name;
  void (*spoil)(FakeBoard&);
};

const BrokenPart kBroken[] = {
    {SelfTestPart::kStack, "Stack", [](FakeBoard& b) { b.stack_overrun = true; }},
    {SelfTestPart::kCode, "Code", [](FakeBoard& b) { b.code_bytes.back() ^= 1; }},
    {SelfTestPart::kRam, "Ram", [](FakeBoard& b) { b.ram_bad = true; }},
    {SelfTestPart::kMemory, "Memory", [](FakeBoard& b) { b.nvm_forgets = true; }},
    {SelfTestPart::kPressure, "PressureLow", [](FakeBoard& b) { b.outlet_counts = 0; }},
    {SelfTestPart::kPressure, "PressureHigh", [](FakeBoard& b) { b.outlet_counts = 4095; }},
    {SelfTestPart::kBattery, "Battery", [](FakeBoard& b) { b.battery_mv = 4095; }},
    {SelfTestPart::kTemperature, "Temperature", [](FakeBoard& b) { b.temperature_counts = 4095; }},
    {SelfTestPart::kReservoir, "Reservoir", [](FakeBoard& b) { b.reservoir_counts = 25'001; }},
    {SelfTestPart::kClock, "Clock", [](FakeBoard& b) { b.rtc_stuck = true; }},
};

class ASelfTest : public ::testing::TestWithParam<BrokenPart> {};
INSTANTIATE_TEST_SUITE_P(Parts, ASelfTest, ::testing::ValuesIn(kBroken), [](const auto& tested) { return std::string(tested.param.name); });

StatusCode ask_for_test(FakeBoard& board) {
  return board.command([](Pump& pump, Tick now) { return pump.self_test(now); });
}

// A pump whose therapy has run and was stopped.
void begin_stopped(FakeBoard& board) {
  testing::begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  ASSERT_EQ(testing::stop(board), StatusCode::kOk);
}

std::uint16_t found_by_request(FakeBoard& board) {
  EXPECT_EQ(ask_for_test(board), StatusCode::kOk);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kSelfTest);
  board.run_for(4 * kSecond);
  EXPECT_FALSE(board.pump().starting());
  EXPECT_EQ(board.pump().self_tested(), kAllParts);
  return board.pump().self_test_failed();
}

TEST_P(ASelfTest, OnRequestFindsThePartHaltsAndAlarms) {
  FakeBoard board;
  begin_stopped(board);
  GetParam().spoil(board);
  EXPECT_EQ(found_by_request(board), protocol::bit(GetParam().part));
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kSelfTest));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
  const std::uint64_t steps = board.step_count;
  EXPECT_EQ(testing::clear(board, AlarmId::kSelfTest), StatusCode::kAlarmCauseStands);
  EXPECT_EQ(testing::start(board), StatusCode::kCriticalAlarm);
  board.run_for(kHour);
  EXPECT_EQ(board.step_count, steps);
}

TEST_P(ASelfTest, AtPowerOnStopsTherapyThatWasMeantToGoOn) {
  FakeBoard board;
  testing::begin(board, testing::program_at(24'000'000));
  board.run_for(kMinute);
  GetParam().spoil(board);
  const std::uint64_t steps = board.step_count;
  board.reboot(hal::ResetCause::kPowerOn);
  board.run_for(kMinute);
  EXPECT_EQ(board.step_count, steps);
  EXPECT_EQ(board.pump().self_test_failed() & protocol::bit(GetParam().part), protocol::bit(GetParam().part));
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kSelfTest));
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
}

TEST(SelfTest, InFullTakesNoLongerThanTherapyMayAfterAReset) {
  FakeBoard board;
  testing::begin(board, testing::program_at(24'000'000));
  board.run_for(kMinute);
  board.reboot(hal::ResetCause::kPowerOn);
  board.run_for(kSecond / 10);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kSelfTest);
  board.run_for(kSecond / 5);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_EQ(board.pump().self_tested(), kAllParts);
}

TEST(SelfTest, InShortLooksAtTheStackAndTheDriverOnly) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  board.outlet_counts = 0;  // a part of the full test only
  board.reboot(hal::ResetCause::kWatchdog);
  board.run_for(kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
  EXPECT_EQ(board.pump().self_tested(), protocol::bit(SelfTestPart::kStack) | protocol::bit(SelfTestPart::kMotorDriver));
  board.stack_overrun = true;
  board.reboot(hal::ResetCause::kWatchdog);
  board.run_for(kSecond);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kSelfTest));
}

TEST(SelfTest, IsRefusedWhileTherapyRunsOrPauses) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  EXPECT_EQ(ask_for_test(board), StatusCode::kTherapyRuns);
  board.rotor_blocked = true;
  board.run_for(kMinute);
  ASSERT_EQ(board.pump().therapy_state(), TherapyState::kStallPause);
  EXPECT_EQ(ask_for_test(board), StatusCode::kTherapyRuns);
}

TEST(SelfTest, NothingStartsBeforeItIsOver) {
  FakeBoard board;
  begin_stopped(board);
  ASSERT_EQ(ask_for_test(board), StatusCode::kOk);
  EXPECT_EQ(testing::start(board), StatusCode::kSelfTest);
  EXPECT_EQ(ask_for_test(board), StatusCode::kSelfTest);
  board.run_for(kSecond);
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

TEST(SelfTest, ThatPassesAgainLetsTheAlarmGoAndTherapyStart) {
  FakeBoard board;
  begin_stopped(board);
  board.outlet_counts = 4095;
  ASSERT_NE(found_by_request(board), 0U);
  board.outlet_counts = 683;
  EXPECT_EQ(found_by_request(board), 0U);
  EXPECT_EQ(testing::start(board), StatusCode::kCriticalAlarm);  // a clinician has the last word
  EXPECT_EQ(testing::clear(board, AlarmId::kSelfTest), StatusCode::kOk);
  EXPECT_EQ(testing::start(board), StatusCode::kOk);
}

// A short test would find nothing of what has failed.
TEST(SelfTest, ThatFailedIsDoneInFullAfterAnyReset) {
  FakeBoard board;
  begin_stopped(board);
  board.ram_bad = true;
  ASSERT_NE(found_by_request(board), 0U);
  board.reboot(hal::ResetCause::kPin);
  board.run_for(kSecond);
  EXPECT_EQ(board.pump().self_tested(), kAllParts);
  EXPECT_EQ(testing::clear(board, AlarmId::kSelfTest), StatusCode::kAlarmCauseStands);
  board.ram_bad = false;
  board.reboot(hal::ResetCause::kPin);
  board.run_for(kSecond);
  EXPECT_EQ(testing::clear(board, AlarmId::kSelfTest), StatusCode::kOk);
}

TEST(SelfTest, EndsInTimeWhateverDoesNotAnswer) {
  FakeBoard board;
  begin_stopped(board);
  board.adc_silent = true;
  const std::uint16_t sensors = protocol::bit(SelfTestPart::kPressure) | protocol::bit(SelfTestPart::kBattery) |
                                protocol::bit(SelfTestPart::kTemperature) | protocol::bit(SelfTestPart::kReservoir);
  EXPECT_EQ(found_by_request(board), sensors);
}

TEST(SelfTest, OfADriverThatFailsPausesTherapyWithTheDriversAlarm) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  board.run_for(kMinute);
  board.driver.silent = true;
  board.reboot(hal::ResetCause::kPin);
  board.run_for(5 * kSecond);
  EXPECT_EQ(board.pump().self_test_failed(), protocol::bit(SelfTestPart::kMotorDriver));
  EXPECT_TRUE(board.pump().alarms().active(AlarmId::kMotorDriver));
  EXPECT_FALSE(board.pump().alarms().active(AlarmId::kSelfTest));
  board.driver.silent = false;
  board.run_for(2 * kMinute);
  EXPECT_EQ(board.pump().self_test_failed(), 0U);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

// Bits that are stuck would pass with a pattern that the memory holds already.
TEST(SelfTest, DoesNotTakeAnOldPatternForTheNewOne) {
  FakeBoard board;
  begin_stopped(board);
  ASSERT_EQ(found_by_request(board), 0U);
  board.nvm_forgets = true;
  board.run_for(7);
  EXPECT_EQ(found_by_request(board), protocol::bit(SelfTestPart::kMemory));
}

}  // namespace
}  // namespace pumpfw
