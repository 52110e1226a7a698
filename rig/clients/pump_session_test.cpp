#include "rig/clients/pump_session.h"

#include <gmock/gmock.h>

#include "rig/clients/testing/client_fixture.h"

namespace pumprig::clients {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedPump;
using Mishap = ScriptedPump::Mishap;
using ::testing::HasSubstr;

class PumpSessionTest : public testing::ClientTest {
 protected:
  Result<Answer<StatusReply>> status() { return run(session.ask(Role::kClinician, protocol::ReadStatus{})); }
  Result<Answer<protocol::BolusReply>> bolus() { return run(session.ask(Role::kPatient, protocol::RequestBolus{})); }
};

TEST_F(PumpSessionTest, AnswerLiesBetweenItsRequestAndItsReply) {
  open();
  EXPECT_EQ(to_text(session.identity().board_serial), "PB-0001");
  const auto answer = status();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_LT(answer->requested, pump.arrivals.back());
  EXPECT_GT(answer->replied, pump.departures.back());
  EXPECT_LT(answer->replied - answer->requested, 20ms);
}

TEST_F(PumpSessionTest, LostReplyIsAskedForAgainWithTheSameNonceAndGivesOneBolus) {
  open();
  pump.plans = {{Mishap::kLoseReply, {}}, {Mishap::kLoseReply, {}}};
  const auto answer = bolus();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 3);
  EXPECT_EQ(answer->fields.dose_nl, 12'500U);
  EXPECT_EQ(pump.boluses, 1U);
  ASSERT_EQ(count(MessageType::kRequestBolus), 3U);
  EXPECT_EQ(pump.requests.back().nonce, pump.requests[pump.requests.size() - 3].nonce);
}

TEST_F(PumpSessionTest, LostRequestIsSentAgain) {
  open();
  pump.plans = {{Mishap::kLoseRequest, {}}};
  const auto answer = bolus();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->attempts, 2);
  EXPECT_EQ(pump.boluses, 1U);
}

TEST_F(PumpSessionTest, LateReplyToAnEarlierAttemptDoesNotMoveTheInstants) {
  open();
  pump.plans = {{Mishap::kNone, 1500ms}};
  const auto answer = status();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 2);
  EXPECT_GE(answer->requested - answer->first_requested, 1s);
  EXPECT_GE(answer->replied, pump.departures.back());
  EXPECT_LE(answer->requested, pump.arrivals.back());
  EXPECT_GE(session.counters().foreign_frames, 1U) << "the late reply was seen and told apart";
}

TEST_F(PumpSessionTest, SilentPumpIsATimeoutThatSaysWhatWasAsked) {
  open();
  pump.plans.assign(5, {Mishap::kLoseRequest, {}});
  const auto answer = status();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(answer.error().text, HasSubstr("read_status after 5 attempts"));
  EXPECT_TRUE(status()) << "and the session works on";
}

TEST_F(PumpSessionTest, OnlyDamagedRepliesAreCorrupt) {
  open();
  pump.plans.assign(5, {Mishap::kDamageReply, {}});
  const auto answer = status();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kCorrupt);
}

TEST_F(PumpSessionTest, NoiseBeforeTheReplyCostsNothing) {
  open();
  pump.plans = {{Mishap::kNoiseBefore, {}}};
  const auto answer = status();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_GE(session.frame_counters().errors(), 1U);
}

TEST_F(PumpSessionTest, BusyPumpIsAskedAgainWithTheSameNonce) {
  open();
  pump.plans.assign(3, {Mishap::kBusy, {}});
  const auto answer = bolus();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(pump.boluses, 1U);
  const auto n = pump.requests.size();
  EXPECT_EQ(pump.requests[n - 1].nonce, pump.requests[n - 4].nonce);
}

TEST_F(PumpSessionTest, RefusalBecomesAnErrorWithThePumpsWords) {
  open();
  pump.refuses = [](MessageType type) { return type == MessageType::kStartTherapy ? StatusCode::kReservoirEmpty : StatusCode::kOk; };
  const auto answer = run(session.ask(Role::kClinician, protocol::StartTherapy{}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kRefused);
  EXPECT_EQ(answer.error().text, "the pump refused start_therapy: the reservoir is empty [reservoir_empty]");
}

TEST_F(PumpSessionTest, RefusedBolusCarriesTheLockoutAndTheDosesLeft) {
  open();
  pump.status.lockout_remaining_s = 77;
  const Asking asking{.nonce = std::nullopt, .refusal_is_answer = true};
  const auto answer = run(session.ask(Role::kPatient, protocol::RequestBolus{}, asking));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, StatusCode::kLockout);
  EXPECT_EQ(answer->fields.lockout_remaining_s, 77U);
  EXPECT_EQ(answer->fields.doses_left_24h, 3);
}

