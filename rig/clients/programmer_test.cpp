#include "rig/clients/programmer.h"

#include <gmock/gmock.h>

#include "rig/clients/personal_therapy_manager.h"
#include "rig/clients/service_tool.h"
#include "rig/clients/testing/client_fixture.h"

namespace pumprig::clients {
namespace {

using testing::ScriptedPump;
using Mishap = ScriptedPump::Mishap;
using ::testing::HasSubstr;

Program half_ml_per_day() {
  Program program;
  program.basal_rate_nl_per_day = 500'000;
  return program;
}

class ProgrammerTest : public testing::ClientTest {
 protected:
  ProgrammerTest() { open(); }
  Programmer programmer{session};
};

TEST_F(ProgrammerTest, ProgramIsReadBackBitForBit) {
  const auto answer = run(programmer.program(half_ml_per_day()));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->fields.revision, 1U);
  EXPECT_EQ(pump.program.program, half_ml_per_day());
}

TEST_F(ProgrammerTest, OneBitOfDifferenceInTheReadBackIsFound) {
  pump.tampers_read_back = [](Program& p) { p.noncritical_repeat_min ^= 1; };
  const auto answer = run(programmer.program(half_ml_per_day()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kProtocol);
  EXPECT_THAT(answer.error().text, HasSubstr("noncritical_repeat_min 61"));
}

TEST_F(ProgrammerTest, RefusedProgramLeavesTheOldOneAndSaysWhy) {
  ASSERT_TRUE(run(programmer.program(half_ml_per_day())));
  Program fast = half_ml_per_day();
  fast.basal_rate_nl_per_day = 24'000'001;
  const auto offered = run(programmer.offer(fast));
  ASSERT_TRUE(offered) << offered.error().describe();
  EXPECT_EQ(offered->status, StatusCode::kRateOutOfRange);
  const auto answer = run(programmer.program(fast));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text, HasSubstr("rate_out_of_range"));
  EXPECT_EQ(pump.program.program, half_ml_per_day());
}

TEST_F(ProgrammerTest, StartAndStopAreProvedByTheStatus) {
  const auto started = run(programmer.start());
  ASSERT_TRUE(started);
  EXPECT_EQ(started->fields.therapy_state, TherapyState::kRunning);
  const auto stopped = run(programmer.stop());
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->fields.therapy_state, TherapyState::kStopped);
}

TEST_F(ProgrammerTest, StartWaitsForTheEndOfTheSelfTest) {
  const TimePoint over = executor->now() + std::chrono::seconds(8);
  pump.status.therapy_state = TherapyState::kSelfTest;
  pump.refuses = [&](MessageType type) {
    return type == MessageType::kStartTherapy && executor->now() < over ? StatusCode::kSelfTest : StatusCode::kOk;
  };
  const auto started = run(programmer.start());
  ASSERT_TRUE(started) << started.error().describe();
  EXPECT_EQ(started->fields.therapy_state, TherapyState::kRunning);
  EXPECT_GE(started->requested, over);
  EXPECT_EQ(count(MessageType::kReadStatus), 2U);  // of open() and of the proof
}

TEST_F(ProgrammerTest, ASelfTestThatDoesNotEndIsARefusal) {
  pump.refuses = [](MessageType type) { return type == MessageType::kStartTherapy ? StatusCode::kSelfTest : StatusCode::kOk; };
  const auto started = run(programmer.start());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kRefused);
  EXPECT_THAT(started.error().text, HasSubstr("self test"));
}

TEST_F(ProgrammerTest, StopThatThePumpOnlyClaimsIsFound) {
  ASSERT_TRUE(run(programmer.start()));
  pump.stop_lies = true;
  const auto stopped = run(programmer.stop());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kProtocol);
  EXPECT_THAT(stopped.error().text, HasSubstr("running"));
}

TEST_F(ProgrammerTest, RefillThatThePumpDidNotTakeIsFound) {
  const auto good = run(programmer.refill(2'200'000));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->fields.reservoir_nl, 2'200'000U);
  pump.forgets_reservoir = true;
  EXPECT_FALSE(run(programmer.refill(20'000'000)));
}

