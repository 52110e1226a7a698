#include "rig/scenario/steps/limit.h"

#include <gtest/gtest.h>

namespace pumprig::scenario {
namespace {

TEST(WrittenUnit, IsWhatStandsBehindTheNumber) {
  for (const auto& [text, unit] : std::initializer_list<std::pair<const char*, const char*>>{{"0.5 mL/day", "mL/day"},
                                                                                             {"70 kPa gauge", "kPa gauge"},
                                                                                             {"-3.5e-2 uL/min", "uL/min"},
                                                                                             {"1e14 Pa.s/m3", "Pa.s/m3"},
                                                                                             {"+14.5 %", "%"},
                                                                                             {"14.5%", "%"},
                                                                                             {"37 degC", "degC"},
                                                                                             {"2 days", "days"},
                                                                                             {"950", ""},
                                                                                             {"1e3", ""}}) {
    const auto quantity = parse_quantity(text);
    ASSERT_TRUE(quantity) << text << ": " << quantity.error().text;
    EXPECT_EQ(written_unit(*quantity), unit) << text;
  }
}

}  // namespace
}  // namespace pumprig::scenario
