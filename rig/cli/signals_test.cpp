#include "rig/cli/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>

namespace pumprig::cli {
namespace {

TEST(StopOnSignals, FirstCtrlCAbortsAndTheSecondLeavesTheTeardownOut) {
  session::StopSwitch stop;
  std::promise<void> aborted;
  std::promise<void> now;
  stop.attach([&](session::StopLevel level) { (level == session::StopLevel::kNow ? now : aborted).set_value(); });
  const StopOnSignals signals(stop);
  ::kill(::getpid(), SIGINT);
  aborted.get_future().wait();
  EXPECT_EQ(stop.level(), session::StopLevel::kAbort);
  ::kill(::getpid(), SIGTERM);
  now.get_future().wait();
}

TEST(SignalPipe, GivesTheSignalsBackAtItsEnd) {
  struct sigaction before {};
  ::sigaction(SIGINT, nullptr, &before);
  {
    SignalPipe pipe;
    ::raise(SIGINT);
    ::raise(SIGHUP);
    ::raise(SIGPIPE);
    EXPECT_EQ(pipe.drain(), 2);
    EXPECT_EQ(pipe.drain(), 0);
  }
  struct sigaction after {};
  ::sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

}  // namespace
}  // namespace pumprig::cli
