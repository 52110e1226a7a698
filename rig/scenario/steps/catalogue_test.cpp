// The contract of every step kind, taken from its own description: a new kind is tested as soon as it is in the list.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/testing.h"

namespace pumprig::scenario {
namespace {

using nlohmann::json;
using testing::all_text;

std::string with_step(const json& step) {
  // Windows of the examples speak of a step called "delivery".
  return testing::with_steps("[{\"step\": \"wait\", \"for\": \"2 h\", \"as\": \"delivery\"}, " + step.dump() + "]");
}

class EveryKind : public ::testing::TestWithParam<std::size_t> {
 protected:
  const StepKind& kind() const { return step_catalogue()[GetParam()]; }
  json example() const { return json::parse(kind().example); }
  LoadOutcome load(const json& step) const {
    LoadOptions options;
    options.bench = &bench_;
    return load_scenario(with_step(step), "s.json", options);
  }
  BenchFacts bench_ = testing::bench();
};

TEST_P(EveryKind, IsDescribed) {
  EXPECT_FALSE(kind().summary.empty());
  EXPECT_EQ(kind().summary.back(), '.');
  EXPECT_NE(kind().explain, nullptr);
  EXPECT_NE(kind().run, nullptr);
  for (const auto& setting : kind().settings) EXPECT_FALSE(setting.help.empty()) << setting.name;
}

TEST_P(EveryKind, ItsExampleIsGoodAndMinimal) {
  const auto out = load(example());
  ASSERT_TRUE(out.scenario) << all_text(out);
  EXPECT_FALSE(kind().explain(out.scenario->steps[1]).empty());
  const json whole = example();
  for (const auto& [name, value] : whole.items()) {
    if (name == "step") continue;
    json less = whole;
    less.erase(name);
    EXPECT_FALSE(load(less).scenario) << name << " could be left out";
  }
}

TEST_P(EveryKind, EachRequiredSettingThatIsMissingIsNamed) {
  for (const auto& setting : kind().settings) {
    if (!setting.required) continue;
    json step = example();
    step.erase(setting.name);
    const auto out = load(step);
    EXPECT_TRUE(testing::mentions(out, "/steps/1", "\"" + setting.name + "\" is missing")) << setting.name << "\n" << all_text(out);
  }
}

TEST_P(EveryKind, ASettingOfTheWrongKindIsRefusedAtItsPlace) {
  for (const auto& setting : kind().settings) {
    for (const auto& wrong : {json(nullptr), setting.shape.type == Shape::Type::kBool ? json("yes") : json(true)}) {
      json step = example();
      step[setting.name] = wrong;
      const auto out = load(step);
      ASSERT_FALSE(out.mistakes.empty()) << setting.name;
      EXPECT_TRUE(testing::mentions(out, "/steps/1/" + setting.name, "is wanted")) << setting.name << "\n" << all_text(out);
    }
  }
}

// " mL/day" of "24 mL/day"; nothing of a count.
std::string unit_of(const std::string& bound) {
  const std::size_t blank = bound.find(' ');
  return blank == std::string::npos ? "" : bound.substr(blank);
}

TEST_P(EveryKind, AQuantityOfTheWrongUnitOrOutOfRangeIsRefusedAtItsPlace) {
  for (const auto& setting : kind().settings) {
    if (setting.shape.type != Shape::Type::kQuantity) continue;
    json step = example();
    step[setting.name] = setting.shape.dimension == Dimension::kTemperature ? "1 kPa gauge" : "20 degC";
    EXPECT_TRUE(testing::mentions(load(step), "/steps/1/" + setting.name, "is wanted")) << setting.name;
    if (!setting.shape.min.empty()) {
      step[setting.name] = "-1" + unit_of(setting.shape.min);
      EXPECT_TRUE(testing::mentions(load(step), "/steps/1/" + setting.name, "too small")) << setting.name;
    }
    if (!setting.shape.max.empty()) {
      step[setting.name] = "123456789" + unit_of(setting.shape.max);
      EXPECT_TRUE(testing::mentions(load(step), "/steps/1/" + setting.name, "too large")) << setting.name;
    }
  }
}

TEST_P(EveryKind, AnUnknownSettingIsRefusedWithASuggestion) {
  json step = example();
  step["commnet"] = "x";
  EXPECT_TRUE(testing::mentions(load(step), "/steps/1/commnet", "did you mean \"comment\"?"));
}

TEST_P(EveryKind, ItsDefaultsAreGood) {
  const auto out = load(example());
  for (const auto& setting : kind().settings) {
    if (setting.fallback) {
      EXPECT_TRUE(out.scenario->steps[1].settings.has(setting.name)) << setting.name;
    }
  }
}

// A reason that no pump gives, or not for this, could never be met.
TEST_P(EveryKind, AReasonThatCanNotBeGivenIsRefusedAtItsPlace) {
  const auto& settings = kind().settings;
  if (std::none_of(settings.begin(), settings.end(), [](const Setting& setting) { return setting.name == "reason"; })) return;
  json step = example();
  step["expect"] = "refused";
  step["reason"] = "not_permited";
  EXPECT_TRUE(testing::mentions(load(step), "/steps/1/reason", "did you mean \"not_permitted\"?")) << all_text(load(step));
  step["reason"] = "not_permitted";
  EXPECT_FALSE(testing::mentions(load(step), "/steps/1/reason", "")) << all_text(load(step));
  step["reason"] = "bogus";
  EXPECT_TRUE(testing::mentions(load(step), "/steps/1/reason", "there is no reason \"bogus\""));
  step["reason"] = kind().name == "update_firmware" ? "lockout" : "image_damaged";
  EXPECT_TRUE(testing::mentions(load(step), "/steps/1/reason", "a pump never refuses this because of"));
}

std::string explained(const json& step) {
  LoadOptions options;
  const auto bench = testing::bench();
  options.bench = &bench;
  const auto out = load_scenario(with_step(step), "s.json", options);
  return out.scenario ? out.scenario->steps[1].kind->explain(out.scenario->steps[1]) : all_text(out);
}

TEST(Explain, SaysWhatThePumpMustDoAndWhyItMustRefuse) {
  EXPECT_EQ(explained({{"step", "update_firmware"}, {"image", "older_version"}, {"expect", "refused"}, {"reason", "image_not_newer"}}),
            "the clinician brings a firmware image of an older version; the pump must refuse it because of \"image_not_newer\"");
  EXPECT_EQ(explained({{"step", "update_firmware"}, {"expect", "done"}}),
            "the clinician brings a firmware image of a newer version; the pump must take it, and run it after its reset");
  EXPECT_EQ(explained({{"step", "ask"}, {"role", "patient"}, {"what", "stop"}, {"expect", "refused"}, {"reason", "not_permitted"}}),
            "ask for stop in the role patient; the pump must refuse it because of \"not_permitted\"");
}

TEST(Radio, ALimitOutsideOfAllShareIsRefused) {
  for (const json& limit : {json{{"at_least", "200 %"}}, json{{"at_most", "-2 %"}}}) {
    const json step{{"step", "radio"}, {"id", "duty"}, {"limit", limit}};
    const auto out = load_scenario(with_step(step), "s.json", {});
    EXPECT_NE(all_text(out).find("is no share of the time; write 0 % to 100 %"), std::string::npos) << all_text(out);
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, EveryKind, ::testing::Range(std::size_t{0}, step_catalogue().size()),
                         [](const auto& param) { return step_catalogue()[param.param].name; });

TEST(Catalogue, KindsAreFoundByName) {
  EXPECT_NE(find_step_kind("wait"), nullptr);
  EXPECT_EQ(find_step_kind("wiat"), nullptr);
}

}  // namespace
}  // namespace pumprig::scenario
