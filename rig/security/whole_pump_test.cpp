// A rig that seals and opens, and the whole logic of a pump on a fake board: keys, sessions, resets, a damaged memory.
#include <gtest/gtest.h>

#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/programs.h"
#include "rig/security/testing/whole_pump.h"

namespace pumprig::security {
namespace {

using namespace testing;

TEST(WholePump, TakesKeysByWireAndThenRefusesTheClearSuiteForAllButIdentify) {
  Provisioned pump;
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  protocol::IdentifyReply who;
  EXPECT_EQ(clinician.ask_clear(protocol::Identify{}, who), StatusCode::kOk);
  EXPECT_EQ(who.suites, 2U);
  EXPECT_EQ(clinician.ask_clear(protocol::ReadStatus{}), StatusCode::kUnsupportedSuite);
  EXPECT_EQ(clinician.ask_clear(protocol::StopTherapy{}), StatusCode::kUnsupportedSuite);
  EXPECT_EQ(clinician.ask(protocol::ReadStatus{}), std::nullopt);  // nothing is sealed without a session
  ASSERT_EQ(clinician.open(), StatusCode::kOk);
  EXPECT_EQ(clinician.ask(protocol::ReadStatus{}), StatusCode::kOk);
}

TEST(WholePump, IsProgrammedFilledAndStartedInASealedSession) {
  Provisioned pump;
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  ASSERT_EQ(clinician.open(), StatusCode::kOk);
  const protocol::Program program = pumpfw::testing::bolus_program();
  EXPECT_EQ(clinician.ask(protocol::WriteProgram{program, protocol::checksum(program)}), StatusCode::kOk);
  EXPECT_EQ(clinician.ask(protocol::EnterReservoir{10'000'000, true, 0}), StatusCode::kOk);
  EXPECT_EQ(clinician.ask(protocol::StartTherapy{}), StatusCode::kOk);
  protocol::ProgramReply read;
  EXPECT_EQ(clinician.ask(protocol::ReadProgram{}, read), StatusCode::kOk);
  EXPECT_EQ(read.crc, protocol::checksum(program));
  Rig patient(pump.board, Role::kPatient, key_of(Role::kPatient));
  ASSERT_EQ(patient.open(), StatusCode::kOk);
  EXPECT_EQ(patient.ask(protocol::RequestBolus{}), StatusCode::kOk);
  EXPECT_EQ(patient.ask(protocol::StopTherapy{}), StatusCode::kNotPermitted);
  const std::uint64_t steps = pump.board.step_count;
  pump.board.run_for(10 * kMinute);
  EXPECT_GT(pump.board.step_count, steps);
}

// REQ-607: what is asked in the clear is a stranger's, and a session is not.
TEST(WholePump, HearsStrangersForTheirShareOfTheHourAndASessionBeyondIt) {
  Provisioned pump;
  Rig stranger(pump.board, Role::kPatient, Secret());
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  ASSERT_EQ(clinician.open(), StatusCode::kOk);
  protocol::StatusReply before, after;
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, before), StatusCode::kOk);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, after), StatusCode::kOk);
  EXPECT_GT(after.radio_ms, before.radio_ms + 100);
  EXPECT_EQ(after.radio_strangers_ms, before.radio_strangers_ms);
  int answered = 0;
  while (pump.board.receiver_on && answered < 10'000) {
    ASSERT_EQ(stranger.ask_clear(protocol::Identify{}), StatusCode::kOk);
    ++answered;
  }
  EXPECT_GT(answered, 1000);
  EXPECT_FALSE(pump.board.receiver_on);
  pump.board.hold_magnet();
  Rig again(pump.board, Role::kClinician, key_of(Role::kClinician));
  again.open();  // has lost count, and is told it
  ASSERT_EQ(again.open(), StatusCode::kOk);
  ASSERT_EQ(again.ask(protocol::ReadStatus{}, after), StatusCode::kOk);
  EXPECT_NEAR(after.radio_strangers_ms, 36'000, 500);
}

