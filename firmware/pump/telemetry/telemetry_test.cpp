// Requests as they come over the wire, answered by the whole pump.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/frame.h"
#include "firmware/protocol/log_chain.h"
#include "firmware/protocol/permissions.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using protocol::Direction;
using protocol::StatusCode;
using testing::bolus_program;
using testing::FakeBoard;

// A programmer, PTM or service tool, as small as it can be.
class Asker {
 public:
  Asker(FakeBoard& board, Role role, std::uint32_t id = 99) : board_(board), session_(Direction::kToPump, role, id) {}

  template <typename Message>
  std::vector<std::uint8_t> frame(const Message& message, std::uint32_t nonce) {
    std::array<std::uint8_t, protocol::kMaxBody> body{};
    const std::size_t size = protocol::write_request(nonce, message, body);
    std::array<std::uint8_t, protocol::kMaxPayload> sealed{};
    const std::size_t sealed_size = session_.seal(std::span(body).first(size), sealed);
    std::vector<std::uint8_t> out(protocol::kMaxFrame);
    out.resize(protocol::encode_frame(std::span(sealed).first(sealed_size), out));
    return out;
  }

  template <typename Message>
  StatusCode ask(const Message& message, typename Message::Reply& reply, std::uint32_t nonce = 0) {
    board_.telemetry.clear();
    const std::vector<std::uint8_t> bytes = frame(message, nonce != 0 ? nonce : ++nonce_);
    board_.send(bytes);
    return take(reply);
  }
  template <typename Message>
  StatusCode ask(const Message& message, std::uint32_t nonce = 0) {
    typename Message::Reply reply;
    return ask(message, reply, nonce);
  }
  template <typename Reply>
  StatusCode take(Reply& reply) {
    for (int i = 0; i < 5 && board_.telemetry.empty(); ++i) board_.run_for(kSecond);
    for (const std::uint8_t byte : board_.telemetry) {
      if (!decoder_.push(byte)) continue;
      std::span<const std::uint8_t> body;
      EXPECT_EQ(session_.open(decoder_.payload(), body), protocol::OpenStatus::kOk);
      protocol::ReplyHead head;
      std::span<const std::uint8_t> fields;
      EXPECT_TRUE(protocol::read_body(body, head, fields));
      protocol::decode(fields, reply, protocol::Trailing::kIgnored);
      return head.status;
    }
    return StatusCode::kInternalFault;
  }

 private:
  FakeBoard& board_;
  protocol::Session session_;
  protocol::FrameDecoder decoder_;
  std::uint32_t nonce_ = 1000;
};

Pump::Config test_image() {
  Pump::Config config;
  config.build.test_image = true;
  config.build.board_serial = "VB-0007";
  return config;
}

protocol::WriteProgram write(const Program& program) {
  return {program, protocol::checksum(program)};
}

TEST(Telemetry, AStatusTellsWhatCellAndOutletAreNow) {
  FakeBoard board(test_image());
  board.run_for(kMinute);
  Asker clinician(board, Role::kClinician);
  protocol::StatusReply status;
  board.battery_mv = 2871;
  const std::uint64_t before = board.battery_readings;
  board.outlet_counts = 1625;
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.battery_mv, 2871);
  EXPECT_NEAR(status.outlet_pressure_pa, 69'000, 75);
  EXPECT_EQ(board.battery_readings - before, 1U);
  board.battery_mv = 2550;
  board.run_for(kMinute);
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.battery_mv, 2550);
}

TEST(Telemetry, AConverterThatIsSilentDoesNotSilenceTheStatus) {
  FakeBoard board(test_image());
  board.adc_silent = true;
  board.run_for(2 * kSecond);
  Asker clinician(board, Role::kClinician);
  protocol::StatusReply status;
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.battery_mv, 0);
}

