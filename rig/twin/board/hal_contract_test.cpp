// What hal.h promises the firmware, held against every board with the contract probe on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "rig/twin/board/board_testing.h"

namespace pumprig::twin {
namespace {

using namespace pumpfw::hal;
namespace lockstep = pumpfw::lockstep;

class HalContract : public testing::TestWithParam<TestedBoard> {
 protected:
  void SetUp() override { start(1); }

  void start(std::uint64_t seed) {
    auto made = make_board(GetParam(), Image::kContract, seed);
    ASSERT_TRUE(made) << made.error().describe();
    board_ = std::move(*made);
    boot(ResetCause::kPowerOn);
  }

  // Boots and gives the first wake, at tick 0.
  void boot(ResetCause cause) {
    const auto booted = board_->boot(cause);
    ASSERT_TRUE(booted) << booted.error().describe();
    in_ = BoardInput{};
    in_.flags = kEventBoot;
    in_.reset_cause = cause;
    in_.rtc = rtc_;
    wake_as_set();
  }

  void wake_as_set() {
    const auto woken = board_->wake(in_, out_);
    ASSERT_TRUE(woken) << woken.error().describe();
    answers_ = parse_answers(out_.telemetry_tx);
    in_.flags = 0;
    in_.motor_rx.clear();
    in_.telemetry_rx.clear();
  }

  // The next wake, `later` ticks on, with commands for the probe.
  void wake(const std::vector<Bytes>& commands, Tick later = 100) {
    in_.now += later;
    in_.rtc = rtc_ + in_.now;
    for (const auto& c : commands) in_.telemetry_rx.insert(in_.telemetry_rx.end(), c.begin(), c.end());
    if (!in_.telemetry_rx.empty()) in_.flags |= kEventTelemetryRx;
    wake_as_set();
  }

  std::unique_ptr<BoardPort> board_;
  BoardInput in_;
  BoardOutput out_;
  Answers answers_;
  Tick rtc_ = 0;
};

TEST_P(HalContract, TheFirstWakeSaysBootAndWhy) {
  ASSERT_EQ(answers_.reports.size(), 1U);
  EXPECT_EQ(answers_.reports[0].flags, kEventBoot);
  EXPECT_EQ(answers_.reports[0].reset_cause, ResetCause::kPowerOn);
  EXPECT_EQ(answers_.reports[0].now, 0U);
}

TEST_P(HalContract, OutputsRestAfterAReset) {
  wake({probe::arm_step(5000), probe::enable_motor(true), probe::set_buzzer(Tone::kHigh), probe::enable_receiver(false)});
  boot(ResetCause::kPin);
  EXPECT_FALSE(out_.step_at);
  EXPECT_FALSE(out_.motor_enabled);
  EXPECT_EQ(out_.tone, Tone::kOff);
  EXPECT_TRUE(out_.receiver_on);
  EXPECT_EQ(answers_.reports.at(0).reset_cause, ResetCause::kPin);
}

TEST_P(HalContract, AnArmedStepStaysUntilItFires) {
  wake({probe::arm_step(5000)});
  EXPECT_EQ(out_.step_at, 5000U);
  wake({});
  EXPECT_EQ(out_.step_at, 5000U);
  in_.flags = kEventStep | kEventOutlet;
  in_.step_at = 5000;
  in_.outlet_counts = 1234;
  wake({}, 5000 - in_.now);
  EXPECT_FALSE(out_.step_at);
  EXPECT_EQ(answers_.reports.at(0).flags, kEventStep | kEventOutlet);
  EXPECT_EQ(answers_.reports.at(0).step_at, 5000U);
  EXPECT_EQ(answers_.reports.at(0).outlet_counts, 1234);
}

TEST_P(HalContract, AnArmedStepIsReplacedAndDisarmed) {
  wake({probe::arm_step(5000), probe::arm_step(6000)});
  EXPECT_EQ(out_.step_at, 6000U);
  wake({probe::arm_step(4000)});
  EXPECT_EQ(out_.step_at, 4000U);
  wake({probe::disarm_step()});
  EXPECT_FALSE(out_.step_at);
}

TEST_P(HalContract, AStepInThePastFiresAtOnce) {
  wake({probe::arm_step(1)}, 3000);
  EXPECT_EQ(out_.step_at, 3000U);
}

TEST_P(HalContract, AStepMayBeArmedInTheWakeOfTheLast) {
  wake({probe::arm_step(200)});
  in_.flags = kEventStep | kEventOutlet;
  wake({probe::arm_step(300)});
  EXPECT_EQ(out_.step_at, 300U);
}

TEST_P(HalContract, MotorOutputsFollowTheirSwitch) {
  wake({probe::enable_motor(true)});
  EXPECT_TRUE(out_.motor_enabled);
  wake({});
  EXPECT_TRUE(out_.motor_enabled);
  wake({probe::enable_motor(false)});
  EXPECT_FALSE(out_.motor_enabled);
}

TEST_P(HalContract, TheReceiverFollowsItsSwitch) {
  wake({probe::enable_receiver(false)});
  EXPECT_FALSE(out_.receiver_on);
  in_.flags = kEventMagnet;
  wake({});
  EXPECT_FALSE(out_.receiver_on);
  wake({probe::enable_receiver(true)});
  EXPECT_TRUE(out_.receiver_on);
}

TEST_P(HalContract, MotorBytesPassBothWays) {
  const Bytes datagram{0x05, 0x00, 0x06, 0x6F};
  wake({probe::send_motor(datagram), probe::send_motor(datagram)});
  EXPECT_EQ(to_hex(out_.motor_tx), "05 00 06 6F 05 00 06 6F");
  in_.flags = kEventMotorRx;
  in_.motor_rx = Bytes(128);
  for (std::size_t i = 0; i < 128; ++i) in_.motor_rx[i] = static_cast<std::uint8_t>(3 * i);
  const Bytes sent = in_.motor_rx;
  wake({});
  EXPECT_EQ(answers_.reports.at(0).flags, kEventMotorRx);
  EXPECT_EQ(answers_.reports.at(0).motor_rx, sent);
  EXPECT_TRUE(out_.motor_tx.empty());
}

TEST_P(HalContract, TelemetryBytesPassBothWaysUpToTheCapacity) {
  Bytes block(250);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint8_t>(i % 0x60);
  std::vector<Bytes> commands(7, probe::send_telemetry(block));
  wake(commands);
  Bytes expected;
  for (int i = 0; i < 7; ++i) expected.insert(expected.end(), block.begin(), block.end());
  const ByteView all = out_.telemetry_tx;
  ASSERT_GT(all.size(), expected.size());
  const ByteView tail = all.last(expected.size());
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), expected.begin()));
}

