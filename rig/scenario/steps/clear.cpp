#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/faults.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  return "clear the fault \"" + step.settings.text("fault") + "\"";
}

Task<void> run(const Step& step, RunContext& context) {
  const std::string fault = step.settings.text("fault");
  if (bench::find_line_fault(fault) != nullptr) {
    CO_TRY_ASSIGN(const std::uint64_t struck, context.bench().clear_line_fault(fault));
    context.event("fault", "cleared " + fault + ", which struck " + std::to_string(struck) + (struck == 1 ? " time" : " times"));
    co_return Status{};
  }
  auto* control = context.bench().control();
  if (control == nullptr) co_return fail(ErrorCode::kUnsupported, "the bench can make no faults");
  CO_TRY(co_await control->clear(fault));
  context.active_faults().erase(fault);
  context.event("fault", "cleared " + fault);
  co_return Status{};
}

}  // namespace

StepKind step_clear() {
  StepKind kind;
  kind.name = "clear";
  kind.summary = "Takes a fault away that was injected before.";
  kind.settings = {Setting("fault", Shape::name(), "name of the fault").must()};
  kind.example = R"({"step": "clear", "fault": "occlusion"})";
  kind.needs = &need_fault;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
