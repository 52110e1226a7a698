#include "rig/programmer/say.h"

#include <gtest/gtest.h>

namespace pumprig::programmer {
namespace {

using clients::LogCode;

std::string entry(LogCode code, std::int32_t first = 0, std::int32_t second = 0) {
  return log_text({1, 0, code, first, second});
}

TEST(Say, AnEntryOfTheLogHasItsFiguresWithUnits) {
  EXPECT_EQ(entry(LogCode::kProgramWritten, 3, 250'000), "program accepted: revision 3, basal 0.25 milliliters per day");
  EXPECT_EQ(entry(LogCode::kBolusGranted, 12'500, 600), "patient bolus granted: 12.5 microliters, duration 10 min");
  EXPECT_EQ(entry(LogCode::kBolusRefused, 99, 4500),
            "patient bolus refused: the lockout since the last bolus is not over, lockout remaining 1 h 15 min");
  EXPECT_EQ(entry(LogCode::kReservoirEntered, 20'000'000, 4'000'000), "reservoir refilled: 20 milliliters entered, 4 milliliters expected");
  EXPECT_EQ(entry(LogCode::kReservoirCorrected, 3'000'000, 4'000'000),
            "reservoir volume corrected: 3 milliliters entered, 4 milliliters expected");
  EXPECT_EQ(entry(LogCode::kTherapyStopped, 2), "therapy stopped: by the physician programmer");
  EXPECT_EQ(entry(LogCode::kAlarmCleared, 2, 0), "alarm cleared: the reservoir is empty, by the pump itself");
  const auto alarm = [](clients::Alarm id, std::int32_t figure) {
    return entry(LogCode::kAlarmRaised, static_cast<std::int32_t>(id), figure);
  };
  EXPECT_EQ(alarm(clients::Alarm::kReservoirDisagrees, 19'916),
            "alarm raised: the reservoir's sensor and the steps differ by more than 2 mL or 10 %, 19.916 milliliters in it by the "
            "reservoir's sensor");
  EXPECT_EQ(alarm(clients::Alarm::kOcclusion, 71'000),
            "alarm raised: the outlet pressure passed the occlusion trip, 71000 Pa gauge, at the outlet");
  EXPECT_EQ(alarm(clients::Alarm::kTemperature, 291),
            "alarm raised: the pump is colder than 30 degC or hotter than 45 degC, 29.1 degC measured");
  EXPECT_EQ(alarm(clients::Alarm::kReservoirLow, 0), "alarm raised: the reservoir is below its threshold");
  EXPECT_EQ(entry(LogCode::kPrimeEnded, 30'000, 0), "priming bolus ended: 30000 steps delivered, 0 steps not given");
  EXPECT_EQ(entry(LogCode::kClockSet, -90, 2), "calendar set: -90 s that it moved, by the physician programmer");
  EXPECT_EQ(entry(LogCode::kSelfTestPassed, 1), "self test passed");
  EXPECT_EQ(entry(LogCode::kSelfTestFailed, 1, 1), "self test failed: the code is not what was built");
}

TEST(Say, SpansAndDates) {
  EXPECT_EQ(span_text(64'800), "18 h");
  EXPECT_EQ(span_text(90'061), "1 day 1 h 1 min");
  EXPECT_EQ(span_text(45), "45 s");
  EXPECT_EQ(span_text(0), "0 s");
  EXPECT_EQ(pump_date_text(1'772'438'400), "2026-03-02 08:00");
  EXPECT_EQ(pump_date_text(86'400), "");  // a calendar that was never set
}

TEST(Say, AlarmsAreNamedAllOfThem) {
  EXPECT_EQ(alarm_text(0), "none");
  EXPECT_EQ(alarm_text(0b101), "the rotor does not follow the steps; the reservoir is empty");
}

}  // namespace
}  // namespace pumprig::programmer