TEST(Telemetry, AClinicianProgramsFillsStartsAndReadsTheSameBack) {
  FakeBoard board(test_image());
  board.run_for(2 * kSecond);
  Asker clinician(board, Role::kClinician);
  protocol::IdentifyReply identity;
  ASSERT_EQ(clinician.ask(protocol::Identify{}, identity), StatusCode::kOk);
  EXPECT_EQ(identity.board_serial, protocol::Text<16>("VB-0007"));
  EXPECT_EQ(identity.boot_count, 1U);
  protocol::WriteProgramReply written;
  ASSERT_EQ(clinician.ask(write(bolus_program()), written), StatusCode::kOk);
  EXPECT_EQ(written.revision, 1U);
  protocol::ProgramReply read;
  ASSERT_EQ(clinician.ask(protocol::ReadProgram{}, read), StatusCode::kOk);
  EXPECT_EQ(read.program, bolus_program());
  EXPECT_EQ(read.crc, protocol::checksum(bolus_program()));
  ASSERT_EQ(clinician.ask(protocol::EnterReservoir{20'000'000, true, 20'000'000}), StatusCode::kOk);
  EXPECT_EQ(clinician.ask(protocol::EnterReservoir{40'000'000, true, 40'000'000}), StatusCode::kModelMismatch);
  EXPECT_EQ(clinician.ask(protocol::EnterReservoir{20'000'001, true, 0}), StatusCode::kVolumeAboveCapacity);
  protocol::TherapyReply therapy;
  ASSERT_EQ(clinician.ask(protocol::StartTherapy{}, therapy), StatusCode::kOk);
  EXPECT_EQ(therapy.therapy_state, TherapyState::kRunning);
  board.run_for(kHour);
  protocol::StatusReply status;
  Asker patient(board, Role::kPatient);
  ASSERT_EQ(patient.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.therapy_state, TherapyState::kRunning);
  EXPECT_NEAR(static_cast<double>(status.steps_total), 1667.0, 2.0);
  EXPECT_EQ(status.doses_left_24h, 4);
  EXPECT_EQ(status.next_bolus_in_s, 0U);
  EXPECT_EQ(status.motor_driver, protocol::MotorDriverState::kReady);
}

TEST(Telemetry, AnAnsweredChangeOutlivesAResetInTheNextTick) {
  FakeBoard board(test_image());
  board.run_for(2 * kSecond);
  Asker clinician(board, Role::kClinician);
  ASSERT_EQ(clinician.ask(write(bolus_program())), StatusCode::kOk);
  ASSERT_EQ(clinician.ask(protocol::EnterReservoir{20'000'000, true, 0}), StatusCode::kOk);
  ASSERT_EQ(clinician.ask(protocol::StartTherapy{}), StatusCode::kOk);
  board.torn_write = 0;
  board.telemetry.clear();
  const auto stop = clinician.frame(protocol::StopTherapy{}, 5);
  board.send(stop);
  while (board.telemetry.empty()) board.run_for(1);
  board.reboot();
  board.run_for(kHour);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kStopped);
}

TEST(Telemetry, RolesMayAskOnlyWhatIsTheirs) {
  FakeBoard board(test_image());
  board.run_for(2 * kSecond);
  Asker patient(board, Role::kPatient);
  EXPECT_EQ(patient.ask(write(bolus_program())), StatusCode::kNotPermitted);
  EXPECT_EQ(patient.ask(protocol::StopTherapy{}), StatusCode::kNotPermitted);
  EXPECT_EQ(patient.ask(protocol::ReadLog{}), StatusCode::kNotPermitted);
  Asker clinician(board, Role::kClinician);
  EXPECT_EQ(clinician.ask(protocol::EstablishState{}), StatusCode::kNotPermitted);
  Asker service(board, Role::kService);
  EXPECT_EQ(service.ask(protocol::StartTherapy{}), StatusCode::kNotPermitted);
  EXPECT_EQ(service.ask(protocol::EstablishState{}), StatusCode::kOk);
  FakeBoard product;
  product.run_for(2 * kSecond);
  Asker on_product(product, Role::kService);
  EXPECT_EQ(on_product.ask(protocol::EstablishState{}), StatusCode::kTestImageOnly);
}

