#include "rig/scenario/language/load.h"

#include <gtest/gtest.h>

#include "rig/scenario/testing.h"

namespace pumprig::scenario {
namespace {

using namespace std::chrono_literals;
using testing::all_text;
using testing::mentions;
using testing::with_steps;

const char* kGood = R"({
  "$schema": "../../schema/scenario.schema.json",
  "scenario": 1,
  "name": "good",
  "title": "A day at a constant rate",
  "requirements": ["REQ-103"],
  "parameters": {
    "rate": {"dimension": "flow rate", "default": "0.5 mL/day", "min": "0.048 mL/day", "max": "24 mL/day", "help": "basal rate"},
    "hours": {"dimension": "duration", "default": "24 h"}
  },
  "initial": {"reservoir_entered": "18 mL"},
  "record": [{"channel": "flow.flow", "every": "1 s"}, {"channel": "witness.step"}],
  "steps": [
    {"step": "program", "rate": "${rate}"},
    {"step": "start"},
    {"step": "phase", "title": "delivery", "as": "delivery", "during": [{"step": "wait", "for": "${hours}"}]},
    {"step": "measure", "id": "flow", "what": "mean_flow", "channel": "flow.volume", "window": {"over": "delivery", "settle": "1 h"},
     "limit": {"within": "14.5 %", "of": "${rate}"}, "requirements": ["REQ-103", "REQ-102"]}
  ]
})";

Requirements requirements() {
  return *Requirements::parse(R"({"requirements": [
    {"id": "REQ-102", "area": "therapy", "title": "t", "text": "x", "verification": []},
    {"id": "REQ-103", "area": "therapy", "title": "t", "text": "x", "verification": []}]})",
                              "r.json");
}

LoadOutcome load(const std::string& text, std::vector<Override> overrides = {}) {
  static const BenchFacts kBench = testing::bench();
  static const Requirements kRequirements = requirements();
  LoadOptions options;
  options.bench = &kBench;
  options.requirements = &kRequirements;
  options.overrides = std::move(overrides);
  return load_scenario(text, "s.json", options);
}

TEST(Load, AGoodScenarioComesOutTypedWithItsParametersInPlace) {
  const auto out = load(kGood);
  ASSERT_TRUE(out.scenario) << all_text(out);
  const auto& scenario = *out.scenario;
  EXPECT_EQ(scenario.steps.size(), 4U);
  EXPECT_EQ(scenario.steps[0].settings.flow_rate("rate"), *parse_flow_rate("0.5 mL/day"));
  EXPECT_EQ(scenario.steps[2].label, "delivery");
  EXPECT_EQ(scenario.steps[2].during[0].settings.duration("for"), 24h);
  EXPECT_EQ(scenario.initial.volume("reservoir_entered"), *parse_volume("18 mL"));
  EXPECT_EQ(scenario.requirements, (std::vector<std::string>{"REQ-102", "REQ-103"}));
  ASSERT_EQ(scenario.record.size(), 2U);
  EXPECT_EQ(scenario.record[0].every, Duration(1s));
  EXPECT_FALSE(scenario.record[1].every);
}

TEST(Load, DurationAndVolumeAreForecast) {
  const auto out = load(kGood);
  EXPECT_EQ(out.scenario->longest, 24h);
  EXPECT_NEAR(out.scenario->volume_ul, 500, 1e-6);  // 0.5 mL/day for a day
  const auto half = load(kGood, {{"hours", "12 h"}, {"rate", "1 mL/day"}});
  EXPECT_EQ(half.scenario->longest, 12h);
  EXPECT_NEAR(half.scenario->volume_ul, 500, 1e-6);
  const auto expects = load(
      with_steps(R"([{"step": "expect", "id": "a", "that": {"channel": "pressure.pressure", "above": "70 kPa gauge"}, "within": "1 h"}])"));
  EXPECT_EQ(expects.scenario->shortest, 0h);
  EXPECT_EQ(expects.scenario->longest, 1h);
}