TEST_P(HalContract, ConversionsAreAskedForOnce) {
  wake({probe::start_adc(AdcChannel::kOutletPressure)});
  EXPECT_TRUE(out_.start_outlet);
  EXPECT_EQ(out_.start_sense, AdcChannel::kNone);
  in_.flags = kEventOutlet;
  in_.outlet_counts = 4095;
  wake({probe::start_adc(AdcChannel::kTemperature), probe::start_adc(AdcChannel::kBattery)});
  EXPECT_FALSE(out_.start_outlet);
  EXPECT_EQ(out_.start_sense, AdcChannel::kBattery);  // the last one asked for
  EXPECT_EQ(answers_.reports.at(0).outlet_counts, 4095);
  in_.flags = kEventSense;
  in_.sense_channel = AdcChannel::kBattery;
  in_.sense_counts = 3000;
  wake({});
  EXPECT_EQ(out_.start_sense, AdcChannel::kNone);
  EXPECT_EQ(answers_.reports.at(0).flags, kEventSense);
  EXPECT_EQ(answers_.reports.at(0).sense_channel, AdcChannel::kBattery);
  EXPECT_EQ(answers_.reports.at(0).sense_counts, 3000);
}

TEST_P(HalContract, ARotorThatTurnsBackWakesTheLogic) {
  in_.flags = kEventRotorBack;
  in_.rotor_count = -2;
  wake({});
  EXPECT_EQ(answers_.reports.at(0).flags, kEventRotorBack);
  EXPECT_EQ(answers_.reports.at(0).rotor_count, -2);
}

TEST_P(HalContract, TheBuzzerKeepsItsTone) {
  for (const Tone tone : {Tone::kLow, Tone::kHigh, Tone::kOff}) {
    wake({probe::set_buzzer(tone)});
    EXPECT_EQ(out_.tone, tone);
    wake({});
    EXPECT_EQ(out_.tone, tone);
  }
}

