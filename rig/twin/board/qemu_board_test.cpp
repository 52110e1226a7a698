// QEMU as a foreign process: whatever it does, the rig gets an error or a reset, never a hang, and no process is left.
#include "rig/twin/board/qemu_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "rig/twin/board/board_scene.h"
#include "rig/twin/board/board_testing.h"

namespace pumprig::twin {
namespace {

using namespace pumpfw::hal;
using testing::HasSubstr;

class QemuBoardTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.image = built_image(Image::kContract);
    config_.guard = std::chrono::seconds(60);
    std::string name = testing::TempDir() + "pumprig-fake-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    board_.reset();
    std::filesystem::remove_all(folder_);
  }

  Status make() {
    auto made = make_qemu_board(config_);
    if (!made) return tl::unexpected<Error>(made.error());
    board_ = std::move(*made);
    return {};
  }
  Status boot(ResetCause cause) {
    TRY(board_->boot(cause));
    in_ = BoardInput{};
    in_.flags = kEventBoot;
    in_.reset_cause = cause;
    return board_->wake(in_, out_);
  }
  void start() {
    const Status made = make();
    ASSERT_TRUE(made) << made.error().describe();
    const Status booted = boot(ResetCause::kPowerOn);
    ASSERT_TRUE(booted) << booted.error().describe();
  }
  Status tell(const Bytes& command) {
    in_.now += 100;
    in_.flags = kEventTelemetryRx;
    in_.telemetry_rx = command;
    return board_->wake(in_, out_);
  }
  // A program that answers --version as QEMU does, and else runs `script`.
  void use_fake(const std::string& script) {
    config_.program = (folder_ / "qemu").string();
    std::ofstream(config_.program) << "#!/bin/sh\ncase \"$1\" in --version) echo 'QEMU emulator version 9.9.9 (fake)'; exit;; esac\n"
                                   << script;
    std::filesystem::permissions(config_.program, std::filesystem::perms::owner_all);
  }
  std::string boot_failure() {
    const Status made = make();
    if (!made) return made.error().describe();
    const Status booted = board_->boot(ResetCause::kPowerOn);
    if (booted) return "it booted";
    EXPECT_EQ(booted.error().code, ErrorCode::kUnavailable);
    return booted.error().text;
  }

  QemuBoardConfig config_;
  std::filesystem::path folder_;
  std::unique_ptr<QemuBoard> board_;
  BoardInput in_;
  BoardOutput out_;
};

