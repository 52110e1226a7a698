#include "rig/base/quantity.h"

#include <gtest/gtest.h>

namespace pumprig {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, ReadsEachDimensionInItsBaseUnit) {
  EXPECT_NEAR(parse_quantity("0.5 mL/day")->value, 0.347222222222, 1e-12);  // µL/min, table of the therapy range
  EXPECT_DOUBLE_EQ(parse_quantity("2.2 mL")->value, 2200);
  EXPECT_DOUBLE_EQ(parse_quantity("10 min")->value, 600);
  EXPECT_DOUBLE_EQ(parse_quantity("14.5 %")->value, 0.145);
  EXPECT_DOUBLE_EQ(parse_quantity("3")->value, 3);
  EXPECT_NEAR(parse_quantity("1 psi gauge")->value, 6.895, 1e-3);
  EXPECT_DOUBLE_EQ(parse_quantity("1e14 Pa.s/m3")->value, 1e14);
  EXPECT_DOUBLE_EQ(parse_quantity("5 mg")->value, 5000);
  EXPECT_DOUBLE_EQ(parse_quantity("60 mcg")->value, parse_quantity("0.06 mg")->value);
  EXPECT_DOUBLE_EQ(parse_quantity("20 mg/mL")->value, 0.02);  // g/mL: a concentration is mass by volume, like a density
  EXPECT_DOUBLE_EQ(parse_quantity("500 mcg/mL")->value, 5e-4);
}

TEST(Quantity, CommandedQuantitiesAreExact) {
  EXPECT_EQ(parse_flow_rate("0.5 mL/day")->count(), 500'000'000);
  EXPECT_EQ(parse_flow_rate("0.048 mL/day")->count(), 48'000'000);
  EXPECT_EQ(parse_flow_rate("2 uL/h")->count(), 48'000'000);
  EXPECT_EQ(parse_volume("12.5 nL")->count(), 12'500);
  EXPECT_EQ(*parse_duration("1 day"), 24h);
}

TEST(Quantity, MicroSignAndGreekMuAreTheSame) {
  EXPECT_EQ(parse_volume("3 µL")->count(), parse_volume("3 uL")->count());
  EXPECT_EQ(parse_volume("3 μL")->count(), parse_volume("3 uL")->count());
}

TEST(Quantity, PressureWithoutReferenceIsRefusedWithTheRemedy) {
  const auto q = parse_pressure("70 kPa");
  ASSERT_FALSE(q);
  EXPECT_EQ(q.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(q.error().text.find("gauge"), std::string::npos);
  EXPECT_EQ(parse_pressure("70 kPa gauge")->pa, 70'000);
  EXPECT_EQ(parse_pressure("1013.25 mbar absolute")->reference, PressureReference::kAbsolute);
  EXPECT_EQ(parse_pressure("5 kPa above rest")->reference, PressureReference::kAboveRest);
}

TEST(Quantity, WrongTextNamesTheFault) {
  for (const auto* text : {"", "mL/day", "0.5 ml/day", "0.5 mL/day x", "1e999 mL", "nan mL", "0,5 mL"}) {
    const auto q = parse_quantity(text);
    ASSERT_FALSE(q) << text;
    EXPECT_EQ(q.error().code, ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_NE(parse_flow_rate("10 min").error().text.find("flow rate"), std::string::npos);
  EXPECT_FALSE(parse_volume("1e30 L"));
}

TEST(Quantity, AnUnknownUnitIsAnsweredWithThoseOfTheWantedDimension) {
  const auto rate = parse_quantity("0.25 mL/dy", Dimension::kFlowRate);
  ASSERT_FALSE(rate);
  EXPECT_NE(rate.error().text.find("mL/day"), std::string::npos);
  EXPECT_EQ(rate.error().text.find("kPa"), std::string::npos);
  const auto any = parse_quantity("0.25 mL/dy");
  ASSERT_FALSE(any);
  EXPECT_NE(any.error().text.find("kPa"), std::string::npos);
}

TEST(Quantity, WhatIsNoNumberIsAnsweredWithAnExampleOfItsDimension) {
  const auto said = [](const char* text, Dimension want) { return parse_quantity(text, want).error().text; };
  EXPECT_NE(said("strong", Dimension::kDensity).find("\"20 mg/mL\""), std::string::npos);
  EXPECT_NE(said("", Dimension::kDuration).find("\"10 min\""), std::string::npos);
  EXPECT_NE(said("all", Dimension::kVolume).find("\"12.5 uL\""), std::string::npos);
  EXPECT_NE(said("fast", Dimension::kFlowRate).find("\"0.5 mL/day\""), std::string::npos);
  for (int d = 0; d <= static_cast<int>(Dimension::kMass); ++d) {  // and each example can be read
    const std::string text = said("no", static_cast<Dimension>(d));
    const std::size_t open = text.rfind('"', text.size() - 2);
    EXPECT_TRUE(parse_quantity(text.substr(open + 1, text.size() - open - 2), static_cast<Dimension>(d))) << text;
  }
  EXPECT_EQ(said("3 times", Dimension::kCount), "\"3 times\": the unit \"times\" is not known; write a plain number");
  EXPECT_EQ(said("1e999 mg", Dimension::kMass).find("does not begin"), std::string::npos);
}

TEST(Quantity, CapitalsAndCommasAreMendedInTheMessage) {
  EXPECT_EQ(parse_quantity("10 mg/ml", Dimension::kDensity).error().text,
            "\"10 mg/ml\": the unit \"mg/ml\" is not known; did you mean \"mg/mL\"?");
  EXPECT_EQ(parse_quantity("10,5 mg", Dimension::kMass).error().text,
            "\"10,5 mg\" has a comma in its number; write a decimal point, \"10.5 mg\"");
  EXPECT_NE(parse_quantity("1,000 mg").error().text.find("\"1000 mg\" or \"1.000 mg\""), std::string::npos);
  EXPECT_NE(parse_quantity("3 MIN").error().text.find("did you mean \"min\""), std::string::npos);
}

TEST(Quantity, DurationsReadWell) {
  EXPECT_EQ(format_duration(90min), "1 h 30 min");
  EXPECT_EQ(format_duration(2500ms), "2.5 s");
  EXPECT_EQ(format_duration(48h), "2 days");
  EXPECT_EQ(format_duration(0ns), "0 s");
}

}  // namespace
}  // namespace pumprig