TEST_P(HalContract, CodeRamAndStackAreSound) {
  wake({probe::look_at_itself()});
  const Bytes& told = answers_.rest;
  ASSERT_EQ(told.size(), 13U);
  EXPECT_EQ(get_le32(told, 2), get_le32(told, 6));
  EXPECT_NE(get_le32(told, 2), 0U);  // of no bytes at all
  EXPECT_EQ(get_le16(told, 10), pumpfw::hal::kRamSlices);
  EXPECT_EQ(told[12], 1);
}

TEST_P(HalContract, AFlippedBitInTheCodeIsSeen) {
  if (board_->code().empty()) GTEST_SKIP() << "the code of this board is out of reach";
  board_->code()[77] ^= 0x20;
  wake({probe::look_at_itself()});
  EXPECT_NE(get_le32(answers_.rest, 2), get_le32(answers_.rest, 6));
}

TEST_P(HalContract, RotorAndMagnetAndConnectorAreThereAtEveryWake) {
  in_.rotor_count = -123456;
  in_.magnet = true;
  in_.wired = false;
  in_.flags = kEventMagnet;
  wake({});
  EXPECT_EQ(answers_.reports.at(0).rotor_count, -123456);
  EXPECT_TRUE(answers_.reports.at(0).magnet);
  EXPECT_EQ(answers_.reports.at(0).flags, kEventMagnet);
  wake({probe::read_nvm(0, 1)});
  ASSERT_EQ(answers_.reports.size(), 2U);
  EXPECT_EQ(answers_.reports[1].rotor_count, -123456);
  EXPECT_TRUE(answers_.reports[1].magnet);
  EXPECT_FALSE(answers_.reports[1].wired);
  in_.wired = true;
  wake({});
  EXPECT_TRUE(answers_.reports.at(0).wired);
}

TEST_P(HalContract, MemoryAnswersInTheSameTurn) {
  const Bytes data{1, 2, 3, 250, 0, 7};
  wake({probe::write_nvm(100, data), probe::read_nvm(98, 10)});
  ASSERT_EQ(answers_.reports.size(), 2U);
  EXPECT_EQ(answers_.reports[1].flags, kEventNvmRead | kEventNvmWritten);
  EXPECT_EQ(answers_.reports[1].now, in_.now);
  EXPECT_EQ(to_hex(answers_.reports[1].nvm_data), "00 00 01 02 03 FA 00 07 00 00");
  EXPECT_EQ(board_->nvm()[103], 250);
}

TEST_P(HalContract, MemoryIsAskedInTheOrderOfTheCalls) {
  wake({probe::read_nvm(40, 1), probe::write_nvm(40, Bytes{9})});
  EXPECT_EQ(answers_.reports.at(1).nvm_data, Bytes{0});
  wake({probe::read_nvm(40, 1)});
  EXPECT_EQ(answers_.reports.at(1).nvm_data, Bytes{9});
}

TEST_P(HalContract, MemoryHoldsUpToItsLastByteAndInLongestTransfers) {
  Bytes data(250, 0xA5);
  wake({probe::write_nvm(kNvmSize - 250, data)});
  wake({probe::read_nvm(kNvmSize - kNvmTransfer, kNvmTransfer)});
  Bytes expected(kNvmTransfer - data.size(), 0);
  expected.insert(expected.end(), data.begin(), data.end());
  EXPECT_EQ(answers_.reports.at(1).nvm_data, expected);
}

TEST_P(HalContract, MemoryKeepsOverEveryResetAndPowerOff) {
  wake({probe::write_nvm(0, Bytes{0x11, 0x22})});
  for (const ResetCause cause :
       {ResetCause::kPin, ResetCause::kPowerOn, ResetCause::kBrownOut, ResetCause::kWatchdog, ResetCause::kSoftware}) {
    boot(cause);
    EXPECT_EQ(answers_.reports.at(0).reset_cause, cause);
    wake({probe::read_nvm(0, 2)});
    EXPECT_EQ(to_hex(answers_.reports.at(1).nvm_data), "11 22");
  }
}

TEST_P(HalContract, AFlippedBitInTheMemoryIsSeen) {
  wake({probe::write_nvm(7, Bytes{0x80})});
  board_->nvm()[7] ^= 0x01;
  wake({probe::read_nvm(7, 1)});
  EXPECT_EQ(answers_.reports.at(1).nvm_data, Bytes{0x81});
}

TEST_P(HalContract, AResetLosesTheWriteThatWasUnderWay) {
  wake({probe::write_nvm(0, Bytes{0x33}), probe::write_image(0, Bytes{0x33}), probe::reset()});
  EXPECT_TRUE(out_.reset_requested);
  boot(ResetCause::kSoftware);
  EXPECT_EQ(board_->nvm()[0], 0);
  EXPECT_EQ(board_->images()[0], 0);
}

