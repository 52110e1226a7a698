#include "rig/record/postscript.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "rig/record/reader.h"
#include "rig/record/testing.h"

namespace pumprig::record {
namespace {

const Event kLast{kRunStart, "guard", "safe_state", "established and read back", "", false};

TEST(Postscript, IsOneMoreLinkOfTheChainOfARunWhoseWriterDied) {
  const TempFolder folder;
  const auto path = folder / "a.pumprun";
  {
    auto writer = RunWriter::create(path, small_info());
    fill_small_run(*writer);
  }
  const auto before = RunReader::open(path)->verify();
  ASSERT_TRUE(add_postscript(path, kLast));
  ASSERT_TRUE(add_postscript(path, kLast));
  const auto run = RunReader::open(path);
  ASSERT_TRUE(run);
  const auto after = run->verify();
  EXPECT_EQ(after->items, before->items + 2);
  EXPECT_EQ(after->problems, before->problems);  // that nobody finished it, as before
  const auto events = run->events();
  ASSERT_TRUE(events);
  EXPECT_EQ(events->back().event.text, kLast.text);
  EXPECT_TRUE(events->back().event.provenance);
  EXPECT_EQ(run->state().value(), FinishState::kInterrupted);
}

TEST(Postscript, OfAWriterThatHasGivenUpMakesTheRunAnInterruptedOneThoughItsProcessLives) {
  const TempFolder folder;
  const auto path = folder / "a.pumprun";
  auto writer = RunWriter::create(path, small_info());
  fill_small_run(*writer);
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(RunReader::open(path)->state().value(), FinishState::kRunning);
  EXPECT_EQ(add_postscript(path, kLast, ::getpid() + 1).error().code, ErrorCode::kRefused);
  const auto given_up = add_postscript(path, kLast, ::getpid());
  ASSERT_TRUE(given_up) << given_up.error().describe();
  EXPECT_EQ(RunReader::open(path)->state().value(), FinishState::kInterrupted);
}

TEST(Postscript, IsRefusedForARunThatIsFinishedOrStillAtWork) {
  const TempFolder folder;
  small_run(folder / "finished.pumprun");
  EXPECT_EQ(add_postscript(folder / "finished.pumprun", kLast).error().code, ErrorCode::kRefused);
  auto writer = RunWriter::create(folder / "running.pumprun", small_info());
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(add_postscript(folder / "running.pumprun", kLast).error().code, ErrorCode::kRefused);
  EXPECT_EQ(add_postscript(folder / "none.pumprun", kLast).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pumprig::record
