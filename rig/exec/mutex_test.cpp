#include "rig/exec/mutex.h"

#include <gtest/gtest.h>

#include <vector>

namespace pumprig::exec {
namespace {

using namespace std::chrono_literals;

struct Journal {
  std::vector<int> order;
  int inside = 0;
  int most_inside = 0;
};

Task<void> hold_for(Executor& executor, Mutex& mutex, Duration d, int id, Journal& journal) {
  CO_TRY_ASSIGN(const auto guard, co_await mutex.lock());
  journal.most_inside = std::max(journal.most_inside, ++journal.inside);
  journal.order.push_back(id);
  const Status slept = co_await executor.sleep_for(d);
  --journal.inside;
  co_return slept;
}

Task<void> three_in_a_row(Executor& executor, Mutex& mutex, Journal& journal) {
  auto a = executor.spawn(hold_for(executor, mutex, 3s, 1, journal));
  auto b = executor.spawn(hold_for(executor, mutex, 1s, 2, journal));
  auto c = executor.spawn(hold_for(executor, mutex, 1s, 3, journal));
  CO_TRY(co_await a.join());
  CO_TRY(co_await b.join());
  CO_TRY(co_await c.join());
  co_return Status{};
}

TEST(Mutex, OneAtATimeInOrderOfArrival) {
  auto executor = Executor::make_virtual();
  Mutex mutex(*executor);
  Journal journal;
  ASSERT_TRUE(executor->run(three_in_a_row(*executor, mutex, journal)));
  EXPECT_EQ(journal.order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(journal.most_inside, 1);
  EXPECT_EQ(executor->now(), at_ns(5'000'000'000));
  EXPECT_FALSE(mutex.locked());
}

Task<void> cancel_the_second(Executor& executor, Mutex& mutex, Journal& journal) {
  auto a = executor.spawn(hold_for(executor, mutex, 3s, 1, journal));
  auto b = executor.spawn(hold_for(executor, mutex, 1s, 2, journal));
  auto c = executor.spawn(hold_for(executor, mutex, 1s, 3, journal));
  CO_TRY(co_await executor.sleep_for(1s));
  b.cancel();
  const Status second = co_await b.join();
  EXPECT_EQ(second.error().code, ErrorCode::kCancelled);
  CO_TRY(co_await a.join());
  CO_TRY(co_await c.join());
  co_return Status{};
}

TEST(Mutex, ACancelledWaiterLeavesTheQueue) {
  auto executor = Executor::make_virtual();
  Mutex mutex(*executor);
  Journal journal;
  ASSERT_TRUE(executor->run(cancel_the_second(*executor, mutex, journal)));
  EXPECT_EQ(journal.order, (std::vector<int>{1, 3}));
  EXPECT_FALSE(mutex.locked());
}

Task<void> give_up_waiting(Executor& executor, Mutex& mutex) {
  auto guard = mutex.try_lock();
  EXPECT_TRUE(guard.owns());
  EXPECT_FALSE(mutex.try_lock().owns());
  const auto late = co_await mutex.lock(executor.now() + 1s);
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout);
  guard.release();
  EXPECT_TRUE(mutex.try_lock().owns());
  co_return Status{};
}

TEST(Mutex, ADeadlineEndsTheWait) {
  auto executor = Executor::make_virtual();
  Mutex mutex(*executor);
  ASSERT_TRUE(executor->run(give_up_waiting(*executor, mutex)));
}

}  // namespace
}  // namespace pumprig::exec