TEST_P(HalContract, ThePartsOfAnImageStandInTheBankThatDoesNotRun) {
  const Bytes part{1, 2, 3, 4};
  wake({probe::write_image(kImageBankSize - 4, part)});
  EXPECT_EQ(answers_.reports.at(1).flags, kEventImageWritten);
  const lockstep::ImageBanks banks(board_->images());
  EXPECT_EQ(banks.active().version, 0U);
  wake({probe::write_image(0, part)});
  wake({probe::activate_image(7, 4)});
  EXPECT_EQ(banks.active().version, 7U);
  boot(ResetCause::kWatchdog);
  EXPECT_EQ(to_hex(banks.bytes_of(banks.active())), "01 02 03 04");
  // What comes next goes to the other bank, and the running one stays as it is.
  wake({probe::write_image(0, Bytes{9, 9, 9, 9})});
  EXPECT_EQ(to_hex(banks.bytes_of(banks.active())), "01 02 03 04");
  EXPECT_EQ(banks.second()[0], 9);
}

TEST_P(HalContract, ASoftwareResetComesAfterTheWake) {
  wake({probe::reset(), probe::set_buzzer(Tone::kLow)});
  EXPECT_TRUE(out_.reset_requested);
  EXPECT_EQ(out_.reset_cause, ResetCause::kSoftware);
  EXPECT_EQ(out_.tone, Tone::kLow);
  const auto early = board_->wake(in_, out_);
  ASSERT_FALSE(early) << "a board that was reset must be booted first";
  EXPECT_EQ(early.error().code, ErrorCode::kInvalidArgument);
  boot(ResetCause::kSoftware);
  EXPECT_EQ(answers_.reports.at(0).reset_cause, ResetCause::kSoftware);
  EXPECT_FALSE(out_.reset_requested);
}

TEST_P(HalContract, TheRealTimeClockIsTheRigsAndGoesOnOverAReset) {
  rtc_ = 0x0123456789ABULL;
  wake({probe::rtc()}, 50);
  EXPECT_EQ(answers_.rest.size(), 10U);
  EXPECT_EQ(get_le64(answers_.rest, 2), rtc_ + in_.now);
  rtc_ += 1000;
  boot(ResetCause::kPin);
  wake({probe::rtc()}, 50);
  EXPECT_EQ(get_le64(answers_.rest, 2), rtc_ + 50);
}

TEST_P(HalContract, EntropyRepeatsWithTheSeedAndDiffersFromBootToBoot) {
  wake({probe::entropy(20)});
  const Bytes first = answers_.rest;
  EXPECT_EQ(first.size(), 22U);
  wake({probe::entropy(20)});
  EXPECT_NE(answers_.rest, first);
  boot(ResetCause::kPin);
  wake({probe::entropy(20)});
  EXPECT_NE(answers_.rest, first);
  const Bytes second_boot = answers_.rest;
  start(1);
  wake({probe::entropy(20)});
  EXPECT_EQ(answers_.rest, first);
  boot(ResetCause::kPowerOn);
  wake({probe::entropy(20)});
  EXPECT_EQ(answers_.rest, second_boot);
  start(2);
  wake({probe::entropy(20)});
  EXPECT_NE(answers_.rest, first);
}

TEST_P(HalContract, TheDeadlineIsTheLogicsWithinOneTickAndTenSeconds) {
  wake({probe::next_deadline(5000)});
  EXPECT_EQ(out_.deadline, 5000U);
  wake({probe::next_deadline(~Tick{0})});
  EXPECT_EQ(out_.deadline, in_.now + kLongestSleep);
  wake({probe::next_deadline(0)});
  EXPECT_EQ(out_.deadline, in_.now + 1);
}

TEST_P(HalContract, SleepingOnPastTheDeadlineWithinTheGraceIsNoReset) {
  wake({probe::next_deadline(200)});
  wake({}, 200 + kWatchdogGrace - in_.now);
  EXPECT_FALSE(out_.reset_requested);
  EXPECT_EQ(answers_.reports.at(0).now, 200 + kWatchdogGrace);
}

