#include "rig/bench/line_faults.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pumprig::bench {
namespace {

TEST(LineFaults, AreSortedAndTellableFromFaultsOfTheTwin) {
  const auto all = line_fault_catalogue();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const auto& kind : all) {
    EXPECT_EQ(kind.name.substr(0, 5), "line_");
    EXPECT_EQ(find_line_fault(kind.name)->kind, kind.kind);
    EXPECT_EQ(line_fault_name(kind.kind), kind.name);
    EXPECT_TRUE(parse_line_fault(kind.name, {{"link", "flow"}})) << kind.name;
    for (const auto& parameter : kind.parameters) {
      for (const auto bound : {parameter.min, parameter.max}) EXPECT_TRUE(parse_quantity(bound, parameter.dimension)) << bound;
    }
  }
}

TEST(LineFaults, ParametersAreReadWithTheirUnitsAndDefaults) {
  const auto late = parse_line_fault("line_delay", {{"link", "pump"}, {"by", "0.3 s"}, {"share", "25 %"}, {"count", "7"}});
  ASSERT_TRUE(late) << late.error().describe();
  EXPECT_EQ(late->link, "pump");
  EXPECT_EQ(late->fault.delay, std::chrono::milliseconds(300));
  EXPECT_DOUBLE_EQ(late->fault.share, 0.25);
  EXPECT_EQ(late->fault.at_most, 7U);
  EXPECT_TRUE(late->fault.sent);
  EXPECT_FALSE(parse_line_fault("line_duplication", {{"link", "pump"}})->fault.sent);
  EXPECT_EQ(parse_line_fault("line_hang_up", {{"link", "pump"}})->fault.at_most, 1U);
}

TEST(LineFaults, AMistakeIsNamed) {
  for (const auto& [parameters, words] : std::vector<std::pair<LineFaultParameters, std::string>>{
           {{}, "link"},
           {{{"link", "flow"}, {"shrae", "5 %"}}, "shrae"},
           {{{"link", "flow"}, {"share", "120 %"}}, "share"},
           {{{"link", "flow"}, {"by", "1 s"}}, "by"},
           {{{"link", "flow"}, {"count", "0"}}, "count"},
       }) {
    const auto wrong = parse_line_fault("line_noise", parameters);
    ASSERT_FALSE(wrong) << words;
    EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(wrong.error().text.find("\"" + words + "\""), std::string::npos) << wrong.error().text;
  }
  EXPECT_FALSE(parse_line_fault("noise", {{"link", "flow"}}));
}

}  // namespace
}  // namespace pumprig::bench
