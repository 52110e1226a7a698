// Where the steps of a run come from.
#pragma once

#include "rig/exec/task.h"
#include "rig/scenario/language/scenario.h"

namespace pumprig::scenario {

class RunContext;

class StepSource {
 public:
  virtual ~StepSource() = default;
  // Does the steps. A cancellation ends them; an Error breaks the run.
  virtual Task<void> run(RunContext& context) = 0;
};

// The steps of a file, in its order.
class FileSteps final : public StepSource {
 public:
  explicit FileSteps(const ResolvedScenario& scenario) : scenario_(scenario) {}
  Task<void> run(RunContext& context) override;

 private:
  const ResolvedScenario& scenario_;
};

}  // namespace pumprig::scenario