TEST_F(QemuBoardTest, SaysWhatItIs) {
  start();
  EXPECT_THAT(board_->describe(), testing::MatchesRegex("mps2_an386 in QEMU [0-9.]+"));
  EXPECT_THAT(board_->firmware_hash(), testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(board_->firmware_hash().size(), 64U);
}

TEST_F(QemuBoardTest, LeavesNoProcessAndNoFolder) {
  start();
  const int pid = board_->process_id();
  ASSERT_TRUE(exists(pid));
  const auto folder = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd");
  EXPECT_TRUE(std::filesystem::exists(folder / "nvm.bin"));
  board_.reset();
  EXPECT_FALSE(exists(pid));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(QemuBoardTest, AHungFirmwareIsResetByItsWatchdog) {
  start();
  ASSERT_TRUE(tell(probe::write_nvm(5, Bytes{0x77})));
  const Tick bite = out_.deadline + kWatchdogGrace;
  const Status told = tell(probe::hang());
  ASSERT_TRUE(told) << told.error().describe();
  EXPECT_TRUE(out_.reset_requested);
  EXPECT_EQ(out_.reset_cause, ResetCause::kWatchdog);
  EXPECT_EQ(out_.deadline, bite);
  EXPECT_FALSE(out_.motor_enabled);
  ASSERT_TRUE(boot(ResetCause::kWatchdog));
  EXPECT_EQ(parse_answers(out_.telemetry_tx).reports.at(0).reset_cause, ResetCause::kWatchdog);
  EXPECT_EQ(board_->nvm()[5], 0x77);
}

TEST_F(QemuBoardTest, AFaultOfTheFirmwareEndsInItsWatchdogToo) {
  start();
  const Status told = tell(probe::trap());
  ASSERT_TRUE(told) << told.error().describe();
  EXPECT_TRUE(out_.reset_requested);
  EXPECT_EQ(out_.reset_cause, ResetCause::kWatchdog);
  ASSERT_TRUE(boot(ResetCause::kWatchdog));
  // What the fault handler printed comes with the next failure of the process.
  ::kill(board_->process_id(), SIGKILL);
  const Status dead = tell({});
  ASSERT_FALSE(dead);
  EXPECT_THAT(dead.error().text, HasSubstr("firmware: fault at pc 0000"));
}

TEST_F(QemuBoardTest, AKilledEmulatorIsAnErrorAndPowerBringsItBackWithItsMemory) {
  start();
  ASSERT_TRUE(tell(probe::write_nvm(9, Bytes{0x42})));
  ::kill(board_->process_id(), SIGKILL);
  const Status dead = tell({});
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(dead.error().text, HasSubstr("ended by signal 9"));
  EXPECT_FALSE(tell({})) << "it stays dead until it is switched on";
  ASSERT_TRUE(boot(ResetCause::kPowerOn));
  ASSERT_TRUE(tell(probe::read_nvm(9, 1)));
  EXPECT_EQ(parse_answers(out_.telemetry_tx).reports.at(1).nvm_data, Bytes{0x42});
}

TEST_F(QemuBoardTest, AStoppedEmulatorIsKilledAfterTheGuard) {
  config_.guard = std::chrono::milliseconds(4000);
  start();
  const int pid = board_->process_id();
  ::kill(pid, SIGSTOP);
  const Status stuck = tell({});
  ASSERT_FALSE(stuck);
  EXPECT_EQ(stuck.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(stuck.error().text, HasSubstr("did not answer within 4000 ms"));
  EXPECT_FALSE(exists(pid));
}

TEST_F(QemuBoardTest, OneThatHangsAndIgnoresSigtermIsKilledAndItsOutputKept) {
  use_fake("trap '' TERM\necho 'qemu: cannot think of anything' >&2\nexec sleep 1000\n");
  config_.guard = std::chrono::milliseconds(2500);
  const std::string failure = boot_failure();
  EXPECT_THAT(failure, HasSubstr("did not answer within 2500 ms"));
  EXPECT_THAT(failure, HasSubstr("cannot think of anything"));
  EXPECT_EQ(board_->process_id(), -1);
}

TEST_F(QemuBoardTest, OneThatFloodsItsErrorOutputIsStillKilledAfterTheGuard) {
  use_fake("while :; do echo noise >&2; done\n");
  config_.guard = std::chrono::milliseconds(2500);
  EXPECT_THAT(boot_failure(), HasSubstr("did not answer within 2500 ms"));
}

TEST_F(QemuBoardTest, OneThatAbortsIsAnErrorWithWhatItPrinted) {
  use_fake("echo 'qemu: fatal: Lockup' >&2\nkill -ABRT $$\n");
  const std::string failure = boot_failure();
  EXPECT_THAT(failure, HasSubstr("it aborted"));
  EXPECT_THAT(failure, HasSubstr("fatal: Lockup"));
}

TEST_F(QemuBoardTest, OneThatSpeaksAnotherLanguageIsAnError) {
  use_fake("exec 3>sim.req 4<sim.rsp\necho 'this is no lockstep frame, not at all' >&3\nexec sleep 1000\n");
  EXPECT_THAT(boot_failure(), HasSubstr("no lockstep frame"));
}

TEST_F(QemuBoardTest, OneThatIsMissingOrNoQemuIsAnErrorBeforeAnythingRuns) {
  config_.program = "/nowhere/qemu";
  EXPECT_THAT(boot_failure(), HasSubstr("install qemu-system-arm"));
  config_.program = "/bin/echo";
  EXPECT_THAT(boot_failure(), HasSubstr("no QEMU"));
}

TEST_F(QemuBoardTest, AMissingImageIsNotFound) {
  config_.image = folder_ / "none.elf";
  const Status made = make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kNotFound);
}

TEST_F(QemuBoardTest, AnImageThatIsNoneIsAnErrorWithTheWordsOfQemu) {
  config_.image = folder_ / "text.elf";
  std::ofstream(config_.image) << "no image";
  config_.guard = std::chrono::milliseconds(10000);
  // QEMU refuses it, or loads it as raw bytes and the processor locks up.
  EXPECT_NE(boot_failure(), "it booted");
  EXPECT_EQ(board_->process_id(), -1);
}

TEST_F(QemuBoardTest, ALockedUpProcessorIsAnErrorWithTheWordsOfQemu) {
  std::ifstream in(config_.image, std::ios::binary);
  Bytes image((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::size_t headers = get_le32(image, 28);
  const std::size_t code = get_le32(image, headers + 4);
  ASSERT_EQ(get_le32(image, headers + 8), 0U) << "the first segment is the one at address 0, with the vectors";
  std::fill_n(image.begin() + static_cast<std::ptrdiff_t>(code), 64, std::uint8_t{0});
  config_.image = folder_ / "lockup.elf";
  std::ofstream(config_.image, std::ios::binary)
      .write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
  const std::string failure = boot_failure();
  EXPECT_THAT(failure, HasSubstr("it aborted"));
  EXPECT_THAT(failure, HasSubstr("Lockup"));
}

// The bound that the build computes from the call graph is above what the processor ever used, and not far above.
TEST_F(QemuBoardTest, TheStackStaysWithinTheBoundOfTheBuild) {
  const auto bound_of = [](const std::filesystem::path& image) {
    std::ifstream in(std::filesystem::path(image).replace_extension(".sizes"));
    std::string word;
    std::uint32_t value = 0;
    while (in >> word >> value && word != "stack") {
    }
    return value;
  };
  start();
  ASSERT_TRUE(tell(probe::use_stack(16)));
  const auto shallow = board_->ask_facts();
  ASSERT_TRUE(shallow);
  ASSERT_TRUE(tell(probe::use_stack(2048)));
  const auto deep = board_->ask_facts();
  ASSERT_TRUE(deep);
  EXPECT_GT(deep->stack_used, shallow->stack_used);
  EXPECT_GE(deep->stack_used, 2048U);
  EXPECT_LE(deep->stack_used, bound_of(config_.image));

  QemuBoardConfig pump;
  pump.image = built_image(Image::kPump);
  pump.guard = std::chrono::seconds(60);
  auto board = make_qemu_board(pump);
  ASSERT_TRUE(board);
  BoardScene scene(**board, {});
  ASSERT_TRUE(scene.run());
  const auto used = (*board)->ask_facts();
  ASSERT_TRUE(used) << used.error().describe();
  EXPECT_LE(used->stack_used, bound_of(pump.image));
  EXPECT_GT(used->stack_used, 400U);
  RecordProperty("pump_stack_used", static_cast<int>(used->stack_used));
}

bool ended(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  char state = 'Z';  // nobody may be there to reap it
  in >> number >> name >> state;
  return state == 'Z' || state == 'X';
}

// The board is made on a thread other than the main one, where no death signal reaches the child.
TEST_F(QemuBoardTest, AnEmulatorEndsWithAKilledRig) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t rig = ::fork();
  if (rig == 0) {
    std::thread([&] {
      start();
      const int pid = board_ ? board_->process_id() : -1;
      [[maybe_unused]] const auto told = ::write(ends[1], &pid, sizeof pid);
      ::pause();
    }).join();
  }
  int pid = -1;
  ASSERT_EQ(::read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ASSERT_GT(pid, 0);
  const auto folder = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd");
  ASSERT_FALSE(ended(pid));
  ::kill(rig, SIGKILL);
  ::waitpid(rig, nullptr, 0);
  for (int i = 0; i < 600 && !ended(pid); ++i) ::poll(nullptr, 0, 50);
  EXPECT_TRUE(ended(pid));
  if (!ended(pid)) ::kill(pid, SIGKILL);
  std::filesystem::remove_all(folder);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(QemuBoardTest, TheImageOfThisBuildIsFound) {
  ::unsetenv("PUMPRIG_ARM_IMAGE");
  const auto found = find_arm_image();
  ASSERT_TRUE(found) << found.error().describe();
  EXPECT_EQ(found->filename(), "pump.elf");
  ::setenv("PUMPRIG_ARM_IMAGE", "/nowhere/pump.elf", 1);
  EXPECT_FALSE(find_arm_image());
  ::unsetenv("PUMPRIG_ARM_IMAGE");
}

}  // namespace
}  // namespace pumprig::twin
