// The pump's firmware on both boards, through the same day: what goes in and comes out is the same, byte for byte.
#include <gtest/gtest.h>

#include "rig/base/sha256.h"
#include "rig/twin/board/board_scene.h"
#include "rig/twin/board/board_testing.h"

namespace pumprig::twin {
namespace {

struct Day {
  Bytes trace;
  std::uint64_t wakes = 0;
  std::uint64_t steps = 0;
  std::uint64_t resets = 0;
  std::uint64_t replies = 0;
  Bytes nvm;
};

Day run_day(TestedBoard kind, const BoardScene::Config& config) {
  auto board = make_board(kind, Image::kPump, config.seed);
  if (!board) ADD_FAILURE() << board.error().describe();
  if (!board) return {};
  BoardScene scene(**board, config);
  const auto ran = scene.run();
  if (!ran) ADD_FAILURE() << ran.error().describe();
  const auto nvm = (*board)->nvm();
  return {scene.trace(), scene.wakes(), scene.steps(), scene.resets(), scene.replies(), Bytes(nvm.begin(), nvm.end())};
}

// The row of bytes at the first difference, or nothing.
std::string first_difference(const Day& a, const Day& b) {
  const auto [at, other] = std::mismatch(a.trace.begin(), a.trace.end(), b.trace.begin(), b.trace.end());
  if (at == a.trace.end() && other == b.trace.end()) return "";
  const auto from = static_cast<std::size_t>(at - a.trace.begin());
  const auto piece = [&](const Bytes& t) {
    return to_hex(ByteView(t).subspan(std::min(from, t.size())).first(std::min<std::size_t>(40, t.size() - std::min(from, t.size()))));
  };
  return "byte " + std::to_string(from) + " of " + std::to_string(a.trace.size()) + ": " + piece(a.trace) + " / " + piece(b.trace);
}

TEST(BoardTrace, ADayOfTherapyStepsAsProgrammed) {
  BoardScene::Config config;
  config.disturbed = false;
  const Day day = run_day(TestedBoard::kHost, config);
  // 0.5 mL/day are 40,000 steps of 12.5 nL a day: 1,666 an hour, started 4 s late.
  EXPECT_NEAR(static_cast<double>(day.steps), 1666, 2);
}

TEST(BoardTrace, TheSameDayOnTheHostIsTheSameTwice) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    BoardScene::Config config;
    config.seed = seed;
    config.duration *= 5;
    const Day day = run_day(TestedBoard::kHost, config);
    EXPECT_GT(day.steps, 300U);
    EXPECT_GT(day.resets, 2U);
    EXPECT_GT(day.replies, 100U);
    EXPECT_EQ(first_difference(day, run_day(TestedBoard::kHost, config)), "");
  }
}

TEST(BoardTrace, AnotherSeedIsAnotherDay) {
  BoardScene::Config one;
  BoardScene::Config two;
  two.seed = 2;
  EXPECT_NE(first_difference(run_day(TestedBoard::kHost, one), run_day(TestedBoard::kHost, two)), "");
}

#ifdef PUMPRIG_HAVE_ARM_IMAGES
TEST(BoardTrace, TheArmImageInQemuDoesWhatTheHostDoesTwice) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    BoardScene::Config config;
    config.seed = seed;
    config.duration *= 3;
    const Day host = run_day(TestedBoard::kHost, config);
    const Day arm = run_day(TestedBoard::kQemu, config);
    EXPECT_EQ(first_difference(host, arm), "") << "seed " << seed;
    EXPECT_EQ(host.nvm, arm.nvm);
    if (seed > 1) continue;
    EXPECT_EQ(first_difference(arm, run_day(TestedBoard::kQemu, config)), "");
  }
}
#endif

}  // namespace
}  // namespace pumprig::twin