TEST_F(PumpSessionTest, PumpOfAnotherMajorIsRefusedWithBothVersionsAndARemedy) {
  pump.major = protocol::kMajor + 1;
  const auto opened = run(session.open());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(opened.error().text,
              HasSubstr("protocol " + std::to_string(protocol::kMajor + 1) + ".x and this rig speaks " + std::to_string(protocol::kMajor) +
                        "." + std::to_string(protocol::kMinor) + ": update the rig"));
}

TEST_F(PumpSessionTest, IdentityOfAnotherMajorIsRefusedToo) {
  pump.identity.protocol_major = 0;
  const auto opened = run(session.open());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("put firmware with protocol " + std::to_string(protocol::kMajor) + ".x on the board"));
}

TEST_F(PumpSessionTest, NothingButReadingIsAskedOfAnUnknownPump) {
  const auto answer = run(session.ask(Role::kClinician, protocol::StartTherapy{}));
  ASSERT_FALSE(answer);
  EXPECT_TRUE(pump.requests.empty());
}

TEST_F(PumpSessionTest, PumpThatWasResetIsUnderstoodAtTheSecondAttempt) {
  open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(status());
  pump.restart();
  const auto answer = status();
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_LE(answer->attempts, 2);
}

TEST_F(PumpSessionTest, SecondRunOnTheSamePumpRepeatsNoNonce) {
  open();
  ASSERT_TRUE(bolus());
  const auto first = pump.requests.back().nonce;
  PumpSession again(*wire.rig, {});
  ASSERT_TRUE(run(again.open()));
  EXPECT_TRUE(run(again.ask(Role::kClinician, protocol::StopTherapy{})));
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_NE(again.next_nonce(), first);
}

Task<void> ask_often(PumpSession& session, int times, int& done) {
  for (int i = 0; i < times; ++i) {
    CO_TRY(co_await session.ask(Role::kClinician, protocol::ReadStatus{}));
    ++done;
  }
  co_return Status{};
}

TEST_F(PumpSessionTest, CallsAreQueuedAndNeverInterleaved) {
  open();
  int a = 0, b = 0, c = 0;
  auto first = executor->spawn(ask_often(session, 20, a));
  auto second = executor->spawn(ask_often(session, 20, b));
  auto third = executor->spawn(ask_often(session, 20, c));
  EXPECT_TRUE(run(first.join()));
  EXPECT_TRUE(run(second.join()));
  EXPECT_TRUE(run(third.join()));
  EXPECT_EQ(a + b + c, 60);
  for (std::size_t i = 1; i < pump.arrivals.size(); ++i) EXPECT_GE(pump.arrivals[i], pump.departures[i - 1]);
  EXPECT_EQ(session.counters().foreign_frames, 0U);
}

TEST_F(PumpSessionTest, CallerWhoIsCancelledWhileItWaitsDoesNotBlockTheOthers) {
  open();
  pump.plans = {{Mishap::kNone, 500ms}};
  int a = 0, b = 0, c = 0;
  auto first = executor->spawn(ask_often(session, 1, a));
  auto second = executor->spawn(ask_often(session, 1, b));
  auto third = executor->spawn(ask_often(session, 1, c));
  (void)run([](exec::Executor& ex) -> Task<void> { co_return co_await ex.sleep_for(10ms); }(*executor));
  second.cancel();
  EXPECT_TRUE(run(first.join()));
  EXPECT_FALSE(run(second.join()));
  EXPECT_TRUE(run(third.join()));
  EXPECT_EQ(c, 1);
}

TEST_F(PumpSessionTest, ClockOfThePumpIsEstimatedFromItsStatus) {
  open();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(status());
    (void)run([](exec::Executor& ex) -> Task<void> { co_return co_await ex.sleep_for(60s); }(*executor));
  }
  const auto rate = session.clock().rate_error();
  ASSERT_TRUE(rate);
  EXPECT_NEAR(rate->value, 20e-6, rate->bound);
  EXPECT_LT(rate->bound, 2e-6);
  const auto offset = session.clock().offset_s(executor->now());
  EXPECT_NEAR(offset->value, 1000 + 20e-6 * to_seconds(executor->now()), offset->bound);
  EXPECT_LT(offset->bound, 0.02);
}

}  // namespace
}  // namespace pumprig::clients
