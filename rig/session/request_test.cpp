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

TEST(RequestJson, ComesBackAsItWentOut) {
  RunRequest request;
  request.scenario = "basal_accuracy";
  request.scenario_text = "{}";
  request.bench = "/etc/bench.json";
  request.sets = {{"rate", "0.25 mL/day"}};
  request.seed = 18446744073709551615ULL;
  request.speed = 60;
  request.key_values = {{"lot", "7"}};
  request.operator_name = "Ada";
  const auto back = request_from_json(to_json(request));
  ASSERT_TRUE(back) << back.error().describe();
  EXPECT_EQ(to_json(*back), to_json(request));
  EXPECT_EQ(back->seed, request.seed);
}

TEST(RequestJson, KeepsTheDefaultsThatTheTextLeavesOut) {
  RunRequest defaults;
  defaults.out = "/var/runs";
  const auto request = request_from_json(R"({"scenario": "stop_means_stop", "speed": 2})", defaults);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->out, "/var/runs");
  EXPECT_EQ(request->speed, 2.0);
}

TEST(RequestJson, NamesTheMemberThatIsWrong) {
  const auto where = [](const char* text) { return request_from_json(text).error().where; };
  EXPECT_EQ(where(R"({"scenario": 3})"), "/scenario");
  EXPECT_EQ(where(R"({"bench": "virtual"})"), "/scenario");
  EXPECT_EQ(where(R"({"scenario": "a", "seed": -1})"), "/seed");
  EXPECT_EQ(where(R"({"scenario": "a", "set": {"rate": 3}})"), "/set/rate");
  EXPECT_EQ(where(R"({"scenario": "a", "sped": "max"})"), "/sped");
  EXPECT_FALSE(request_from_json("["));
  EXPECT_FALSE(request_from_json(R"({"scenario": "a", "speed": 0})"));
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