TEST_F(ProgrammerTest, LogComesWholeInAsManyRequestsAsItTakes) {
  for (std::uint32_t seq = 5; seq <= 60; ++seq) pump.log.push_back({seq, seq, LogCode::kBolusRefused, 1, 2});
  const auto log = run(programmer.read_log(1));
  ASSERT_TRUE(log) << log.error().describe();
  EXPECT_EQ(log->entries, pump.log);
  EXPECT_EQ(log->oldest_seq, 5U);
  EXPECT_EQ(count(MessageType::kReadLog), 3U);
  const auto tail = run(programmer.read_log(58));
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->entries.size(), 3U);
  const auto none = run(programmer.read_log(61));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->entries.empty());
}

TEST_F(ProgrammerTest, EntryMissingInTheLogIsFound) {
  for (std::uint32_t seq = 1; seq <= 60; ++seq) pump.log.push_back({seq, seq, LogCode::kBoot, 0, 0});
  pump.log_hole = 33;
  const auto log = run(programmer.read_log(1));
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().text, HasSubstr("jumps to entry 34 where 33 was due"));
}

// The newest one is what somebody would like to hide.
TEST_F(ProgrammerTest, EntriesThatThePumpNamesAndDoesNotTellAreMissed) {
  for (std::uint32_t seq = 1; seq <= 60; ++seq) pump.log.push_back({seq, seq, LogCode::kBoot, 0, 0});
  pump.log_hole = 60;
  for (const std::uint32_t from : {1U, 45U, 60U}) {
    const auto log = run(programmer.read_log(from));
    ASSERT_FALSE(log) << from;
    EXPECT_EQ(log.error().code, ErrorCode::kProtocol);
    EXPECT_THAT(log.error().text, HasSubstr("entry 60 of the event log is missing"));
  }
}

TEST_F(ProgrammerTest, ARingThatTurnsWhileItIsReadIsAskedOnceMore) {
  for (std::uint32_t seq = 5; seq <= 60; ++seq) pump.log.push_back({seq, seq, LogCode::kBoot, 0, 0});
  pump.log_turns = true;
  const auto log = run(programmer.read_log(1));
  ASSERT_TRUE(log) << log.error().describe();
  EXPECT_EQ(log->oldest_seq, 6U);
  EXPECT_EQ(log->entries, pump.log);
  EXPECT_EQ(log->entries.back().seq, 61U);
  pump.log_hole = 6;  // and one that stays away is missed
  EXPECT_THAT(run(programmer.read_log(1)).error().text, HasSubstr("jumps to entry 7 where 6 was due"));
}

TEST_F(ProgrammerTest, EntryThatWasAlteredBreaksTheChainAndIsNamed) {
  for (std::uint32_t seq = 1; seq <= 60; ++seq) pump.log.push_back({seq, seq, LogCode::kBoot, 0, 0});
  const auto whole = run(programmer.read_log(1));
  ASSERT_TRUE(whole) << whole.error().describe();
  EXPECT_TRUE(whole->chained);
  for (const std::uint32_t altered : {1U, 20U, 21U, 33U, 60U}) {
    pump.log_altered = altered;
    const auto log = run(programmer.read_log(altered));
    ASSERT_FALSE(log) << altered;
    EXPECT_EQ(log.error().code, ErrorCode::kProtocol);
    EXPECT_THAT(log.error().text, HasSubstr("breaks at entry " + std::to_string(altered) + ":"));
  }
}

TEST_F(ProgrammerTest, OfAPumpThatDoesNotTellItsChecksumsTheLogIsReadAndNotCalledWhole) {
  pump.identity.protocol_minor = 0;
  open();
  for (std::uint32_t seq = 1; seq <= 30; ++seq) pump.log.push_back({seq, seq, LogCode::kBoot, 0, 0});
  pump.log_altered = 6;
  const auto log = run(programmer.read_log(1));
  ASSERT_TRUE(log) << log.error().describe();
  EXPECT_FALSE(log->chained);
  EXPECT_EQ(log->entries.size(), 30U);
}

TEST_F(ProgrammerTest, ARingThatHasForgottenItsFirstEntriesIsFollowedFromItsOldest) {
  for (std::uint32_t seq = 5; seq <= 30; ++seq) pump.log.push_back({seq, seq, LogCode::kBoot, 0, 0});
  pump.log_altered = 6;
  EXPECT_THAT(run(programmer.read_log(1)).error().text, HasSubstr("breaks at entry 6:"));
}

