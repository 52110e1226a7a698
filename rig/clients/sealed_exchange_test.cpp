// A PumpSession with keys, and a scripted pump whose security is the firmware's own.
#include <gmock/gmock.h>

#include "rig/clients/programmer.h"
#include "rig/clients/testing/client_fixture.h"

namespace pumprig::clients {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedPump;
using Mishap = ScriptedPump::Mishap;
using ::testing::HasSubstr;
namespace firmware = pumpfw::security;

Task<void> pause(exec::Executor& executor, Duration span) {
  CO_TRY(co_await executor.sleep_for(span));
  co_return Status{};
}

class SealedSessionTest : public testing::ClientTest {
 protected:
  static firmware::SecurityState state_with(const security::RoleKeys& keys) {
    firmware::SecurityState state;
    state.keys = firmware::KeyState::kPresent;
    for (std::size_t i = 0; i < 3; ++i) std::copy(keys.of[i]->view().begin(), keys.of[i]->view().end(), state.roles[i].key.begin());
    return state;
  }
  void keyed() {
    pump.secure(state_with(security::test_keys()));
    session.use_keys(security::test_keys());
  }
  Result<Answer<StatusReply>> status(Role role = Role::kClinician) { return run(session.ask(role, protocol::ReadStatus{})); }
  std::string refused() {
    const auto opened = run(session.open());
    return opened ? "opened" : opened.error().describe();
  }
};

TEST_F(SealedSessionTest, SaysNothingInTheClearButWhoAndTheOpeningOfSessions) {
  keyed();
  open();
  EXPECT_TRUE(session.sealed());
  ASSERT_TRUE(status());
  ASSERT_TRUE(status(Role::kPatient));
  ASSERT_TRUE(status(Role::kService));
  EXPECT_EQ(count(MessageType::kOpenSession), 3U);
  EXPECT_EQ(count(MessageType::kIdentify), 2U);  // once in the clear, once in the session
  EXPECT_EQ(to_text(session.identity().board_serial), "PB-0001");
}

TEST_F(SealedSessionTest, ALostReplyIsAskedForAgainInANewSessionAndGivesOneBolus) {
  keyed();
  open();
  ASSERT_TRUE(status(Role::kPatient));
  pump.plans = {{Mishap::kLoseReply, {}}, {Mishap::kNone, {}}, {Mishap::kLoseReply, {}}, {Mishap::kNone, {}}, {Mishap::kNone, {}}};
  const auto answer = run(session.ask(Role::kPatient, protocol::RequestBolus{}));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 3);
  EXPECT_EQ(pump.boluses, 1U);
  EXPECT_EQ(count(MessageType::kRequestBolus), 3U);
}

TEST_F(SealedSessionTest, DamagedNoisyAndBusyAnswersAreOvercome) {
  keyed();
  open();
  pump.plans = {{Mishap::kDamageReply, {}}, {Mishap::kNoiseBefore, {}}, {Mishap::kBusy, {}}, {Mishap::kNone, {}}};
  const auto answer = status();
  ASSERT_TRUE(answer) << answer.error().describe();
}

TEST_F(SealedSessionTest, APumpThatWasResetIsTakenUpAgain) {
  keyed();
  open();
  pump.restart();
  const auto answer = status();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 2);
}

TEST_F(SealedSessionTest, AnIdleSessionIsOpenedAgainBeforeItIsMissed) {
  keyed();
  open();
  ASSERT_TRUE(run(pause(*executor, 10min)));
  const auto answer = status();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 1);
}

TEST_F(SealedSessionTest, ASecondRigLearnsTheCounterFromThePump) {
  keyed();
  open();
  ASSERT_TRUE(status());
  PumpSession second(*wire.rig, {.keys = security::test_keys()});
  const auto opened = run(second.open());
  ASSERT_TRUE(opened) << opened.error().describe();
}

TEST_F(SealedSessionTest, ABlankPumpIsGivenItsKeysOnlyWhenTheRigWasToldTo) {
  pump.secure();
  session.use_keys(security::test_keys());
  EXPECT_THAT(refused(), HasSubstr("give them to the pump by wire first"));
  session.use_keys(security::test_keys(), true);
  open();
  EXPECT_TRUE(session.sealed());
  EXPECT_TRUE(pump.security->keyed());
  EXPECT_EQ(pump.security->state().roles[1].key, state_with(security::test_keys()).roles[1].key);
  ASSERT_TRUE(status());
}

TEST_F(SealedSessionTest, APumpWithKeysTakesNewOnesInAServiceSession) {
  keyed();
  open();
  security::RoleKeys fresh = security::test_keys();
  security::Secret changed = *fresh.find(Role::kPatient);
  changed.fill()[0] ^= 1;
  fresh.set(Role::kPatient, changed);
  const Status given = run(session.give_keys(fresh));
  ASSERT_TRUE(given) << given.error().describe();
  session.use_keys(fresh);
  open();
  ASSERT_TRUE(status(Role::kPatient));
}

TEST_F(SealedSessionTest, WithoutKeysAPumpThatHasSomeIsRefusedInWords) {
  pump.secure(state_with(security::test_keys()));
  EXPECT_THAT(refused(), HasSubstr("it has keys that this rig was not given"));
}

TEST_F(SealedSessionTest, WithKeysAPumpThatSpeaksOnlyInTheClearIsNotSpokenTo) {
  session.use_keys(security::test_keys());
  EXPECT_THAT(refused(), HasSubstr("does not speak sealed telemetry"));
  EXPECT_EQ(count(MessageType::kReadStatus), 0U);
}

TEST_F(SealedSessionTest, AWrongKeyIsRefusedInWordsAndThenBackedOffFrom) {
  pump.secure(state_with(security::test_keys()));
  security::RoleKeys wrong;
  wrong.set(Role::kClinician, *security::test_keys().find(Role::kService));
  session.use_keys(wrong);
  for (int i = 0; i < 5; ++i) EXPECT_THAT(refused(), HasSubstr("does not fit the key"));
  EXPECT_THAT(refused(), HasSubstr("opens no session of the role clinician for another 300 s"));
}

TEST_F(SealedSessionTest, ARoleWithoutAKeyIsToldOf) {
  pump.secure(state_with(security::test_keys()));
  security::RoleKeys some;
  some.set(Role::kPatient, *security::test_keys().find(Role::kPatient));
  session.use_keys(some);
  open();
  ASSERT_TRUE(status(Role::kPatient));
  const auto answer = status(Role::kClinician);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text, HasSubstr("no key for the role clinician"));
}

TEST_F(SealedSessionTest, APumpThatSaysSomethingElseInTheClearIsNotBelieved) {
  keyed();
  pump.tampers_identity = [](protocol::IdentifyReply& who) { who.firmware_hash[3] ^= 1; };
  EXPECT_THAT(refused(), HasSubstr("something else of itself in its session"));
}

TEST_F(SealedSessionTest, ProgrammerWorksInItAsInTheClear) {
  keyed();
  open();
  Programmer programmer(session);
  Program program;
  program.basal_rate_nl_per_day = 500'000;
  const auto written = run(programmer.program(program));
  ASSERT_TRUE(written) << written.error().describe();
}

}  // namespace
}  // namespace pumprig::clients