TEST(Telemetry, AnEstablishedStateReadsBackAndBindsTheNextBolus) {
  FakeBoard board(test_image());
  board.run_for(2 * kSecond);
  Asker service(board, Role::kService);
  Asker clinician(board, Role::kClinician);
  protocol::EstablishState wanted;
  wanted.state.reservoir_nl = 2'200'000;
  wanted.state.steps_total = 123'456;
  wanted.state.calendar_offset_s = 1'790'000'000;
  wanted.state.boluses.push({600, 12'500, 300});
  wanted.state.boluses.push({20 * 3600, 12'500, 300});
  ASSERT_EQ(service.ask(wanted), StatusCode::kOk);
  protocol::StateReply read;
  ASSERT_EQ(service.ask(protocol::ReadState{}, read), StatusCode::kOk);
  EXPECT_EQ(read.state.reservoir_nl, 2'200'000U);
  EXPECT_EQ(read.state.steps_total, 123'456U);
  EXPECT_EQ(read.state.calendar_offset_s, 1'790'000'000);
  ASSERT_EQ(read.state.boluses.count, 2);
  EXPECT_NEAR(read.state.boluses.items[0].age_s, 600, 6);
  EXPECT_EQ(read.state.boluses.items[0].volume_nl, 12'500U);
  ASSERT_EQ(clinician.ask(write(bolus_program())), StatusCode::kOk);
  ASSERT_EQ(clinician.ask(protocol::StartTherapy{}), StatusCode::kOk);
  Asker patient(board, Role::kPatient);
  protocol::BolusReply answer;
  EXPECT_EQ(patient.ask(protocol::RequestBolus{}, answer), StatusCode::kLockout);
  EXPECT_NEAR(answer.lockout_remaining_s, 3000, 10);
  EXPECT_EQ(answer.next_bolus_in_s, answer.lockout_remaining_s);
  EXPECT_EQ(answer.doses_left_24h, 2);
}

TEST(Telemetry, ABolusAskedTwiceWithOneNonceIsGivenOnce) {
  FakeBoard board(test_image());
  testing::begin(board, bolus_program());
  Asker patient(board, Role::kPatient);
  protocol::BolusReply answer;
  ASSERT_EQ(patient.ask(protocol::RequestBolus{}, answer, 42), StatusCode::kOk);
  EXPECT_EQ(answer.dose_nl, 12'500U);
  ASSERT_EQ(patient.ask(protocol::RequestBolus{}, answer, 42), StatusCode::kOk);
  board.reboot();
  board.run_for(2 * kSecond);
  Asker again(board, Role::kPatient, 100);
  ASSERT_EQ(again.ask(protocol::RequestBolus{}, answer, 42), StatusCode::kOk);
  EXPECT_EQ(board.pump().saved().boluses_granted, 1U);
  EXPECT_EQ(board.pump().boluses().size(), 1);
}

TEST(Telemetry, TheLogComesOutWholeAndInOrder) {
  FakeBoard board(test_image());
  testing::begin(board, bolus_program());
  for (int i = 0; i < 30; ++i) {
    testing::stop(board);
    testing::start(board);
    board.run_for(kSecond);
  }
  Asker clinician(board, Role::kClinician);
  std::vector<protocol::LogEntry> all;
  std::uint32_t crc = 0;
  protocol::LogReply reply;
  do {
    protocol::ReadLog wanted;
    wanted.from_seq = static_cast<std::uint32_t>(all.size() + 1);
    ASSERT_EQ(clinician.ask(wanted, reply), StatusCode::kOk);
    EXPECT_EQ(reply.first_crc, protocol::chain(reply.entries.items[0], crc));
    for (const protocol::LogEntry& entry : reply.entries.view()) {
      all.push_back(entry);
      crc = protocol::chain(entry, crc);
    }
    EXPECT_EQ(reply.last_crc, crc);
  } while (all.size() < reply.newest_seq);
  ASSERT_GE(all.size(), 64U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].seq, i + 1);
  EXPECT_EQ(all[0].code, protocol::LogCode::kBoot);
}

TEST(Telemetry, AnEntryAlteredInTheMemoryBreaksTheChainThatIsTold) {
  FakeBoard board(test_image());
  testing::begin(board, bolus_program());
  board.run_for(kSecond);
  Asker clinician(board, Role::kClinician);
  protocol::LogReply reply;
  const auto chain_is_whole = [&] {
    EXPECT_EQ(clinician.ask(protocol::ReadLog{2, 2}, reply), StatusCode::kOk);
    EXPECT_EQ(reply.entries.count, 2);
    return protocol::chain(reply.entries.items[1], reply.first_crc) == reply.last_crc;
  };
  EXPECT_TRUE(chain_is_whole());
  board.nvm[EventLog::offset_of(3) + 12] ^= 1;
  EXPECT_FALSE(chain_is_whole());
}

TEST(Telemetry, ARefillAndACorrectionAreToldApartInTheLog) {
  FakeBoard board(test_image());
  testing::begin(board, bolus_program());
  board.run_for(kSecond);
  Asker clinician(board, Role::kClinician);
  protocol::ReservoirReply entered;
  const std::uint32_t before = board.pump().log().newest();
  ASSERT_EQ(clinician.ask(protocol::EnterReservoir{18'000'000, true}, entered), StatusCode::kOk);
  ASSERT_EQ(clinician.ask(protocol::EnterReservoir{17'000'000, false}, entered), StatusCode::kOk);
  protocol::LogReply reply;
  ASSERT_EQ(clinician.ask(protocol::ReadLog{before + 1, 2}, reply), StatusCode::kOk);
  ASSERT_EQ(reply.entries.count, 2);
  EXPECT_EQ(reply.entries.items[0].code, protocol::LogCode::kReservoirEntered);
  EXPECT_EQ(reply.entries.items[0].argument_1, 18'000'000);
  EXPECT_EQ(reply.entries.items[1].code, protocol::LogCode::kReservoirCorrected);
  EXPECT_EQ(reply.entries.items[1].argument_1, 17'000'000);
}

TEST(Telemetry, ADamagedOrAlteredMessageChangesNothing) {
  FakeBoard board(test_image());
  board.receiver_stays_on = true;
  testing::begin(board, bolus_program());
  std::mt19937 random(3);
  Asker clinician(board, Role::kClinician);
  Program other = bolus_program(700'000);
  const std::vector<std::uint8_t> good = clinician.frame(write(other), 9);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::uint8_t> bytes = good;
    const int flips = 1 + static_cast<int>(random() % 4);
    // Inside the frame: its two zeros are no part of the message, and the next frame's first zero can stand for this one's last.
    for (int f = 0; f < flips; ++f) bytes[1 + random() % (bytes.size() - 2)] ^= static_cast<std::uint8_t>(1U << random() % 8);
    if (bytes == good) continue;
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() - 1));
    board.send(bytes);
  }
  EXPECT_EQ(board.pump().program(), bolus_program());
  EXPECT_EQ(board.pump().program_revision(), 1U);
  const std::vector<std::uint8_t> zero{0};
  board.send(zero);
  protocol::Program bad = bolus_program();
  bad.ceiling_1h_nl = 0;
  EXPECT_EQ(clinician.ask(write(bad)), StatusCode::kCeilingOutOfRange);
  protocol::WriteProgram wrong_crc = write(other);
  wrong_crc.crc ^= 1;
  EXPECT_EQ(clinician.ask(wrong_crc), StatusCode::kBadChecksum);
  EXPECT_EQ(board.pump().program(), bolus_program());
  EXPECT_EQ(clinician.ask(write(other)), StatusCode::kOk);
  EXPECT_EQ(board.pump().program(), other);
}

TEST(Telemetry, AResetOnRequestLeavesAfterItsReplyAndTherapyGoesOn) {
  FakeBoard board(test_image());
  testing::begin(board, bolus_program());
  Asker service(board, Role::kService);
  ASSERT_EQ(service.ask(protocol::ResetDevice{}), StatusCode::kOk);
  board.run_for(5 * kSecond);
  EXPECT_EQ(board.pump().saved().resets, 2U);
  EXPECT_EQ(board.pump().reset_cause(), hal::ResetCause::kSoftware);
  EXPECT_EQ(board.pump().therapy_state(), TherapyState::kRunning);
}

TEST(Telemetry, ASelfTestIsAnsweredWhenItIsOverPartByPart) {
  FakeBoard board;
  testing::begin(board, bolus_program());
  Asker service(board, Role::kService);
  Asker clinician(board, Role::kClinician);
  EXPECT_EQ(service.ask(protocol::SelfTest{}), StatusCode::kTherapyRuns);
  ASSERT_EQ(clinician.ask(protocol::StopTherapy{}), StatusCode::kOk);
  protocol::SelfTestReply found;
  ASSERT_EQ(service.ask(protocol::SelfTest{}, found), StatusCode::kOk);
  EXPECT_EQ(found.tested, 0x3FF);
  EXPECT_EQ(found.failed, 0);
  board.temperature_counts = 0;
  ASSERT_EQ(clinician.ask(protocol::SelfTest{}, found), StatusCode::kOk);
  EXPECT_EQ(found.failed, protocol::bit(SelfTestPart::kTemperature));
  protocol::StatusReply status;
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.self_test_failed, protocol::bit(SelfTestPart::kTemperature));
  EXPECT_NE(status.alarm_bits & protocol::bit(protocol::Alarm::kSelfTest), 0U);
  protocol::LogReply log;
  protocol::ReadLog read;
  read.from_seq = status.log_newest_seq > 4 ? status.log_newest_seq - 4 : 1;
  ASSERT_EQ(clinician.ask(read, log), StatusCode::kOk);
  const auto entries = log.entries.view();
  const auto failed =
      std::find_if(entries.begin(), entries.end(), [](const auto& e) { return e.code == protocol::LogCode::kSelfTestFailed; });
  ASSERT_NE(failed, entries.end());
  EXPECT_EQ(failed->argument_1, static_cast<std::int32_t>(SelfTestPart::kTemperature));
  EXPECT_EQ(failed->argument_2, 1);
}

TEST(Telemetry, ASelfTestIsNoPatientsAffair) {
  FakeBoard board;
  board.run_for(2 * kSecond);
  EXPECT_EQ(Asker(board, Role::kPatient).ask(protocol::SelfTest{}), StatusCode::kNotPermitted);
}

TEST(Telemetry, AStatusCountsWhatThePatientAskedForSinceTheRefill) {
  FakeBoard board;  // a product: nobody establishes or reads its state
  testing::begin(board, bolus_program());
  Asker clinician(board, Role::kClinician);
  Asker patient(board, Role::kPatient, 7);
  ASSERT_EQ(patient.ask(protocol::RequestBolus{}), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_NE(patient.ask(protocol::RequestBolus{}), StatusCode::kOk);
  board.run_for(kMinute);
  EXPECT_NE(patient.ask(protocol::RequestBolus{}), StatusCode::kOk);
  protocol::StatusReply status;
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.boluses_granted, 1U);
  EXPECT_EQ(status.boluses_refused, 2U);
  EXPECT_NEAR(status.given_nl, static_cast<double>(nl_from_steps(board.step_count)), 100);  // steps of the second it took to hear it
  protocol::EnterReservoir refill;
  refill.volume_nl = 20'000'000;
  refill.refill = true;
  ASSERT_EQ(clinician.ask(refill), StatusCode::kOk);
  ASSERT_EQ(clinician.ask(protocol::ReadStatus{}, status), StatusCode::kOk);
  EXPECT_EQ(status.boluses_granted + status.boluses_refused, 0U);
  EXPECT_LT(status.given_nl, 1000U);
}

}  // namespace
}  // namespace pumpfw
