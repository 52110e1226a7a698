// A rig that seals and opens, and the whole logic of a pump on a fake board: keys, sessions, resets, a damaged memory.
#include <gtest/gtest.h>

#include <map>

#include "firmware/protocol/frame.h"
#include "firmware/protocol/permissions.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/fake_board.h"
#include "firmware/pump/testing/programs.h"
#include "rig/security/testing/pair.h"

namespace pumprig::security {
namespace {

using namespace testing;
using pumpfw::kMinute;
using pumpfw::testing::FakeBoard;

pumpfw::Pump::Config config(bool test_image) {
  pumpfw::Pump::Config out;
  out.build.board_serial = "VB-0007";
  out.build.test_image = test_image;
  return out;
}

// One role's end of the link, clear or sealed.
class Rig {
 public:
  Rig(FakeBoard& board, Role role, const Secret& key) : board_(board), role_(role), session_(role, device(), key) {}

  static Bytes device() {
    Bytes out(16);
    const std::string serial = "VB-0007";
    std::copy(serial.begin(), serial.end(), out.begin());
    return out;
  }

  template <typename Message>
  std::optional<StatusCode> ask_clear(const Message& message, typename Message::Reply& reply) {
    protocol::Session clear(protocol::Direction::kToPump, role_, ++clear_id_);
    Bytes body(protocol::kMaxBody);
    body.resize(protocol::write_request(++nonce_, message, body));
    Bytes payload(protocol::kMaxPayload);
    payload.resize(clear.seal(body, payload));
    const Bytes answer = exchange(payload);
    if (answer.empty()) return std::nullopt;
    ByteView fields;
    protocol::ReplyHead head;
    if (!protocol::read_body(ByteView(answer).subspan(protocol::kHeadSize), head, fields)) return std::nullopt;
    protocol::decode(fields, reply, protocol::Trailing::kIgnored);
    return head.status;
  }
  template <typename Message>
  std::optional<StatusCode> ask_clear(const Message& message) {
    typename Message::Reply reply;
    return ask_clear(message, reply);
  }

  std::optional<StatusCode> open() {
    protocol::OpenSessionReply reply;
    const auto request = session_.begin(++id_, nonce_ + 1, ++counter_, chance_);
    const auto status = ask_clear(request, reply);
    if (status == StatusCode::kOk) {
      EXPECT_TRUE(session_.finish(reply));
    }
    if (status == StatusCode::kSessionReplayed) counter_ = session_.last_counter(reply).value();
    return status;
  }

  // None: no answer, or none that opens.
  template <typename Message>
  std::optional<StatusCode> ask(const Message& message, typename Message::Reply& reply) {
    Bytes body(protocol::kMaxBody);
    body.resize(protocol::write_request(++nonce_, message, body));
    Bytes payload(protocol::kMaxPayload);
    payload.resize(session_.seal(body, payload));
    sent = payload;
    const Bytes answer = exchange(payload);
    ByteView plain;
    if (answer.empty() || session_.open(answer, plain) != OpenStatus::kOk) return std::nullopt;
    ByteView fields;
    protocol::ReplyHead head;
    EXPECT_TRUE(protocol::read_body(plain, head, fields));
    protocol::decode(fields, reply, protocol::Trailing::kIgnored);
    return head.status;
  }
  template <typename Message>
  std::optional<StatusCode> ask(const Message& message) {
    typename Message::Reply reply;
    return ask(message, reply);
  }

  // A payload as it stands; the payload that comes back, if any does.
  Bytes exchange(const Bytes& payload) {
    board_.telemetry.clear();
    Bytes frame(protocol::kMaxFrame);
    frame.resize(protocol::encode_frame(payload, frame));
    board_.send(frame);
    for (int i = 0; i < 6 && board_.telemetry.empty(); ++i) board_.run_for(kSecond);
    for (const std::uint8_t byte : board_.telemetry) {
      if (decoder_.push(byte)) return {decoder_.payload().begin(), decoder_.payload().end()};
    }
    return {};
  }

  Bytes sent;

 private:
  FakeBoard& board_;
  Role role_;
  SealedSession session_;
  Chance chance_ = Chance::seeded(4, "whole pump");
  protocol::FrameDecoder decoder_;
  inline static std::uint32_t clear_id_ = 10;  // the pump takes up a new one only
  std::uint32_t id_ = 100;
  std::uint32_t nonce_ = 1000;
  std::uint64_t counter_ = 0;
};

// A test image on a wire that has been given its keys.
struct Provisioned {
  Provisioned() : board(config(true)) {
    board.run_for(2 * kSecond);
    Rig blank(board, Role::kService, Secret());
    EXPECT_EQ(blank.open(), StatusCode::kOk);
    EXPECT_EQ(blank.ask(test_keys()), StatusCode::kOk);
    keys_frame = blank.sent;
  }
  FakeBoard board;
  Bytes keys_frame;
};

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
