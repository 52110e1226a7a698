// From JSON text to a scenario that can run, or to a list of everything that is wrong with it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rig/base/result.h"
#include "rig/scenario/language/scenario.h"
#include "rig/scenario/language/shape.h"

namespace pumprig::scenario {

// In place of a date: the pump's calendar was never set.
inline constexpr const char* kClockNotSet = "not set";

// `file` is the name for messages.
LoadOutcome load_scenario(std::string text, const std::string& file, const LoadOptions& options);
// kNotFound when there is no such file is a mistake of the outcome, too.
LoadOutcome load_scenario_file(const std::string& path, const LoadOptions& options);

// Steps that come one at a time, from a script: each is checked like a step of a file that stands after those before it.
class StepLoader {
 public:
  // What `options` points to must outlive the loader.
  explicit StepLoader(LoadOptions options) : options_(std::move(options)) {}
  // kInvalidArgument with a line for each mistake, kUnsupported when the bench lacks something. A refused step leaves no trace.
  Result<Step> load(std::string json);
  const LoadOptions& options() const { return options_; }

 private:
  LoadOptions options_;
  std::set<std::string> ids_;
  std::set<std::string, std::less<>> labels_{"now"};
  std::size_t count_ = 0;
};

// What the bench lacks to run it, each once, in the order of the steps. Empty: it can run.
std::vector<std::string> missing_needs(const ResolvedScenario& scenario, const BenchFacts& bench);

// One indented line a step, in plain words.
std::string explain(const ResolvedScenario& scenario);

// The top level of a scenario file, beside "steps" and "parameters".
const std::vector<Setting>& scenario_settings();
const std::vector<Setting>& parameter_settings();
const std::vector<Setting>& common_step_settings();

}  // namespace pumprig::scenario
