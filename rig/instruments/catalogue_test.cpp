#include "rig/instruments/catalogue.h"

#include <gtest/gtest.h>

#include <set>

namespace pumprig::instruments {
namespace {

TEST(Catalogue, KindsAreUniqueAndFoundByName) {
  std::set<std::string_view> seen;
  for (const Descriptor* descriptor : catalogue()) {
    EXPECT_TRUE(seen.insert(descriptor->kind).second) << descriptor->kind;
    EXPECT_EQ(find_kind(descriptor->kind), descriptor);
    EXPECT_FALSE(descriptor->summary.empty());
    EXPECT_NE(descriptor->make_driver, nullptr) << descriptor->kind;
  }
  EXPECT_EQ(find_kind("no_such_kind"), nullptr);
}

Descriptor toy() {
  Descriptor descriptor;
  descriptor.kind = "toy";
  descriptor.settings = {
      {.name = "address", .type = Setting::Type::kInteger, .help = "bus address", .fallback = std::int64_t{1}, .min = 0, .max = 254},
      {.name = "interval",
       .type = Setting::Type::kQuantity,
       .help = "time",
       .fallback = 0.1,
       .min = 0.02,
       .max = 10,
       .dimension = Dimension::kDuration},
      {.name = "model", .type = Setting::Type::kChoice, .help = "which one", .choices = {"alpha", "beta"}},
      {.name = "echo", .type = Setting::Type::kBoolean, .help = "line echoes", .fallback = false},
      {.name = "serial", .type = Setting::Type::kText, .help = "expected", .fallback = std::string()},
  };
  return descriptor;
}

TEST(Settings, GoodOnesAreConvertedAndDefaultsFilledIn) {
  std::vector<SettingMistake> mistakes;
  const Settings settings = check_settings(toy(), {{"model", "beta"}, {"interval", "250 ms"}, {"address", std::int64_t{7}}}, mistakes);
  EXPECT_TRUE(mistakes.empty());
  EXPECT_EQ(settings.text("model"), "beta");
  EXPECT_DOUBLE_EQ(settings.quantity("interval"), 0.25);
  EXPECT_EQ(settings.integer("address"), 7);
  EXPECT_FALSE(settings.boolean("echo"));
  EXPECT_EQ(settings.text("serial"), "");
}

TEST(Settings, EveryMistakeIsToldAtOnceWithItsRemedy) {
  std::vector<SettingMistake> mistakes;
  check_settings(toy(), {{"adress", std::int64_t{7}}, {"interval", "1 min"}, {"model", "betta"}, {"echo", "yes"}}, mistakes);
  ASSERT_EQ(mistakes.size(), 4U);
  EXPECT_EQ(mistakes[0].setting, "interval");
  EXPECT_EQ(mistakes[0].text, "60 s is out of range: give 0.02 to 10 s");
  EXPECT_EQ(mistakes[1].setting, "model");
  EXPECT_NE(mistakes[1].text.find("did you mean \"beta\"?"), std::string::npos) << mistakes[1].text;
  EXPECT_EQ(mistakes[2].text, "must be true or false");
  EXPECT_EQ(mistakes[3].setting, "adress");
  EXPECT_NE(mistakes[3].text.find("did you mean \"address\"?"), std::string::npos) << mistakes[3].text;
}

TEST(Settings, AMissingOneIsNamedWithWhatItIs) {
  std::vector<SettingMistake> mistakes;
  check_settings(toy(), {}, mistakes);
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_EQ(mistakes[0].setting, "model");
  EXPECT_NE(mistakes[0].text.find("which one"), std::string::npos);
}

}  // namespace
}  // namespace pumprig::instruments