TEST_F(ProgrammerTest, AlarmsAreListedByBitAndCleared) {
  pump.status.alarm_bits = protocol::bit(Alarm::kOcclusion) | protocol::bit(Alarm::kReservoirLow);
  const auto alarms = run(programmer.alarms());
  ASSERT_TRUE(alarms);
  EXPECT_EQ(*alarms, (std::vector<Alarm>{Alarm::kOcclusion, Alarm::kReservoirLow}));
  ASSERT_TRUE(run(programmer.clear_alarms()));
  EXPECT_TRUE(run(programmer.alarms())->empty());
}

class PersonalTherapyManagerTest : public ProgrammerTest {
 protected:
  PersonalTherapyManager manager{session};
};

TEST_F(PersonalTherapyManagerTest, LostOutcomeIsUnknownUntilItIsSettledAndThenThereIsOneBolus) {
  pump.plans.assign(5, {Mishap::kLoseReply, {}});
  const auto lost = run(manager.request_bolus());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(manager.outcome_unknown());
  const auto again = run(manager.request_bolus());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kUnavailable);
  const auto settled = run(manager.settle());
  ASSERT_TRUE(settled) << settled.error().describe();
  EXPECT_FALSE(settled->refused());
  EXPECT_EQ(settled->fields.dose_nl, 12'500U);
  EXPECT_EQ(pump.boluses, 1U);
  EXPECT_FALSE(manager.outcome_unknown());
  EXPECT_FALSE(run(manager.settle())) << "there is nothing left to settle";
}

TEST_F(PersonalTherapyManagerTest, TwoRequestsAreTwoNoncesAndTheSecondMeetsTheLockout) {
  ASSERT_FALSE(run(manager.request_bolus())->refused());
  const auto second = run(manager.request_bolus());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->status, StatusCode::kLockout);
  EXPECT_EQ(second->fields.lockout_remaining_s, 3600U);
  EXPECT_NE(pump.requests[pump.requests.size() - 1].nonce, pump.requests[pump.requests.size() - 2].nonce);
}

class ServiceToolTest : public ProgrammerTest {
 protected:
  ServiceTool service{session};
  static DeviceState some_state() {
    DeviceState state;
    state.calendar_offset_s = 1'790'000'000;
    state.reservoir_nl = 2'200'000;
    state.boluses.push({3600, 12'500, 300});
    return state;
  }
};

TEST_F(ServiceToolTest, EstablishedStateIsReadBack) {
  const auto answer = run(service.establish(some_state()));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->fields.state.reservoir_nl, 2'200'000U);
}

TEST_F(ServiceToolTest, EveryPartThatDiffersIsNamed) {
  pump.forgets_reservoir = true;
  const auto answer = run(service.establish(some_state()));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text, HasSubstr("reservoir_nl is 2200100 instead of 2200000"));
  DeviceState found = some_state();
  found.boluses.items[0].age_s = 3600 + 10;
  EXPECT_EQ(differences(some_state(), found, std::chrono::seconds(10)), "");
  EXPECT_NE(differences(some_state(), found, std::chrono::seconds(1)), "");
  found.boluses.items[0].age_s = 3500;
  EXPECT_NE(differences(some_state(), found, std::chrono::seconds(1000)), "") << "an age never shrinks";
  found.boluses.count = 0;
  found.steps_total = 4;
  EXPECT_EQ(differences(some_state(), found, {}), "steps_total is 4 instead of 0; number of boluses is 0 instead of 1");
}

TEST_F(ServiceToolTest, ProductImageDoesNotLetItselfBeSet) {
  pump.refuses = [](MessageType type) { return type == MessageType::kEstablishState ? StatusCode::kTestImageOnly : StatusCode::kOk; };
  const auto answer = run(service.establish(some_state()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnsupported);
}

TEST_F(ServiceToolTest, ResetIsOverWhenTheBootCountHasRisen) {
  const auto before = pump.identity.boot_count;
  const auto answer = run(service.reset());
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->fields.boot_count, before + 1);
}

TEST_F(ServiceToolTest, ResetWhoseReplyWasLostIsSeenByTheBootCount) {
  const auto before = pump.identity.boot_count;
  pump.plans = {{}, {Mishap::kLoseReply, {}}};
  const auto answer = run(service.reset());
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_GT(answer->fields.boot_count, before);
}

}  // namespace
}  // namespace pumprig::clients