TEST(WholePump, KeepsKeysCountersAndTherapyOverAReset) {
  Provisioned pump;
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  ASSERT_EQ(clinician.open(), StatusCode::kOk);
  EXPECT_EQ(clinician.ask(protocol::ReadStatus{}), StatusCode::kOk);
  const Bytes recorded = clinician.sent;
  pump.board.reboot();
  EXPECT_EQ(clinician.ask_clear(protocol::ReadLog{1, 1}), StatusCode::kSelfTest);  // nothing is known yet, and nothing told
  pump.board.run_for(2 * kSecond);
  EXPECT_TRUE(clinician.exchange(recorded).empty());
  EXPECT_EQ(clinician.ask_clear(protocol::ReadStatus{}), StatusCode::kUnsupportedSuite);
  Rig forgetful(pump.board, Role::kClinician, key_of(Role::kClinician));
  EXPECT_EQ(forgetful.open(), StatusCode::kSessionReplayed);
  EXPECT_EQ(forgetful.open(), StatusCode::kOk);
  EXPECT_EQ(forgetful.ask(protocol::ReadStatus{}), StatusCode::kOk);
}

TEST(WholePump, OpensNothingForARecordedConversationPlayedAgain) {
  Provisioned pump;
  std::vector<Bytes> recorded{pump.keys_frame};
  {
    Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
    ASSERT_EQ(clinician.open(), StatusCode::kOk);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(clinician.ask(protocol::SilenceAlarm{60}), StatusCode::kOk);
      recorded.push_back(clinician.sent);
    }
  }
  Rig again(pump.board, Role::kClinician, key_of(Role::kClinician));
  again.open();
  ASSERT_EQ(again.open(), StatusCode::kOk);
  const std::uint32_t log = pump.board.pump().log().newest();
  for (const Bytes& payload : recorded) EXPECT_TRUE(again.exchange(payload).empty());
  EXPECT_EQ(pump.board.pump().log().newest(), log);
}

TEST(WholePump, EndsAnIdleSessionAndGoesOnWithItsTherapy) {
  Provisioned pump;
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  ASSERT_EQ(clinician.open(), StatusCode::kOk);
  pump.board.run_for(100 * kSecond);
  EXPECT_EQ(clinician.ask(protocol::ReadStatus{}), StatusCode::kOk);
  pump.board.run_for(120 * kSecond);
  EXPECT_EQ(clinician.ask(protocol::ReadStatus{}), std::nullopt);
  EXPECT_EQ(clinician.open(), StatusCode::kOk);
}

TEST(WholePump, BacksOffAfterFiveWrongKeysAlsoOverAReset) {
  Provisioned pump;
  Rig thief(pump.board, Role::kClinician, key_of(Role::kPatient));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(thief.open(), StatusCode::kNotAuthentic);
  EXPECT_EQ(thief.open(), StatusCode::kAuthBackOff);
  pump.board.reboot();
  pump.board.run_for(2 * kSecond);
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  EXPECT_EQ(clinician.open(), StatusCode::kAuthBackOff);
  pump.board.run_for(5 * kMinute);
  EXPECT_EQ(clinician.open(), StatusCode::kOk);
}

TEST(WholePump, TakesNoKeysByRadioWhateverItsImage) {
  for (const bool test_image : {false, true}) {
    FakeBoard board(config(test_image));
    board.wired = false;
    board.run_for(2 * kSecond);
    Rig service(board, Role::kService, Secret());
    EXPECT_EQ(service.open(), StatusCode::kNoKeys);
    EXPECT_EQ(service.ask_clear(test_keys()), StatusCode::kByWireOnly);
  }
}

