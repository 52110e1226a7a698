#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {

StepKind step_resume() {
  return therapy_start_kind("resume", "Resumes a therapy that was stopped, with the program that stands in the pump.");
}

}  // namespace pumprig::scenario
