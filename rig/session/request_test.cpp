#include "rig/session/request.h"

#include <gtest/gtest.h>

namespace pumprig::session {
namespace {

TEST(Speed, IsMaxOrANumberAboveZero) {
  EXPECT_EQ(*parse_speed("max"), 0.0);
  EXPECT_EQ(*parse_speed("1"), 1.0);
  EXPECT_EQ(*parse_speed("0.5"), 0.5);
  for (const auto* bad : {"", "0", "-1", "fast", "1x", "nan", "inf", " 1"}) {
    EXPECT_FALSE(parse_speed(bad)) << bad;
  }
}

TEST(Speed, IsWrittenAsItIsRead) {
  for (const auto* text : {"max", "1", "0.25", "60"}) EXPECT_EQ(speed_text(*parse_speed(text)), text);
}

TEST(Set, SplitsAtTheFirstEqualsSign) {
  const auto set = parse_set("note=a=b");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->first, "note");
  EXPECT_EQ(set->second, "a=b");
  EXPECT_EQ(parse_set("rate=")->second, "");
  EXPECT_FALSE(parse_set("rate"));
  EXPECT_FALSE(parse_set("=3"));
}

TEST(RepeatCommand, QuotesWhatAShellWouldTakeApart) {
  RunRequest request;
  request.scenario = "my scenario's.json";
  request.sets = {{"rate", "0.25 mL/day"}};
  request.seed = 7;
  request.speed = 0.0;
  EXPECT_EQ(repeat_command(request), "rig run 'my scenario'\\''s.json' --bench virtual --set 'rate=0.25 mL/day' --seed 7 --speed max");
}

TEST(StopSwitch, FirstAbortsAndSecondLeavesTheTeardownOut) {
  StopSwitch stop;
  std::vector<StopLevel> seen;
  stop.attach([&](StopLevel level) { seen.push_back(level); });
  EXPECT_TRUE(seen.empty());
  stop.request();
  stop.request();
  stop.request();
  EXPECT_EQ(seen, (std::vector{StopLevel::kAbort, StopLevel::kNow}));
}

TEST(StopSwitch, RemembersARequestThatCameBeforeTheRun) {
  StopSwitch stop;
  stop.request();
  std::vector<StopLevel> seen;
  stop.attach([&](StopLevel level) { seen.push_back(level); });
  EXPECT_EQ(seen, std::vector{StopLevel::kAbort});
  stop.detach();
  stop.request();
  EXPECT_EQ(seen.size(), 1U);
  EXPECT_EQ(stop.level(), StopLevel::kNow);
}

}  // namespace
}  // namespace pumprig::session