TEST(WholePump, AProductTakesItsKeysByWireAndSpeaksNoMoreInTheClear) {
  FakeBoard board(config(false));
  board.run_for(2 * kSecond);
  Rig service(board, Role::kService, Secret());
  ASSERT_EQ(service.open(), StatusCode::kOk);
  EXPECT_EQ(service.ask_clear(test_keys()), StatusCode::kByWireOnly);  // nor in the clear
  EXPECT_EQ(service.ask(test_keys()), StatusCode::kOk);
  Rig clinician(board, Role::kClinician, key_of(Role::kClinician));
  EXPECT_EQ(clinician.open(), StatusCode::kOk);
  EXPECT_EQ(clinician.ask_clear(protocol::ReadStatus{}), StatusCode::kUnsupportedSuite);
}

// A session that was begun by wire, and whose plug has been pulled since.
TEST(WholePump, TakesNoKeysOnceTheConnectorIsOut) {
  FakeBoard board(config(false));
  board.run_for(2 * kSecond);
  Rig service(board, Role::kService, Secret());
  ASSERT_EQ(service.open(), StatusCode::kOk);
  board.wired = false;
  EXPECT_EQ(service.ask(test_keys()), StatusCode::kByWireOnly);
}

TEST(WholePump, TheMutantTakesKeysByRadio) {
  pumpfw::Pump::Config with = config(false);
  with.mutant = pumpfw::Mutant::kKeysByRadio;
  FakeBoard board(with);
  board.wired = false;
  board.run_for(2 * kSecond);
  Rig service(board, Role::kService, Secret());
  ASSERT_EQ(service.open(), StatusCode::kOk);
  EXPECT_EQ(service.ask(test_keys()), StatusCode::kOk);
}

TEST(WholePump, StaysShutWhenBothCopiesOfItsKeysAreDamagedAndOpenWithOneOfThem) {
  Provisioned pump;
  pump.board.nvm[pumpfw::kSecuritySlots + 20] ^= 1;
  pump.board.reboot();
  pump.board.run_for(2 * kSecond);
  Rig clinician(pump.board, Role::kClinician, key_of(Role::kClinician));
  EXPECT_EQ(clinician.open(), StatusCode::kOk);
  pump.board.run_for(2 * kSecond);
  pump.board.nvm[pumpfw::kSecuritySlots + 20] ^= 1;
  pump.board.nvm[pumpfw::kSecuritySlots + pumpfw::kSlotSize + 20] ^= 1;
  pump.board.reboot();
  pump.board.run_for(2 * kSecond);
  Rig after(pump.board, Role::kClinician, key_of(Role::kClinician));
  EXPECT_EQ(after.open(), StatusCode::kNoKeys);
  EXPECT_EQ(after.ask_clear(protocol::ReadStatus{}), StatusCode::kUnsupportedSuite);
}

// What a message can carry of a key: nothing. Every readable byte of telemetry and log is looked through.
TEST(WholePump, NeverGivesAKeyBack) {
  Provisioned pump;
  Rig service(pump.board, Role::kService, key_of(Role::kService));
  ASSERT_EQ(service.open(), StatusCode::kOk);
  protocol::StateReply state;
  EXPECT_EQ(service.ask(protocol::ReadState{}, state), StatusCode::kOk);
  protocol::LogReply log;
  EXPECT_EQ(service.ask(protocol::ReadLog{1, 20}, log), StatusCode::kOk);
  Bytes said(protocol::max_size<protocol::StateReply>() + protocol::max_size<protocol::LogReply>());
  const std::size_t at = protocol::encode(state, said);
  protocol::encode(log, std::span(said).subspan(at));
  for (const Role role : kRoles) {
    const Secret key = key_of(role);
    EXPECT_EQ(std::search(said.begin(), said.end(), key.view().begin(), key.view().begin() + 4), said.end());
    const Bytes& frame = pump.keys_frame;  // nor does whoever listens to the provisioning see one
    EXPECT_EQ(std::search(frame.begin(), frame.end(), key.view().begin(), key.view().begin() + 4), frame.end());
  }
}

}  // namespace
}  // namespace pumprig::security
