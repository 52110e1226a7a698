// A kind of step: data that describes it, and the functions that check, estimate, explain and run it.
//
// A new kind is one file pair in rig/scenario/steps and one line in its CMakeLists.txt.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/exec/task.h"
#include "rig/scenario/language/bench_facts.h"
#include "rig/scenario/language/json.h"
#include "rig/scenario/language/scenario.h"
#include "rig/scenario/language/shape.h"

namespace pumprig::scenario {

class RunContext;

// What a check may look at. All mistakes go to `mistakes`; nothing is thrown and nothing stops at the first.
struct CheckContext {
  Mistakes& mistakes;
  const BenchFacts* bench = nullptr;
  std::set<std::string, std::less<>> labels{};  // of steps before this one, and of those it is nested in

  void add(const Value& value, std::string text, std::string remedy = {}) {
    mistakes.add(value.offset, value.pointer, std::move(text), std::move(remedy));
  }
};

// A forecast of a scenario, step by step.
struct Estimate {
  Duration shortest{0};
  Duration longest{0};
  double volume_ul = 0;
  double rate_ul_per_min = 0;  // as programmed
  double bolus_ul = 0;         // of one patient bolus, as programmed
  bool running = false;

  void pass(Duration at_least, Duration at_most) {
    shortest += at_least;
    longest += at_most;
    if (running) volume_ul += rate_ul_per_min * to_seconds(at_most) / 60.0;
  }
};
void estimate_steps(const std::vector<Step>& steps, Estimate& estimate);

struct StepKind {
  enum class Nests { kNever, kOptionally, kAlways };

  std::string name;
  std::string summary;               // one sentence
  std::vector<Setting> settings;     // besides "step", "as" and "comment", which every step has
  Nests nests = Nests::kNever;       // takes "during": a list of steps
  std::string example;               // JSON text of a minimal step
  std::vector<std::string> reasons;  // why a pump may refuse what it asks, beside those of any request
  bool makes_check = false;          // every such step ends in a check, and a plan without its verdict shows that it was not reached
  bool is_hold_point = false;        // a run may be paused there

  // What is wrong beyond the shapes of the settings. May be null.
  void (*check)(const Step& step, CheckContext& context) = nullptr;
  // What the bench lacks for it, one phrase each ("the fault \"occlusion\"").  May be null.
  void (*needs)(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) = nullptr;
  void (*estimate)(const Step& step, Estimate& estimate) = nullptr;
  // One line of plain words.
  std::string (*explain)(const Step& step) = nullptr;
  // Waits only through the context. An Error ends the scenario; a check that fails is not one.
  Task<void> (*run)(const Step& step, RunContext& context) = nullptr;
};

std::span<const StepKind> step_catalogue();
const StepKind* find_step_kind(std::string_view name);

}  // namespace pumprig::scenario
