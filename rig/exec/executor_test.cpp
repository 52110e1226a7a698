#include "rig/exec/executor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace pumprig::exec {
namespace {

using namespace std::chrono_literals;

Task<int> ready_value(int v) {
  co_return v;
}

Task<long> sum_of_ready_awaits(int n) {
  long sum = 0;
  for (int i = 0; i < n; ++i) {
    CO_TRY_ASSIGN(const int v, co_await ready_value(1));
    sum += v;
  }
  co_return sum;
}

TEST(Task, TenMillionReadyAwaitsDoNotGrowTheStack) {
  auto executor = Executor::make_virtual();
  EXPECT_EQ(executor->run(sum_of_ready_awaits(10'000'000)).value(), 10'000'000);
}

Task<void> sleep_and_note(Executor& executor, Duration d, int id, std::vector<int>& order) {
  CO_TRY(co_await executor.sleep_for(d));
  order.push_back(id);
  co_return Status{};
}

Task<void> many_sleepers(Executor& executor, std::vector<int>& order) {
  auto a = executor.spawn(sleep_and_note(executor, 2s, 1, order));
  auto b = executor.spawn(sleep_and_note(executor, 1s, 2, order));
  auto c = executor.spawn(sleep_and_note(executor, 2s, 3, order));
  CO_TRY(co_await a.join());
  CO_TRY(co_await b.join());
  CO_TRY(co_await c.join());
  co_return Status{};
}

TEST(Executor, EqualDeadlinesRunInOrderOfIssueAndTimeJumps) {
  auto executor = Executor::make_virtual();
  std::vector<int> order;
  ASSERT_TRUE(executor->run(many_sleepers(*executor, order)));
  EXPECT_EQ(order, (std::vector<int>{2, 1, 3}));
  EXPECT_EQ(executor->now(), at_ns(2'000'000'000));
  EXPECT_EQ(executor->live_tasks(), 0U);
}

Task<void> cancel_after(Executor& executor, JoinHandle<void>& victim, Duration d) {
  CO_TRY(co_await executor.sleep_for(d));
  victim.cancel();
  co_return Status{};
}

Task<void> sleep_long_then_tear_down(Executor& executor, std::vector<int>& order) {
  const Status slept = co_await executor.sleep_for(1h);
  if (!slept) {
    const Status torn_down = co_await shield(sleep_and_note(executor, 5s, 7, order));
    EXPECT_TRUE(torn_down);
    const Status again = co_await executor.sleep_for(1s);
    EXPECT_EQ(again.error().code, ErrorCode::kCancelled);
  }
  co_return slept;
}

Task<void> cancel_scenario(Executor& executor, std::vector<int>& order) {
  auto victim = executor.spawn(sleep_long_then_tear_down(executor, order));
  CO_TRY(co_await cancel_after(executor, victim, 10s));
  const Status outcome = co_await victim.join();
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  co_return Status{};
}

TEST(Executor, CancelEndsWaitsAndShieldedTeardownStillRuns) {
  auto executor = Executor::make_virtual();
  std::vector<int> order;
  ASSERT_TRUE(executor->run(cancel_scenario(*executor, order)));
  EXPECT_EQ(order, std::vector<int>{7});
  EXPECT_EQ(executor->now(), at_ns(15'000'000'000));
}

Task<void> wait_for_event(Executor& executor, Event& event, Duration limit, ErrorCode& code) {
  const Status got = co_await event.wait(executor.now() + limit);
  code = got ? ErrorCode::kInternal : got.error().code;
  co_return got;
}

TEST(Event, ASignalBeforeTheWaitIsKeptAndADeadlineIsATimeout) {
  auto executor = Executor::make_virtual();
  Event event(*executor);
  ErrorCode code{};
  event.set();
  EXPECT_TRUE(executor->run(wait_for_event(*executor, event, 1s, code)));
  EXPECT_EQ(executor->now(), kRunStart);
  EXPECT_FALSE(executor->run(wait_for_event(*executor, event, 1s, code)));
  EXPECT_EQ(code, ErrorCode::kTimeout);
  EXPECT_EQ(executor->now(), at_ns(1'000'000'000));
}

Task<void> wait_for_ever(Event& event) {
  co_return co_await event.wait();
}

TEST(Executor, VirtualTimeThatCannotGoOnIsAnErrorAndLeavesNothingBehind) {
  auto executor = Executor::make_virtual();
  Event event(*executor);
  const auto outcome = executor->run(wait_for_ever(event));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kInternal);
  executor.reset();  // destroys the frame that still waits
}

Task<int> read_byte(Executor& executor, int fd) {
  CO_TRY(co_await executor.wait_readable(fd, kNever));
  char byte = 0;
  if (::read(fd, &byte, 1) != 1) co_return fail(ErrorCode::kUnavailable, "the pipe closed");
  co_return byte;
}

TEST(Executor, ADescriptorWakesItsReaderInBothKindsOfTime) {
  for (const bool is_virtual : {true, false}) {
    auto executor = is_virtual ? Executor::make_virtual() : Executor::make_wall(100);
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    std::thread writer([&] { EXPECT_EQ(::write(fds[1], "x", 1), 1); });
    EXPECT_EQ(executor->run(read_byte(*executor, fds[0])).value(), 'x');
    writer.join();
    ::close(fds[0]);
    ::close(fds[1]);
  }
}

Task<void> throwing_task() {
  throw std::runtime_error("boom");
  co_return Status{};
}

TEST(Task, AnExceptionOfALibraryBecomesAnError) {
  auto executor = Executor::make_virtual();
  const auto outcome = executor->run(throwing_task());
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().text.find("boom"), std::string::npos);
}

TEST(Executor, PostedWorkOfAnotherThreadRunsOnTheExecutor) {
  auto executor = Executor::make_wall();
  Event event(*executor);
  std::thread other([&] { executor->post([&] { event.set(); }); });
  EXPECT_TRUE(executor->run(wait_for_ever(event)));
  other.join();
}

TEST(Executor, WallTimeRunsAtItsSpeed) {
  auto executor = Executor::make_wall(1000);
  std::vector<int> order;
  ASSERT_TRUE(executor->run(sleep_and_note(*executor, 10s, 1, order)));
  EXPECT_GE(executor->now(), at_ns(10'000'000'000));
  EXPECT_EQ(executor->wall_statistics().timers, 1U);
}

// Random sleeps and cancels: every task ends, time never goes back, nothing is left.
TEST(Executor, RandomTasksAllEnd) {
  auto executor = Executor::make_virtual();
  std::vector<int> order;
  std::vector<JoinHandle<void>> handles;
  for (int i = 0; i < 1000; ++i) handles.push_back(executor->spawn(sleep_and_note(*executor, Duration((i * 7919) % 1009), i, order)));
  for (std::size_t i = 0; i < handles.size(); i += 3) handles[i].cancel();
  ASSERT_TRUE(executor->run(sleep_and_note(*executor, 2000ns, -1, order)));
  EXPECT_EQ(order.size(), 1000U - 334U + 1U);
  EXPECT_EQ(executor->live_tasks(), 0U);
}

}  // namespace
}  // namespace pumprig::exec
