// QEMU in real time as a foreign process: whatever it does, the rig gets an error with what it printed, never a hang, and no process stays.
#include "rig/twin/board/wire_emulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "firmware/boards/pins/frames.h"
#include "rig/twin/board/board_testing.h"
#include "rig/twin/board/qemu_board.h"

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace pins = pumpfw::pins;

class WireEmulatorTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "pumprig-fake-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    const auto image = find_arm_image(ArmImage::kWire);
    ASSERT_TRUE(image) << image.error().describe();
    config_.image = *image;
    config_.start_guard = 60s;
  }
  void TearDown() override {
    emulator_.reset();
    std::filesystem::remove_all(folder_);
  }
  // A program that answers --version as QEMU does, and else runs `script`.
  void use_fake(const std::string& script) {
    config_.program = (folder_ / "qemu").string();
    std::ofstream(config_.program) << "#!/bin/sh\ncase \"$1\" in --version) echo 'QEMU emulator version 9.9.9 (fake)'; exit;; esac\n"
                                   << script;
    std::filesystem::permissions(config_.program, std::filesystem::perms::owner_all);
  }
  Status start() {
    emulator_ = std::make_unique<WireEmulator>(*executor_, config_);
    TRY(emulator_->prepare());
    return executor_->run(emulator_->start());
  }

  std::unique_ptr<exec::Executor> executor_ = exec::Executor::make_wall();
  WireEmulatorConfig config_;
  std::filesystem::path folder_;
  std::unique_ptr<WireEmulator> emulator_;
};

Task<pins::Hello> await_hello(link::Link& line, TimePoint deadline) {
  pins::Assembler assembler;
  std::array<std::uint8_t, 64> bytes{};
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t got, co_await line.read_some(bytes, deadline));
    for (std::size_t i = 0; i < got; ++i) {
      assembler.put(bytes[i]);
      while (const auto frame = assembler.next()) {
        pins::Hello hello;
        if (frame->kind == pins::Kind::kHello && pins::decode(frame->payload, hello)) co_return hello;
      }
    }
  }
}

TEST_F(WireEmulatorTest, TheFirmwareGreetsAndIsResetByItsWatchdogWhenNobodyAnswers) {
  const Status started = start();
  ASSERT_TRUE(started) << started.error().describe();
  EXPECT_THAT(emulator_->describe(), testing::MatchesRegex("mps2_an386 in QEMU [0-9.]+, in real time"));
  auto& line = emulator_->line(WireEmulator::kPins);
  const auto first = executor_->run(await_hello(line, executor_->now() + 60s));
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_EQ(first->boot, 0U);
  EXPECT_EQ(first->cause, pumpfw::hal::ResetCause::kPowerOn);
  const auto second = executor_->run(await_hello(line, executor_->now() + 60s));
  ASSERT_TRUE(second) << second.error().describe();
  EXPECT_EQ(second->boot, 1U);
  EXPECT_EQ(second->cause, pumpfw::hal::ResetCause::kWatchdog);
  const int pid = emulator_->process_id();
  ASSERT_TRUE(exists(pid));
  const auto folder = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd");
  emulator_.reset();
  EXPECT_FALSE(exists(pid));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(WireEmulatorTest, OneThatEndsAtOnceIsToldWithItsCodeAndWhatItPrinted) {
  use_fake("echo 'Invalid RAM size' >&2; exit 3\n");
  const Status started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(started.error().text, HasSubstr("exited with code 3; it printed: Invalid RAM size"));
}

TEST_F(WireEmulatorTest, OneThatAbortsIsTold) {
  use_fake("echo 'lockup' >&2; kill -ABRT $$\n");
  const Status started = start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().text, HasSubstr("it aborted"));
  EXPECT_THAT(started.error().text, HasSubstr("lockup"));
}

TEST_F(WireEmulatorTest, OneThatHangsAndIgnoresSigtermIsKilledAfterTheGuard) {
  use_fake("trap '' TERM; echo $$ >&2; echo 'I stay' >&2; while :; do sleep 1; done\n");
  config_.start_guard = 2s;
  const Status started = start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().text, HasSubstr("it did not take its lines, and was killed"));
  EXPECT_THAT(started.error().text, HasSubstr("I stay"));
  const auto printed = started.error().text.substr(started.error().text.find("it printed: ") + 12);
  EXPECT_FALSE(exists(std::stoi(printed)));
}

TEST_F(WireEmulatorTest, OneThatDiesInTheMiddleHangsUpItsLinesAndItsEndIsTold) {
  ASSERT_TRUE(start());
  auto& line = emulator_->line(WireEmulator::kPins);
  ASSERT_TRUE(executor_->run(await_hello(line, executor_->now() + 60s)));
  ::kill(emulator_->process_id(), SIGSEGV);
  const auto read = executor_->run(await_hello(line, executor_->now() + 60s));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(emulator_->give_up("it ended").value().text, HasSubstr("ended by signal 11"));
  EXPECT_LT(emulator_->process_id(), 0);
}

TEST_F(WireEmulatorTest, WithoutAnImageItSaysWhatToBuild) {
  config_.image = folder_ / "none.elf";
  const Status started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(started.error().text, HasSubstr("firmware_arm"));
}

}  // namespace
}  // namespace pumprig::twin
