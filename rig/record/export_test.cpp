#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "rig/record/compare.h"
#include "rig/record/csv.h"
#include "rig/record/testing.h"

namespace pumprig::record {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

TEST(CsvTest, EveryChannelEventAndVerdictIsThereWithUnits) {
  const TempFolder folder;
  small_run(folder / "a.pumprun");
  const auto run = RunReader::open(folder / "a.pumprun");
  const auto files = export_csv(*run, folder / "csv");
  ASSERT_TRUE(files) << files.error().describe();
  EXPECT_EQ(files->size(), 5U);
  const auto flow = lines_of(folder / "csv/flow.flow.csv");
  ASSERT_EQ(flow.size(), 1501U);
  EXPECT_EQ(flow[0], "t [s],value [uL/min],uncertainty [uL/min],valid,saturated,gap_before,window [s],requested [s],replied [s]");
  EXPECT_THAT(flow[2], HasSubstr("1.002000000,0.07692307692307693,"));
  EXPECT_EQ(std::strtod(flow[2].c_str() + flow[2].find(',') + 1, nullptr), 1 / 13.0);
  EXPECT_EQ(lines_of(folder / "csv/events.csv").size(), 6U);
  EXPECT_EQ(lines_of(folder / "csv/events.csv")[2], "300.000000000,runner,step,step 1,\"{\"\"n\"\": 1}\",0");
  const auto verdicts = lines_of(folder / "csv/verdicts.csv");
  ASSERT_EQ(verdicts.size(), 5U);
  EXPECT_THAT(verdicts[1],
              HasSubstr("mean_rate,REQ-103 REQ-104,pass,0.5 mL/day ± 14.5 %,0.4275,0.5725,0.5125,mL/day,0.06,0.025,100.000000000,"));
  EXPECT_THAT(verdicts[2], HasSubstr("not run"));
  for (std::size_t i = 1; i < verdicts.size(); ++i) EXPECT_TRUE(verdicts[i].ends_with(",virtual"));
}

TEST(CsvTest, ANameOfAChannelLeadsNowhereElse) {
  const TempFolder folder;
  auto writer = RunWriter::create(folder / "a.pumprun", small_info());
  ASSERT_TRUE(writer->add_channel({"../../evil", "1", "", "", SampleKind::kPoint, {}, false}));
  ASSERT_TRUE(writer->finish({}));
  const auto files = export_csv(*RunReader::open(folder / "a.pumprun"), folder / "csv").value();
  EXPECT_EQ(files.back(), folder / "csv/_.._.._evil.csv");
}

TEST(CompareTest, EqualRunsHaveTheSameContent) {
  const TempFolder folder;
  small_run(folder / "a.pumprun");
  auto info = small_info();
  info.host = "elsewhere";
  small_run(folder / "b.pumprun", info);
  const auto c = compare(*RunReader::open(folder / "a.pumprun"), *RunReader::open(folder / "b.pumprun")).value();
  EXPECT_TRUE(c.same_content);
  EXPECT_TRUE(c.metadata.empty());
  EXPECT_TRUE(c.other_parts.empty());
  for (const auto& channel : c.channels) EXPECT_TRUE(channel.equal);
  EXPECT_THAT(describe(c), HasSubstr("same content"));
}

TEST(CompareTest, DifferencesAreNamed) {
  const TempFolder folder;
  small_run(folder / "a.pumprun");
  auto info = small_info(BenchKind::kVirtualArm);
  info.seed = 7;
  auto writer = RunWriter::create(folder / "b.pumprun", info);
  const auto flow = *writer->add_channel({"flow.flow", "uL/min", "flow", "x", SampleKind::kPoint, {}, true});
  for (const double v : {1.0, 2.0, 3.0, 6.0}) writer->push(flow, Sample::point(kRunStart, v));
  writer->verdict(small_verdict("mean_rate", Verdict::kFail));
  ASSERT_TRUE(writer->finish({}));
  const auto c = compare(*RunReader::open(folder / "a.pumprun"), *RunReader::open(folder / "b.pumprun")).value();
  EXPECT_FALSE(c.same_content);
  std::vector<std::string> keys;
  for (const auto& m : c.metadata) keys.push_back(m.key);
  EXPECT_THAT(keys, ::testing::IsSupersetOf({"bench_kind", "seed"}));
  EXPECT_EQ(c.checks[0].check, "mean_rate");
  EXPECT_TRUE(c.checks[0].verdict_differs);
  EXPECT_EQ(c.checks[0].margin_a, 0.06);
  ASSERT_EQ(c.channels.size(), 2U);
  EXPECT_FALSE(c.channels[0].equal);
  EXPECT_EQ(c.channels[0].b->mean, 3.0);
  EXPECT_NEAR(c.channels[0].b->standard_deviation, 2.160246899469287, 1e-12);  // numpy.std([1, 2, 3, 6], ddof=1)
  EXPECT_FALSE(c.channels[1].b);
  EXPECT_THAT(c.other_parts, ::testing::IsSupersetOf({"event", "link flow", "verdict"}));
}

}  // namespace
}  // namespace pumprig::record