TEST(Load, OverridesAreTypedAndKept) {
  const auto out = load(kGood, {{"rate", "0.25 mL/day"}});
  ASSERT_TRUE(out.scenario) << all_text(out);
  EXPECT_EQ(out.scenario->steps[0].settings.flow_rate("rate"), *parse_flow_rate("0.25 mL/day"));
  EXPECT_TRUE(out.scenario->parameters[0].overridden);
  EXPECT_NE(out.scenario->canonical_json.find(R"("value":"0.25 mL/day")"), std::string::npos);

  const auto wrong = load(kGood, {{"rate", "10 min"}, {"hours", "a day"}, {"raet", "1 mL/day"}});
  EXPECT_TRUE(mentions(wrong, "--set rate", "flow rate is wanted")) << all_text(wrong);
  EXPECT_TRUE(mentions(wrong, "--set hours", "begin with a number")) << all_text(wrong);
  EXPECT_TRUE(mentions(wrong, "--set raet", "did you mean \"rate\"?")) << all_text(wrong);
  EXPECT_TRUE(mentions(load(kGood, {{"rate", "25 mL/day"}}), "--set rate", "between 0.048 mL/day and 24 mL/day"));
}

TEST(Load, TheResolvedTextLoadsToItselfAndItsHashFollowsEveryValue) {
  const auto first = load(kGood, {{"rate", "0.25 mL/day"}});
  const auto second = load(first.scenario->canonical_json);
  ASSERT_TRUE(second.scenario) << all_text(second);
  EXPECT_EQ(second.scenario->canonical_json, first.scenario->canonical_json);
  EXPECT_EQ(second.scenario->sha256, first.scenario->sha256);
  EXPECT_NE(load(kGood).scenario->sha256, first.scenario->sha256);
}

TEST(Load, AllMistakesComeAtOnceWithPlacePointerAndRemedy) {
  const auto out = load(R"({
  "scenario": 1, "name": "bad", "title": "x", "requirments": [],
  "record": [{"channel": "flow.flw"}],
  "steps": [
    {"step": "program", "rate": "25 mL/day"},
    {"step": "wiat", "for": "1 h"},
    {"step": "wait", "for": "1 hour"},
    {"step": "wait"},
    {"step": "wait", "for": 10},
    {"step": "program", "rate": "0.5 ml/day"},
    {"step": "measure", "id": "m", "what": "volume", "channel": "flow.volume", "window": {"over": "delivry", "settle": "0 s"},
     "limit": {"at_most": "70 kPa"}, "requirements": ["REQ-104"]}
  ]
})");
  ASSERT_FALSE(out.scenario);
  EXPECT_TRUE(mentions(out, "/requirments", "did you mean \"requirements\"?")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/record/0/channel", "did you mean \"flow.flow\"?")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/0/rate", "at most 24 mL/day") || mentions(out, "/steps/0/rate", "between 0.048 mL/day and 24 mL/day"));
  EXPECT_TRUE(mentions(out, "/steps/1/step", "did you mean \"wait\"?"));
  EXPECT_TRUE(mentions(out, "/steps/2/for", "the unit \"hour\" is not known"));
  EXPECT_TRUE(mentions(out, "/steps/3", "\"for\" is missing"));
  EXPECT_TRUE(mentions(out, "/steps/4/for", "write it as a text with its unit"));
  EXPECT_TRUE(mentions(out, "/steps/5/rate", "did you mean \"mL/day\"?"));
  EXPECT_TRUE(mentions(out, "/steps/6/requirements/0", "there is no requirement")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/6/limit/at_most", "gauge"));
  EXPECT_EQ(out.mistakes.front().where, "s.json:2:47");
  EXPECT_EQ(load("{").to_result().error().code, ErrorCode::kInvalidArgument);
}

TEST(Load, ATextThatIsCutOffAnywhereIsRefusedWithItsPlace) {
  const std::string text = kGood;
  for (std::size_t size = 0; size < text.size(); size += 7) {
    const auto out = load(text.substr(0, size));
    ASSERT_FALSE(out.scenario) << size;
    ASSERT_FALSE(out.mistakes.empty());
    EXPECT_EQ(out.mistakes.front().where.rfind("s.json:", 0), 0U);
  }
}

TEST(Load, DuplicateKeysAreRefused) {
  const auto out = load(with_steps(R"([{"step": "wait", "for": "1 h", "for": "2 h"}])"));
  EXPECT_TRUE(mentions(out, "/steps/0/for", "stands here twice")) << all_text(out);
}

