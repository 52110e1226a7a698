#include "rig/daemon/event_log.h"

#include <gtest/gtest.h>

namespace pumprig::daemon {
namespace {

TEST(EventLog, NumbersEventsWithoutHoles) {
  EventLog log(10, 1000);
  EXPECT_EQ(log.last(), 0U);
  EXPECT_EQ(log.add("job-1", "job", "a"), 1U);
  EXPECT_EQ(log.add("job-1", "job", "b"), 2U);
  const auto batch = log.after(1, 10);
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0].data, "b");
  EXPECT_FALSE(batch.lost);
}

TEST(EventLog, ReportsWhichNumbersASlowSubscriberLost) {
  EventLog log(3, 1000);
  for (int i = 1; i <= 10; ++i) log.add("job-1", "progress", std::to_string(i));
  const auto batch = log.after(4, 100);
  ASSERT_TRUE(batch.lost);
  EXPECT_EQ(*batch.lost, (std::pair<std::uint64_t, std::uint64_t>(5, 7)));
  ASSERT_EQ(batch.events.size(), 3U);
  EXPECT_EQ(batch.events.front().number, 8U);
}

TEST(EventLog, IsBoundedInBytesAndKeepsTheLatestEventAllTheSame) {
  EventLog log(100, 10);
  log.add("job-1", "value", "12345678");
  log.add("job-1", "value", "12345678901234567890");
  const auto batch = log.after(0, 100);
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0].number, 2U);
}

TEST(EventLog, StartsFromTheBeginningForANumberOfAnEarlierDaemon) {
  EventLog log(10, 1000);
  log.add("job-1", "job", "a");
  EXPECT_EQ(log.after(700, 10).events.size(), 1U);
}

TEST(EventLog, TellsAClientOfAnEarlierDaemonThatItMissedSomething) {
  EventLog log(10, 1000, 5000);
  EXPECT_EQ(log.last(), 4999U);
  EXPECT_EQ(log.add("job-1", "job", "a"), 5000U);
  const auto missed = log.after(700, 10);
  EXPECT_EQ(missed.lost, (std::pair<std::uint64_t, std::uint64_t>(701, 4999)));
  EXPECT_EQ(missed.events.size(), 1U);
  const auto fresh = log.after(0, 10);
  EXPECT_FALSE(fresh.lost);
  EXPECT_EQ(fresh.events.size(), 1U);
}

TEST(EventLog, GivesEveryEventOnceWhateverTheBatch) {
  EventLog log(64, 1 << 20);
  for (std::uint64_t i = 0; i < 50; ++i) log.add("job-1", "x", std::to_string(i));
  std::uint64_t since = 0;
  std::uint64_t seen = 0;
  for (;;) {
    const auto batch = log.after(since, 7);
    if (batch.events.empty()) break;
    for (const auto& event : batch.events) EXPECT_EQ(event.number, ++seen);
    since = batch.events.back().number;
  }
  EXPECT_EQ(seen, 50U);
}

}  // namespace
}  // namespace pumprig::daemon