TEST_P(HalContract, TheWatchdogBitesOneSecondAfterTheDeadline) {
  wake({probe::next_deadline(200)});
  wake({}, 200 + kWatchdogGrace + 1 - in_.now);
  EXPECT_TRUE(out_.reset_requested);
  EXPECT_EQ(out_.reset_cause, ResetCause::kWatchdog);
  EXPECT_EQ(out_.deadline, 200 + kWatchdogGrace);
  EXPECT_TRUE(answers_.reports.empty());
  boot(ResetCause::kWatchdog);
  EXPECT_EQ(answers_.reports.at(0).reset_cause, ResetCause::kWatchdog);
}

TEST_P(HalContract, AnInputThatNoBoardCanGetIsRefused) {
  in_.now = 1000;
  wake({});
  const auto refused = [&](auto change) {
    BoardInput wrong = in_;
    change(wrong);
    const auto status = board_->wake(wrong, out_);
    return !status && status.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](BoardInput& i) { i.now = 999; }));
  EXPECT_TRUE(refused([](BoardInput& i) { i.flags = kEventBoot; }));
  EXPECT_TRUE(refused([](BoardInput& i) { i.flags = kEventNvmRead; }));
  EXPECT_TRUE(refused([](BoardInput& i) { i.motor_rx.resize(129); }));
  EXPECT_TRUE(refused([](BoardInput& i) { i.telemetry_rx.resize(2049); }));
  wake({});
  EXPECT_EQ(answers_.reports.at(0).now, in_.now);
}

TEST_P(HalContract, ALogicThatBreaksARuleIsNamed) {
  const auto broken_by = [&](const std::vector<Bytes>& commands) -> std::string {
    in_.telemetry_rx.clear();
    in_.now += 10;
    for (const auto& c : commands) in_.telemetry_rx.insert(in_.telemetry_rx.end(), c.begin(), c.end());
    in_.flags = kEventTelemetryRx;
    const auto status = board_->wake(in_, out_);
    boot(ResetCause::kPin);
    if (status || status.error().code != ErrorCode::kInternal) return "nothing was broken";
    return status.error().text;
  };
  EXPECT_THAT(broken_by({probe::read_nvm(0, 1), probe::read_nvm(0, 1)}), testing::HasSubstr("while a read was outstanding"));
  EXPECT_THAT(broken_by({probe::write_nvm(0, Bytes{1}), probe::write_nvm(0, Bytes{1})}), testing::HasSubstr("while a write"));
  EXPECT_THAT(broken_by({probe::read_nvm(0, kNvmTransfer + 1)}), testing::HasSubstr("memory transfer"));
  EXPECT_THAT(broken_by({probe::read_nvm(kNvmSize - 1, 2)}), testing::HasSubstr("memory transfer"));
  EXPECT_THAT(broken_by({probe::read_nvm(0xFFFFFFFF, 2)}), testing::HasSubstr("memory transfer"));
  EXPECT_THAT(broken_by({probe::write_image(0, Bytes{1}), probe::write_image(1, Bytes{1})}), testing::HasSubstr("write_image"));
  EXPECT_THAT(broken_by({probe::write_image(0, Bytes{1}), probe::activate_image(7, 1)}), testing::HasSubstr("write_image"));
  EXPECT_THAT(broken_by({probe::write_image(kImageBankSize, Bytes{1})}), testing::HasSubstr("part of an image"));
  EXPECT_THAT(broken_by({probe::activate_image(0, 1)}), testing::HasSubstr("part of an image"));
  EXPECT_THAT(broken_by({probe::send_motor(Bytes(100)), probe::send_motor(Bytes(29))}), testing::HasSubstr("motor driver"));
  std::vector<Bytes> too_much(7, probe::send_telemetry(Bytes(250)));
  too_much.insert(too_much.end(), 2, probe::entropy(250));
  EXPECT_THAT(broken_by(too_much), testing::HasSubstr("telemetry"));
}

TEST_P(HalContract, ManyMemoryRepliesFitOneWake) {
  wake({probe::read_again_and_again(5000)});
  EXPECT_EQ(answers_.reports.size(), 2U);  // the command, and the last reply
  EXPECT_EQ(answers_.reports.at(1).flags, kEventNvmRead);
}

INSTANTIATE_TEST_SUITE_P(OnTheHost, HalContract, testing::Values(TestedBoard::kHost), [](const auto& i) { return to_text(i.param); });
#ifdef PUMPRIG_HAVE_ARM_IMAGES
INSTANTIATE_TEST_SUITE_P(InQemu, HalContract, testing::Values(TestedBoard::kQemu), [](const auto& i) { return to_text(i.param); });
#endif

}  // namespace
}  // namespace pumprig::twin
