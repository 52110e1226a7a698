// REQ-605, 703, 505: resets, dips of the supply and cuts of the link at random instants, on the ARM image in QEMU with true resets and its
// memory as it was left, and on the host by the same rule. The longer campaigns of firmware/pump/campaign run in the logic alone; here the
// start-up, the board and the watchdog stand in the way too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "firmware/pump/storage/layout.h"
#include "rig/twin/board/board_life.h"
#include "rig/twin/board/board_testing.h"
#include "rig/twin/board/host_board.h"

namespace pumprig::twin {
namespace {

using BoardCause = pumpfw::hal::ResetCause;

constexpr std::size_t kEventsInALife = 10;

std::size_t wanted() {
  const char* asked = std::getenv("PUMPRIG_ARM_RESETS");
  const unsigned long count = asked == nullptr ? 20 : std::strtoul(asked, nullptr, 10);
  if (count == 0) ADD_FAILURE() << "PUMPRIG_ARM_RESETS is no number from 1 up: " << asked;
  return count;
}

// ---- Campaigns ----

using Event = Status (BoardLife::*)();

// Empty when everything held.
std::string run(BoardPort& board, Event event, std::size_t count, LifeCounts& counts) {
  for (std::size_t life_number = 1, done = 0; done < count; ++life_number) {
    BoardLife life(board, life_number);
    Status status = life.begin();
    for (std::size_t i = 0; i < kEventsInALife && done < count && status; ++i, ++done) status = (life.*event)();
    if (!status) return "life " + std::to_string(life_number) + ": " + status.error().describe();
    const LifeCounts& of = life.counts();
    counts.granted += of.granted;
    counts.in_a_bolus += of.in_a_bolus;
    counts.old_programs += of.old_programs;
    counts.new_programs += of.new_programs;
    counts.grants_lost += of.grants_lost;
    counts.grants_kept += of.grants_kept;
    counts.alarms += of.alarms;
  }
  return "";
}

class ArmResets : public testing::TestWithParam<TestedBoard> {
 protected:
  LifeCounts run_here(Event event) {
    LifeCounts counts;
    auto board = make_board(GetParam(), Image::kPump, 1);
    const std::string finding = board ? run(**board, event, wanted(), counts) : board.error().describe();
    EXPECT_EQ(finding, "");
    return counts;
  }
};

TEST_P(ArmResets, AtAnyInstantCostNoProgramNoLockoutAndAtMostAMicrolitreOfTheLedger) {
  const LifeCounts counts = run_here(&BoardLife::reset_somewhere);
  if (wanted() < 100) return;
  EXPECT_GT(counts.in_a_bolus, 5U);
  EXPECT_GT(counts.old_programs, 2U);
  EXPECT_GT(counts.new_programs, 2U);
  EXPECT_GT(counts.grants_lost, 0U);
  EXPECT_GT(counts.grants_kept, 2U);
}

TEST_P(ArmResets, DipsOfTheSupplyCostNoMore) {
  const LifeCounts counts = run_here(&BoardLife::dip_somewhere);
  if (wanted() < 100) return;
  EXPECT_GT(counts.in_a_bolus, 5U);
  EXPECT_GT(counts.alarms, 30U);
}

TEST_P(ArmResets, ALinkCutInAProgramUpdateLeavesTheOldProgramRunningOrTheNewOne) {
  const LifeCounts counts = run_here(&BoardLife::cut_link_somewhere);
  if (wanted() < 100) return;
  EXPECT_GT(counts.old_programs, 20U);
  EXPECT_GT(counts.new_programs, 10U);
}

INSTANTIATE_TEST_SUITE_P(OnTheHost, ArmResets, testing::Values(TestedBoard::kHost), [](const auto& i) { return to_text(i.param); });
#ifdef PUMPRIG_HAVE_ARM_IMAGES
INSTANTIATE_TEST_SUITE_P(InQemu, ArmResets, testing::Values(TestedBoard::kQemu), [](const auto& i) { return to_text(i.param); });
#endif

// A board that does something to its memory at each boot: what the campaign must find.
class HarmfulBoard final : public BoardPort {
 public:
  using Harm = std::function<void(std::span<std::uint8_t> memory)>;
  HarmfulBoard(Harm harm, const HostBoardConfig& config = {}) : board_(make_host_board(config)), harm_(std::move(harm)) {}
  Status boot(BoardCause cause) override {
    if (harm_) harm_(board_->nvm());
    return board_->boot(cause);
  }
  Status wake(const BoardInput& input, BoardOutput& output) override { return board_->wake(input, output); }
  std::span<std::uint8_t> nvm() override { return board_->nvm(); }
  std::span<std::uint8_t> images() override { return board_->images(); }
  std::string describe() const override { return board_->describe(); }
  std::string firmware_hash() const override { return board_->firmware_hash(); }

 private:
  std::unique_ptr<BoardPort> board_;
  Harm harm_;
};

std::string finding_of(HarmfulBoard board, Event event = &BoardLife::reset_somewhere) {
  LifeCounts counts;
  return run(board, event, 100, counts);
}

HarmfulBoard::Harm erase(std::uint32_t slots) {
  return [slots](std::span<std::uint8_t> memory) { std::ranges::fill(memory.subspan(slots, 2 * pumpfw::kSlotSize), std::uint8_t{0}); };
}

// The records of the boot before come back.
HarmfulBoard::Harm bring_back(std::uint32_t slots) {
  return [slots, kept = Bytes()](std::span<std::uint8_t> memory) mutable {
    const auto now = memory.subspan(slots, 2 * pumpfw::kSlotSize);
    const Bytes then = std::exchange(kept, Bytes(now.begin(), now.end()));
    const bool blank = std::ranges::all_of(then, [](std::uint8_t byte) { return byte == 0; });
    if (!blank) std::ranges::copy(then, now.begin());
  };
}

TEST(TheCampaignFinds, AForgottenGrant) {
  EXPECT_THAT(finding_of({erase(pumpfw::kBolusSlots)}), testing::HasSubstr("lockout told"));
}

TEST(TheCampaignFinds, AProgramOfBefore) {
  // By its read-back, by the lockout that it tells, or by what the state knows of the program that it belongs to.
  EXPECT_THAT(finding_of({bring_back(pumpfw::kProgramSlots)}),
              testing::AnyOf(testing::HasSubstr("another program"), testing::HasSubstr("lockout told"),
                             testing::HasSubstr("the pump does not begin")));
}

TEST(TheCampaignFinds, AForgottenState) {
  EXPECT_THAT(finding_of({erase(pumpfw::kStateSlots)}), testing::HasSubstr("therapy is not back"));
}

TEST(TheCampaignFinds, ALedgerOfBefore) {
  EXPECT_THAT(finding_of({bring_back(pumpfw::kStateSlots)}), testing::HasSubstr("ledger"));
}

TEST(TheCampaignFinds, MistakesOfTheFirmware) {
  HostBoardConfig config;
  config.mutant = pumpfw::Mutant::kRateHigh;
  EXPECT_THAT(finding_of({{}, config}, &BoardLife::cut_link_somewhere), testing::HasSubstr("due by the program"));
  config.mutant = pumpfw::Mutant::kLockoutShort;
  EXPECT_THAT(finding_of({{}, config}), testing::HasSubstr("lockout told"));
  config.mutant = pumpfw::Mutant::kResetsUncounted;
  EXPECT_THAT(finding_of({{}, config}, &BoardLife::dip_somewhere), testing::HasSubstr("nobody asked for"));
}

}  // namespace
}  // namespace pumprig::twin