TEST(Load, UnknownParametersAndUnclosedReferencesAreRefused) {
  const auto out = load(with_steps(R"([{"step": "wait", "for": "${tiem}"}, {"step": "wait", "for": "${time"}])",
                                   R"("parameters": {"time": {"dimension": "duration", "default": "1 h"}})"));
  EXPECT_TRUE(mentions(out, "/steps/0/for", "did you mean \"time\"?")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/1/for", "without \"}\"")) << all_text(out);
}

TEST(Load, AParameterOfTheWrongDimensionIsRefusedWhereItIsUsed) {
  const auto out = load(
      with_steps(R"([{"step": "program", "rate": "${time}"}])", R"("parameters": {"time": {"dimension": "duration", "default": "1 h"}})"));
  EXPECT_TRUE(mentions(out, "/steps/0/rate", "(from \"${time}\")")) << all_text(out);
}

TEST(Load, ThePumpsOwnWordIsNoEvidence) {
  for (const auto* channel : {"pump.steps", "pump.reservoir"}) {
    const auto out = load(with_steps(
        std::string(R"([{"step": "wait", "for": "1 h", "as": "w"}, {"step": "measure", "id": "m", "what": "steps", "channel": ")") +
        channel + R"(", "window": {"over": "w", "settle": "0 s"}, "limit": {"at_most": "5"}}])"));
    EXPECT_TRUE(mentions(out, "/steps/1/channel", "no evidence")) << all_text(out);
  }
  // A dose is no exception, though it stands beside the one at the tip.
  const auto dose = load(with_steps(R"([{"step": "wait", "for": "1 h", "as": "w"}, {"step": "measure", "id": "m", "what": "dose",
      "channel": "pump.dose_believed", "window": {"over": "w", "settle": "0 s"}, "limit": {"at_most": "5 ug"}}])"));
  EXPECT_TRUE(mentions(dose, "/steps/1/channel", "no evidence")) << all_text(dose);
  // Known from the name alone where there is no bench.
  const auto out = load_scenario(
      with_steps(R"([{"step": "expect", "id": "e", "that": {"channel": "pump.steps", "above": "5"}, "within": "1 h"}])"), "s.json", {});
  EXPECT_TRUE(mentions(out, "/steps/0/that/channel", "no evidence")) << all_text(out);
}

TEST(Load, AVolumeComesFromATotalizerNeverFromPolledFlows) {
  const auto out = load(with_steps(R"([{"step": "wait", "for": "1 h", "as": "w"}, {"step": "measure", "id": "m", "what": "volume",
      "channel": "flow.flow", "window": {"over": "w", "settle": "0 s"}, "limit": {"at_most": "5 uL"}}])"));
  EXPECT_TRUE(mentions(out, "/steps/1/channel", "never from flows that were polled")) << all_text(out);
}

TEST(Load, APressureOfAnotherReferenceIsRefused) {
  const auto out = load(with_steps(
      R"([{"step": "throughout", "id": "p", "that": {"channel": "pressure.pressure", "below": "170 kPa absolute"}, "for": "1 h"}])"));
  EXPECT_TRUE(mentions(out, "/steps/0/that/below", "write \"gauge\"")) << all_text(out);
}

TEST(Load, CheckIdsAndStepNamesAreUnique) {
  const auto out = load(with_steps(R"([{"step": "wait", "for": "1 s", "as": "w"}, {"step": "wait", "for": "1 s", "as": "w"},
      {"step": "throughout", "id": "a", "that": {"channel": "flow.flow", "below": "5 uL/min"}, "for": "1 h"},
      {"step": "throughout", "id": "a", "that": {"channel": "flow.flow", "below": "5 uL/min"}, "for": "1 h"}])"));
  EXPECT_TRUE(mentions(out, "/steps/1/as", "stands above already")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/3/id", "stands above already")) << all_text(out);
}

TEST(Load, WhatTheBenchLacksIsANeedNotAMistake) {
  auto facts = testing::bench();
  facts.faults.clear();
  facts.channels.erase(facts.channels.begin() + 2);  // pressure
  LoadOptions options;
  options.bench = &facts;
  const auto out = load_scenario(with_steps(R"([{"step": "inject", "fault": "occlusion"}, {"step": "wait", "for": "1 h", "as": "w"},
      {"step": "measure", "id": "p", "what": "maximum", "channel": "pressure.pressure", "window": {"over": "w", "settle": "0 s"}, "limit": {"at_most": "70 kPa gauge"}},
      {"step": "measure", "id": "f", "what": "mean_flow", "channel": "flow.volume", "window": {"over": "w", "settle": "0 s"}, "limit": {"within": "5 %", "of": "24 mL/day"}}])"),
                                 "s.json", options);
  ASSERT_TRUE(out.scenario) << all_text(out);
  const auto missing = missing_needs(*out.scenario, facts);
  ASSERT_EQ(missing.size(), 3U);
  EXPECT_EQ(missing[0], "the fault \"occlusion\"");
  EXPECT_EQ(missing[1], "the instrument \"pressure\"");
  EXPECT_EQ(missing[2], "a meter that reaches 16.67 uL/min; \"flow.flow\" ends at 8");
}

