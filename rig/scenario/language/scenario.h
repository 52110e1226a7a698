// A scenario that has been read, checked, and had its parameters put in: what a run executes and keeps.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/base/time.h"
#include "rig/scenario/language/json.h"
#include "rig/scenario/language/requirements.h"
#include "rig/scenario/language/settings.h"

namespace pumprig::scenario {

struct StepKind;
struct BenchFacts;

struct Step {
  const StepKind* kind = nullptr;
  Settings settings;
  std::vector<Step> during;  // nested steps
  std::string label;         // "as": names the time from its begin to its end for measurements; may be empty
  std::string pointer;       // "/steps/3"
  std::size_t offset = 0;
};

struct RecordRequest {
  std::string channel;
  std::optional<Duration> every;  // none: as it comes
};

struct ParameterValue {
  std::string name;
  std::string value;  // as text
  bool overridden = false;
};

struct ResolvedScenario {
  std::string name;
  std::string title;
  std::string purpose;
  std::vector<std::string> requirements;  // of the whole and of its checks, sorted, each once
  std::vector<std::string> tags;
  std::vector<ParameterValue> parameters;
  Settings initial;
  std::vector<RecordRequest> record;
  std::vector<Step> steps;

  std::string file;
  std::string canonical_json;  // loads again to the same scenario
  std::string sha256;          // of canonical_json

  // Estimated from the steps: a step that expects something takes between nothing and its limit.
  Duration shortest{0};
  Duration longest{0};
  double volume_ul = 0;  // out of the pump in `longest`
};

struct Override {
  std::string name;
  std::string value;
};

struct LoadOptions {
  std::vector<Override> overrides;
  const BenchFacts* bench = nullptr;           // null: what depends on a bench is not checked
  const Requirements* requirements = nullptr;  // null: ids are checked for their form only
  bool steps_come_later = false;               // a run by hand: the text need not have steps
};

struct LoadOutcome {
  std::optional<ResolvedScenario> scenario;  // only when there is no mistake
  std::vector<Mistake> mistakes;
  Result<ResolvedScenario> to_result() &&;
};

}  // namespace pumprig::scenario
