// Doses, volumes and dates as people write them, and the drugs of the library.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "rig/base/rng.h"
#include "rig/programmer/review_testing.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {
namespace {

TEST(Dose, IsReadWithItsUnitAndSaidWithItSpelledOut) {
  EXPECT_EQ(dose("5 mg/day").ng_per_day, 5'000'000);
  EXPECT_EQ(dose("60 mcg/h").ng_per_day, 24 * 60'000);
  EXPECT_EQ(to_text(dose("2.4 mcg/day")), "2.4 micrograms per day");
  EXPECT_EQ(per_hour_text(dose("2.4 mcg/day")), "0.1 micrograms per hour");
  EXPECT_EQ(per_hour_text(dose("1.44 mg/day")), "60 micrograms per hour");  // as the highest hour below it
  EXPECT_EQ(per_hour_text(dose("1 mg/h")), "1 milligram per hour");
  EXPECT_EQ(to_text(concentration("20 mg/mL")), "20 milligrams per milliliter");
  EXPECT_EQ(to_text(Mass{1'000'000}), "1 milligram");
  for (const char* wrong : {"5", "5 mg", "5 mL/day", "5 mg/week", "-5 mg/day", "0 mg/day", "5 mg/day/day", ""}) {
    EXPECT_FALSE(parse_dose_rate(wrong)) << wrong;
  }
}

TEST(Dose, WhatNobodyCanMeanIsRefusedWithTheRange) {
  const auto text_of = [](const auto& read) { return read ? std::string() : read.error().text; };
  for (const char* wrong : {"768614336404.8 mg/h", "1e300 mg/day", "1e-9 mg/day", "-1e300 mg/day", "10001 mg/day", "420 mg/h", "0 mg/h"}) {
    const std::string said = text_of(parse_dose_rate(wrong));
    EXPECT_NE(said.find("0.001 mcg/day to 10000 mg/day"), std::string::npos) << wrong << ": " << said;
  }
  EXPECT_NE(text_of(parse_mass("1e30 mg")).find("0.001 mcg to 10000 mg"), std::string::npos);
  for (const char* wrong : {"1e300 mg/mL", "1e-7 mcg/mL", "-20 mg/mL", "0 mg/mL"}) {
    EXPECT_NE(text_of(parse_concentration(wrong)).find("0.001 mcg/mL to 1000 mg/mL"), std::string::npos) << wrong;
  }
  EXPECT_EQ(dose("10000 mg/day").ng_per_day, 10'000'000'000);
  EXPECT_EQ(dose("0.001 mcg/day").ng_per_day, 1);
  EXPECT_EQ(concentration("1000 mg/mL").ng_per_ml, 1'000'000'000);
}

// Whatever is written: it is refused in words, or it is what was written to half a nanogram, and so are all figures made of it.
TEST(Dose, AnyMagnitudeIsReadAsWrittenOrRefused) {
  Rng chance(20260302);
  const std::array units{"ng", "mcg", "mg", "g"};
  const std::array factors{1.0, 1e3, 1e6, 1e9};
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto unit = static_cast<std::size_t>(chance.below(4));
    const double exponent = -330 + 660 * chance.uniform();
    const double near = -4 + 14 * chance.uniform();
    const double value = (chance.below(8) == 0 ? -1 : 1) * std::pow(10, chance.below(2) == 0 ? exponent : near);
    char number[64];
    std::snprintf(number, sizeof(number), "%.17g", value);
    const std::string text = std::string(number) + " " + units[unit];
    const double ng = value * factors[unit];
    const auto mass = parse_mass(text);
    const auto daily = parse_dose_rate(text + "/day");
    const auto hourly = parse_dose_rate(text + "/h");
    const auto strength = parse_concentration(text + "/mL");
    const auto close = [](std::int64_t is, double wanted) { return std::abs(static_cast<double>(is) - wanted) <= 0.5 + 1e-9 * wanted; };
    ASSERT_TRUE(mass ? close(mass->ng, ng) && mass->ng > 0 : !mass.error().text.empty()) << text;
    ASSERT_TRUE(!daily || (close(daily->ng_per_day, ng) && daily->ng_per_day > 0)) << text;
    ASSERT_TRUE(!hourly || (close(hourly->ng_per_day, 24 * ng) && hourly->ng_per_day > 0)) << text;
    ASSERT_TRUE(!strength || (close(strength->ng_per_ml, ng) && strength->ng_per_ml > 0)) << text;
    if (!mass) continue;
    ++taken;
    const double nl = static_cast<double>(mass->ng) * 1e6 / 25'000;
    ASSERT_LE(std::abs(static_cast<double>(volume_nl(*mass, {25'000})) - nl), 0.5 + 1e-9 * nl) << text;
  }
  EXPECT_GT(taken, 5'000U);
  for (const char* wrong : {"inf mg", "-inf mg", "nan mg", "1e999 mg", "-1e999 mg", "1e-999 mg"}) EXPECT_FALSE(parse_mass(wrong)) << wrong;
}

TEST(Dose, FiguresBelowZeroAndBeyondAllBoundsAreNoGarbage) {
  EXPECT_EQ(to_text(Mass{-1'500'000}), "-1.5 milligrams");
  EXPECT_EQ(to_text(Mass{-50}), "-0.05 micrograms");
  EXPECT_EQ(volume_text(-2'500'000), "-2.5 milliliters");
  EXPECT_EQ(to_text(Mass{std::numeric_limits<std::int64_t>::min()}), "-9223372036854.775808 milligrams");
  EXPECT_EQ(mass_of(-1'000, {1'500}).ng, -2);  // half away from zero, as above it
  EXPECT_EQ(volume_nl({std::numeric_limits<std::int64_t>::max()}, {1}), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(volume_nl({1}, {0}), std::numeric_limits<std::int64_t>::max());
}

TEST(Words, ABolusThatNoVolumeHoldsIsRefusedWhereItIsRead) {
  PrescribeWords words;
  words.drug = "morphine sulfate";
  words.concentration = "0.1 mcg/mL";
  words.dose = "5 mg/day";
  words.periodic_duration = "10 min";
  words.periodic_interval = "6 h";
  words.periodic_dose = "10 mg";
  const auto refused = [&](const std::string& dose) {
    const auto read = read_prescription(words, {});
    return !read && read.error().text.find("\"" + dose + "\" is out of the question") != std::string::npos;
  };
  EXPECT_TRUE(refused("10 mg"));
  words.periodic_dose = words.periodic_duration = words.periodic_interval = "";
  words.bolus_dose = "1e30 mg";
  words.bolus_duration = words.bolus_lockout = "1 h";
  words.boluses_per_day = 2;
  EXPECT_TRUE(refused("1e30 mg"));
  words.bolus_dose = "10 mg";
  EXPECT_TRUE(refused("10 mg"));
  Present present;
  present.tube_concentration_ng_per_ml = 100;
  EXPECT_FALSE(read_bolus_volume("10 mg", present));
  EXPECT_EQ(*read_bolus_volume("10 mcg", present), 100'000'000U);
  const auto volume = read_volume("5 L");
  ASSERT_FALSE(volume);
  EXPECT_NE(volume.error().text.find("0 to 4290 mL"), std::string::npos);
}

TEST(Words, ADateForACalendarThatBeginsWithTheYear2000) {
  EXPECT_EQ(*read_calendar("2026-03-02 08:00:00"), 1'772'438'400);
  EXPECT_EQ(read_calendar("1999-01-01 00:00:00").error().text,
            "\"1999-01-01 00:00:00\" is before 2000-01-01 00:00:00, where a pump's calendar begins");
  EXPECT_NE(read_calendar("2026-02-30 08:00:00").error().text.find("no date and time"), std::string::npos);
  EXPECT_NE(read_calendar("tomorrow").error().text.find("2026-03-02 08:00:00"), std::string::npos);
}

TEST(Words, SilenceIsForSomeTimeAndForNoLongerThanWhoAsksMay) {
  using clients::Role;
  EXPECT_FALSE(read_silence("0 s", Role::kClinician));
  EXPECT_FALSE(read_silence("0.4 s", Role::kClinician));
  EXPECT_EQ(*read_silence("10 min", Role::kPatient), 600U);
  EXPECT_EQ(*read_silence("24 h", Role::kClinician), 86'400U);
  EXPECT_NE(read_silence("31 min", Role::kPatient).error().text.find("at most 30 min"), std::string::npos);
  EXPECT_NE(read_silence("25 h", Role::kClinician).error().text.find("at most 1 day"), std::string::npos);
}

TEST(Words, AVolumeIsWrittenAsAPersonWouldAndReadsBackTheSame) {
  EXPECT_EQ(volume_words(2'000'000), "2 mL");
  EXPECT_EQ(volume_words(199'000), "199 uL");
  Rng rng(5);
  for (int i = 0; i < 2'000; ++i) {
    const auto nl = static_cast<std::uint32_t>(std::exp(rng.uniform(0, std::log(4e9))));
    ASSERT_EQ(*read_volume(volume_words(nl)), nl) << volume_words(nl);
  }
}

TEST(DrugLibrary, ADrugIsKnownByItsBeginning) {
  EXPECT_STREQ(find_drug("morphine")->name, "morphine sulfate");
  EXPECT_STREQ(find_drug("zic")->name, "ziconotide");
  EXPECT_FALSE(find_drug("mo"));
  EXPECT_FALSE(find_drug(""));
}

TEST(Dose, AConcentrationIsReadAsVialsSayIt) {
  EXPECT_EQ(parse_concentration("20 mg/ml")->ng_per_ml, 20'000'000);
  EXPECT_EQ(parse_concentration("25 mcg/ml")->ng_per_ml, 25'000);
  const auto wrong = parse_concentration("20 mg");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text.find("is no concentration"), std::string::npos);
}

}  // namespace
}  // namespace pumprig::programmer