TEST(Load, MadeUpFirmwareNeedsASimulatedPump) {
  auto facts = testing::bench();
  facts.is_virtual = false;
  LoadOptions options;
  options.bench = &facts;
  const auto out = load_scenario(with_steps(R"([{"step": "update_firmware", "expect": "done"}])"), "s.json", options);
  ASSERT_TRUE(out.scenario) << all_text(out);
  ASSERT_EQ(missing_needs(*out.scenario, facts).size(), 1U);
  facts.is_virtual = true;
  EXPECT_TRUE(missing_needs(*out.scenario, facts).empty());
}

TEST(Load, FaultSettingsAreHeldAgainstWhatTheBenchSays) {
  const auto out = load(with_steps(R"([{"step": "inject", "fault": "leek"}, {"step": "inject", "fault": "leak"},
      {"step": "inject", "fault": "leak", "with": {"resistance": "5 kPa gauge", "size": 3}}])"));
  EXPECT_TRUE(mentions(out, "/steps/0/fault", "did you mean \"leak\"?")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/1", "needs \"resistance\"")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/2/with/resistance", "flow resistance")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/2/with/size", "has no setting \"size\"")) << all_text(out);
  EXPECT_TRUE(load(with_steps(R"([{"step": "inject", "fault": "leak", "with": {"resistance": "1e12 Pa.s/m3"}}])")).scenario);
}

TEST(Load, WhatAPumpMustRefuseMayBeProgrammedAndNothingElse) {
  const auto out = load(with_steps(R"([{"step": "program", "rate": "0.047 mL/day"},
      {"step": "program", "rate": "0.5 mL/day", "patient_bolus": {"volume": "5 uL", "duration": "1 min", "per_day": 4}},
      {"step": "program", "rate": "24 mL/day"}, {"step": "program", "rate": "0.048 mL/day"}])"));
  EXPECT_EQ(out.mistakes.size(), 2U) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/0/rate", "at least 0.048 mL/day, or \"expect\" must be \"refused\"")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/1/patient_bolus", "\"lockout\" is missing")) << all_text(out);
  const auto refused = load(with_steps(R"([{"step": "program", "rate": "24.001 mL/day", "expect": "refused"},
      {"step": "program", "rate": "0.5 mL/day", "patient_bolus": {"volume": "5 uL"}, "expect": "refused"}])"));
  EXPECT_TRUE(refused.scenario) << all_text(refused);
}

TEST(Load, AnEntryOfTheLogIsHeldAgainstALimitOrAnotherCheck) {
  const auto out = load(with_steps(R"([{"step": "read_log", "id": "a", "entry": "bolus_cancelled", "about": "occlusion"},
      {"step": "read_log", "id": "b", "entry": "bolus_cancelled", "argument": "1", "like": "given"},
      {"step": "read_log", "id": "c", "entry": "bolus_cancelled", "like": "given", "within": "1"},
      {"step": "read_log", "id": "d", "entry": "bolus_canceled"}, {"step": "read_log", "id": "e", "entry": "boot", "since": "dip"}])"));
  EXPECT_TRUE(mentions(out, "/steps/0/about", "about nothing that has a name")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/1/like", "belong together")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/2/like", "write \"argument\"")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/3/entry", "did you mean \"bolus_cancelled\"?")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/4/since", "no step before this one is called \"dip\"")) << all_text(out);
}

TEST(Load, ARefillThatIsRefusedFindsNothing) {
  const auto out = load(with_steps(R"([{"step": "refill", "entered": "20 mL", "finding": "fits"},
      {"step": "refill", "entered": "20 mL", "residual": "2 mL", "finding": "fits", "expect": "refused"}])"));
  EXPECT_TRUE(mentions(out, "/steps/0/finding", "nothing was found")) << all_text(out);
  EXPECT_TRUE(mentions(out, "/steps/1/finding", "leave it out")) << all_text(out);
}

