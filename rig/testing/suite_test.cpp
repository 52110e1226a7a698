// Every bundled scenario on the virtual bench, in virtual time: it passes with the firmware as it is, and each planted defect or fault of
// scenarios/mutants.json makes exactly the checks fail that stand there.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "rig/bench/bench.h"
#include "rig/exec/executor.h"
#include "rig/record/writer.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/run.h"
#include "rig/session/facts.h"
#include "rig/twin/assembly/mutants.h"

namespace pumprig {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

const fs::path kScenarios = fs::path(PUMPRIG_SOURCE_DIR) / "scenarios";

ordered_json read_json(const fs::path& path) {
  std::ifstream in(path);
  return ordered_json::parse(in);
}

std::string describe(const scenario::RunOutcome& outcome) {
  std::ostringstream out;
  out << "verdict " << to_text(outcome.verdict) << ", " << outcome.reason << '\n';
  for (const auto& check : outcome.checks) {
    const auto& v = check.verdict;
    out << "  " << v.check << ": " << to_text(v.verdict) << (check.information ? " (information)" : "") << ", value "
        << (v.value ? std::to_string(*v.value) : "none") << ' ' << v.unit << ", margin " << (v.margin ? std::to_string(*v.margin) : "none")
        << ", uncertainty " << (v.uncertainty ? std::to_string(*v.uncertainty) : "none") << ", limit " << v.limit << ", " << v.explanation
        << '\n';
  }
  return out.str();
}

struct Setting {
  std::string bench = "virtual";
  std::string firmware;
  std::uint64_t seed = 1;
  std::string name = "run";
  std::optional<Duration> abort_after;
  std::string without;  // an instrument that is taken from the bench
};

Task<void> abort_later(exec::Executor* executor, scenario::RunControl* control, Duration after) {
  CO_TRY(co_await executor->sleep_for(after));
  control->abort("the operator said so");
  co_return Status{};
}

scenario::RunOutcome run(const ordered_json& text, const Setting& setting) {
  scenario::RunOutcome broken;
  auto config = bench::load_bench((kScenarios / "benches" / (setting.bench + ".json")).string());
  if (!config) {
    broken.reason = config.error().describe();
    return broken;
  }
  config->virtual_bench.firmware_mutant = setting.firmware;
  std::erase_if(config->instruments, [&](const bench::InstrumentConfig& i) { return i.name == setting.without; });
  const auto facts = session::facts_of(*config);
  scenario::LoadOptions options;
  options.bench = &facts;
  auto loaded = scenario::load_scenario(text.dump(), setting.name, options).to_result();
  if (!loaded) {
    broken.reason = loaded.error().describe();
    return broken;
  }
  auto executor = exec::Executor::make_virtual();
  bench::BenchOptions bench_options;
  bench_options.seed = setting.seed;
  auto bench = bench::Bench::create(*config, *executor, bench_options);
  const fs::path file = fs::path(::testing::TempDir()) / ("pumprig_suite_" + std::to_string(::getpid()) + ".pumprun");
  fs::remove(file);
  record::RunInfo info(record::BenchKind::kVirtual);
  info.scenario = loaded->name;
  auto writer = record::RunWriter::create(file, info);
  if (!bench || !writer) {
    broken.reason = bench ? writer.error().describe() : bench.error().describe();
    return broken;
  }
  scenario::RunOptions run_options;
  run_options.facts = &facts;
  scenario::RunControl control;
  run_options.control = &control;
  if (setting.abort_after) executor->spawn(abort_later(executor.get(), &control, *setting.abort_after));
  auto outcome = executor->run(scenario::run_scenario(*loaded, **bench, *writer, run_options));
  bench->reset();
  if (const auto sealed = writer->finish({}); !sealed && outcome) outcome->reason += "; not sealed: " + sealed.error().describe();
  fs::remove(file);
  if (outcome) return std::move(*outcome);
  broken.reason = outcome.error().describe();
  return broken;
}

std::vector<std::string> bundled() {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kScenarios / "suite")) {
    if (entry.path().extension() == ".json") out.push_back(fs::relative(entry.path(), kScenarios / "suite").replace_extension().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string test_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return text;
}

ordered_json scenario_text(const std::string& name) {
  return read_json(kScenarios / "suite" / (name + ".json"));
}

// Where mutants.json says that it needs another than the virtual one.
std::string bench_of(const std::string& name) {
  const ordered_json file = read_json(kScenarios / "mutants.json");
  const auto benches = file.value("benches", ordered_json::object());
  return benches.value(name, std::string("virtual"));
}

class Bundled : public ::testing::TestWithParam<std::string> {};

TEST_P(Bundled, PassesWithTheFirmwareAsItIs) {
  Setting setting;
  setting.name = GetParam();
  setting.bench = bench_of(GetParam());
  const auto outcome = run(scenario_text(GetParam()), setting);
  EXPECT_EQ(outcome.verdict, Verdict::kPass) << describe(outcome);
  EXPECT_FALSE(outcome.checks.empty());
  if (std::getenv("PUMPRIG_SHOW") != nullptr) std::cout << describe(outcome);
}

INSTANTIATE_TEST_SUITE_P(Suite, Bundled, ::testing::ValuesIn(bundled()), [](const auto& param) { return test_name(param.param); });

std::vector<ordered_json> mutants() {
  const auto file = read_json(kScenarios / "mutants.json");
  return {file["mutants"].begin(), file["mutants"].end()};
}

bool lists(const ordered_json& mutant, const char* list, const std::string& check) {
  if (!mutant.contains(list)) return false;
  return std::find(mutant[list].begin(), mutant[list].end(), check) != mutant[list].end();
}

class Planted : public ::testing::TestWithParam<ordered_json> {};

TEST_P(Planted, MakesExactlyItsChecksFail) {
  const auto& mutant = GetParam();
  auto text = scenario_text(mutant["scenario"]);
  if (mutant.contains("fault")) {
    ordered_json inject{{"step", "inject"}, {"fault", mutant["fault"]}};
    if (mutant.contains("with")) inject["with"] = mutant["with"];
    text["steps"].insert(text["steps"].begin(), inject);
  }
  Setting setting;
  setting.name = mutant["scenario"];
  setting.bench = bench_of(setting.name);
  if (mutant.contains("firmware")) setting.firmware = mutant["firmware"];
  const auto outcome = run(text, setting);
  ASSERT_FALSE(outcome.error) << outcome.reason;
  ASSERT_FALSE(outcome.checks.empty()) << outcome.reason;
  std::size_t failed = 0;
  for (const auto& check : outcome.checks) {
    if (check.information) continue;
    const auto& id = check.verdict.check;
    if (lists(mutant, "fails", id)) {
      ++failed;
      EXPECT_EQ(check.verdict.verdict, Verdict::kFail) << id << "\n" << describe(outcome);
    } else if (!lists(mutant, "undecided", id)) {
      EXPECT_EQ(check.verdict.verdict, Verdict::kPass) << id << "\n" << describe(outcome);
    }
  }
  EXPECT_EQ(failed, mutant["fails"].size()) << describe(outcome);
  EXPECT_EQ(outcome.verdict, Verdict::kFail);
}

INSTANTIATE_TEST_SUITE_P(Suite, Planted, ::testing::ValuesIn(mutants()), [](const auto& param) {
  const std::string scenario = param.param["scenario"];
  return test_name(scenario.substr(scenario.find('/') + 1) + "_" +
                   param.param.value("firmware", param.param.value("fault", std::string("x"))));
});

TEST(Suite, AnAbortEndsTheStepsProvesTheSafeStateAndKeepsTheRun) {
  Setting setting;
  setting.abort_after = std::chrono::hours(1);
  const auto outcome = run(scenario_text("therapy/basal_accuracy"), setting);
  EXPECT_EQ(outcome.verdict, Verdict::kAborted) << describe(outcome);
  EXPECT_EQ(outcome.state, record::FinishState::kAborted);
  EXPECT_EQ(outcome.reason, "the operator said so");
  // The safe state was read back, else there were an error.
  EXPECT_FALSE(outcome.error) << outcome.error->describe();
  EXPECT_GE(outcome.end, kRunStart + std::chrono::hours(1));
  EXPECT_LT(outcome.end, kRunStart + std::chrono::hours(1) + std::chrono::seconds(30));
  EXPECT_TRUE(outcome.checks.empty());
}

TEST(Suite, AnAbortBeforeTheBeginStillProvesTheSafeState) {
  Setting setting;
  setting.abort_after = Duration{0};
  const auto outcome = run(scenario_text("therapy/basal_accuracy"), setting);
  EXPECT_EQ(outcome.verdict, Verdict::kAborted) << describe(outcome);
  EXPECT_FALSE(outcome.error) << outcome.error->describe();
}

TEST(Suite, WhatTheBenchLacksIsNotRunAndNeverAPass) {
  Setting setting;
  setting.without = "flow";
  const auto outcome = run(scenario_text("therapy/basal_accuracy"), setting);
  EXPECT_TRUE(outcome.not_run);
  EXPECT_EQ(outcome.reason, "needs the instrument \"flow\"");
  EXPECT_NE(outcome.verdict, Verdict::kPass);
  EXPECT_TRUE(outcome.checks.empty());
  // 24 mL/day is beyond the meter of this bench.
  auto fast = scenario_text("therapy/basal_accuracy");
  fast["parameters"]["rate"]["default"] = "24 mL/day";
  const auto too_fast = run(fast, Setting{});
  EXPECT_TRUE(too_fast.not_run) << describe(too_fast);
  EXPECT_NE(too_fast.reason.find("a meter that reaches"), std::string::npos) << too_fast.reason;
}

// Requirements by the id of the check that says them; without an id by "".
using Said = std::multimap<std::string, std::string>;
void collect_requirements(const ordered_json& node, Said& out) {
  if (node.is_object() && node.contains("requirements")) {
    for (const std::string id : node["requirements"]) out.emplace(node.value("id", std::string()), id);
  }
  for (const auto& child : node) {
    if (child.is_structured()) collect_requirements(child, out);
  }
}

Said said_by(const std::string& name) {
  const ordered_json text = scenario_text(name);
  Said out;
  collect_requirements(text["steps"], out);
  return out;
}

// Of every requirement that a virtual bench can show: by a check that says so, not by the header alone, and by a planted defect or a fault
// that makes such a check fail.
TEST(Suite, EveryRequirementHasAScenarioThatChecksItAndSomethingThatFailsIt) {
  const std::set<std::string> beyond = {
      "REQ-901", "REQ-902", "REQ-903", "REQ-904", "REQ-905", "REQ-906",  // of the programmer and the patient's device: rig/programmer
  };
  std::set<std::string> checked;
  for (const auto& name : bundled()) {
    for (const auto& [check, requirement] : said_by(name)) checked.insert(requirement);
  }
  std::set<std::string> failed;
  for (const auto& mutant : mutants()) {
    const Said said = said_by(mutant["scenario"]);
    for (const std::string check : mutant["fails"]) {
      const auto [from, to] = said.equal_range(check);
      std::for_each(from, to, [&](const auto& one) { failed.insert(one.second); });
    }
  }
  const ordered_json requirements = read_json(kScenarios / "requirements.json");
  ASSERT_EQ(requirements["requirements"].size(), 71U);
  for (const auto& requirement : requirements["requirements"]) {
    const std::string id = requirement["id"];
    EXPECT_NE(checked.contains(id), beyond.contains(id)) << id;
    EXPECT_NE(failed.contains(id), beyond.contains(id)) << id;
  }
}

std::string enumerator_of(const std::string& name) {
  std::string out = "Mutant::k";
  bool begins = true;
  for (const char c : name) {
    if (c != '_') out += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    begins = c == '_';
  }
  return out;
}

bool names_test(const std::string& source, const std::string& test) {
  const auto dot = test.find('.');
  const std::string arguments = test.substr(0, dot) + ", " + test.substr(dot + 1) + ")";
  return source.find("TEST(" + arguments) != std::string::npos || source.find("TEST_P(" + arguments) != std::string::npos;
}

// By a scenario, or where no virtual bench can bring it to light by a unit test: one that stands in the file and plants just this mistake.
TEST(Suite, EveryPlantedMistakeOfTheFirmwareFailsAScenarioOrANamedUnitTest) {
  std::set<std::string> by_scenario, by_unit_test;
  for (const auto& mutant : mutants()) by_scenario.insert(mutant.value("firmware", std::string()));
  const ordered_json list = read_json(kScenarios / "mutants.json");
  for (const auto& entry : list["elsewhere"]) {
    const std::string firmware = entry["firmware"], file = entry["in"], test = entry["test"];
    EXPECT_TRUE(by_unit_test.insert(firmware).second) << firmware << " stands there twice";
    std::ifstream in(fs::path(PUMPRIG_SOURCE_DIR) / file);
    const std::string source{std::istreambuf_iterator<char>(in), {}};
    EXPECT_TRUE(names_test(source, test)) << file << " has no test " << test;
    EXPECT_NE(source.find(enumerator_of(firmware)), std::string::npos) << file << " does not plant " << firmware;
  }
  for (const std::string_view mutant : twin::mutant_names()) {
    const std::string name(mutant);
    EXPECT_NE(by_scenario.contains(name), by_unit_test.contains(name)) << name << ": one of \"mutants\" or \"elsewhere\", and not both";
  }
}

TEST(Suite, EveryBundledScenarioHasSomethingThatMakesItFail) {
  std::set<std::string> covered;
  for (const auto& mutant : mutants()) covered.insert(mutant["scenario"]);
  for (const auto& name : bundled()) EXPECT_TRUE(covered.contains(name)) << name;
  EXPECT_GE(bundled().size(), 8U);
}

}  // namespace
}  // namespace pumprig