TEST(Load, AnIntruderNeedsAPumpWithKeys) {
  auto facts = testing::bench();
  LoadOptions options;
  options.bench = &facts;
  const auto out = load_scenario(with_steps(R"([{"step": "intrude", "how": "replay", "expect": "unanswered"}])"), "s.json", options);
  ASSERT_TRUE(out.scenario) << all_text(out);
  ASSERT_EQ(missing_needs(*out.scenario, facts).size(), 1U);
  facts.capabilities.emplace_back("telemetry.sealed");
  EXPECT_TRUE(missing_needs(*out.scenario, facts).empty());
  const auto timed = load(with_steps(R"([{"step": "intrude", "how": "replay", "for": "1 h", "expect": "unanswered"},
      {"step": "intrude", "how": "noise", "expect": "unanswered"}])"));
  EXPECT_TRUE(mentions(timed, "/steps/0", "belongs to \"noise\"")) << all_text(timed);
  EXPECT_TRUE(mentions(timed, "/steps/1", "\"for\" is missing")) << all_text(timed);
}

TEST(Load, AFileThatIsNotThereIsSaidSo) {
  const auto out = load_scenario_file("/nowhere/s.json", {});
  ASSERT_EQ(out.mistakes.size(), 1U);
  EXPECT_EQ(out.mistakes[0].where, "/nowhere/s.json");
}

TEST(Load, TheExplanationHasALineAStep) {
  const auto text = explain(*load(kGood).scenario);
  EXPECT_NE(text.find("program 0.5 mL/day\n"), std::string::npos);
  EXPECT_NE(text.find("  wait 24 h\n"), std::string::npos);
  EXPECT_NE(text.find("mean_flow of flow.volume over \"delivery\" after 1 h must be within ±14.5 % of 0.5 mL/day"), std::string::npos)
      << text;
}

TEST(Load, ADrugIsNamedWithItsConcentrationAndADoseIsCountedOnAChannelOfMass) {
  const char* initial = R"("initial": {"drug": {"name": "morphine sulfate", "concentration": "10 mg/mL"}})";
  const auto good = load(with_steps(R"([
    {"step": "refill", "entered": "20 mL", "drug": {"name": "morphine sulfate", "concentration": "20000 mcg/mL"}},
    {"step": "wait", "for": "3 h", "as": "three"},
    {"step": "measure", "id": "dose", "what": "dose", "channel": "patient.dose_a", "window": {"over": "three", "settle": "0 s"},
     "limit": {"within": "15 %", "of": "0.625 mg"}}])",
                                    initial));
  ASSERT_TRUE(good.scenario) << all_text(good);
  EXPECT_DOUBLE_EQ(good.scenario->initial.object("drug").number("concentration"), 0.01);
  EXPECT_DOUBLE_EQ(good.scenario->steps[0].settings.object("drug").number("concentration"), 0.02);

  const auto wrong = load(with_steps(R"([
    {"step": "refill", "entered": "20 mL", "drug": {"name": "morphine sulfate"}},
    {"step": "refill", "entered": "20 mL", "drug": {"name": "x", "concentration": "20 mg"}},
    {"step": "wait", "for": "3 h", "as": "three"},
    {"step": "measure", "id": "a", "what": "dose", "channel": "flow.volume", "window": {"over": "three", "settle": "0 s"}, "limit": {"at_most": "1 mg"}},
    {"step": "measure", "id": "b", "what": "volume", "channel": "patient.dose_a", "window": {"over": "three", "settle": "0 s"}, "limit": {"at_most": "1 uL"}}])"));
  EXPECT_TRUE(mentions(wrong, "/steps/0/drug", "concentration")) << all_text(wrong);
  EXPECT_TRUE(mentions(wrong, "/steps/1/drug/concentration", "density")) << all_text(wrong);
  EXPECT_TRUE(mentions(wrong, "/steps/3/channel", "counts no mass")) << all_text(wrong);
  EXPECT_TRUE(mentions(wrong, "/steps/4/channel", "no totalizer")) << all_text(wrong);
}

}  // namespace
}  // namespace pumprig::scenario
