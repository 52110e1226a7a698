#include <map>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/faults.h"

namespace pumprig::scenario {
namespace {

std::string explain(const Step& step) {
  std::string out = "inject the fault \"" + step.settings.text("fault") + "\"";
  if (!step.settings.has("with")) return out;
  const char* joint = " with ";
  for (const auto& [name, value] : step.settings.object("with").all()) {
    out += joint + name + " " + to_json(value);
    joint = ", ";
  }
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  std::map<std::string, std::string, std::less<>> parameters;
  if (step.settings.has("with")) {
    for (const auto& [name, value] : step.settings.object("with").all()) {
      if (const auto* quantity = std::get_if<Quantity>(&value.data)) {
        parameters[name] = quantity->text;
      } else if (const auto* flag = std::get_if<bool>(&value.data)) {
        parameters[name] = *flag ? "1" : "0";
      } else {
        parameters[name] = value.text();
      }
    }
  }
  const std::string fault = step.settings.text("fault");
  if (bench::find_line_fault(fault) != nullptr) {
    // The event first: what strikes does so after it.
    context.event("fault", "injected " + fault + " on " + parameters["link"]);
    co_return context.bench().inject_line_fault(fault, parameters);
  }
  auto* control = context.bench().control();
  if (control == nullptr) co_return fail(ErrorCode::kUnsupported, "the bench can make no faults");
  CO_TRY(co_await control->inject(fault, std::move(parameters)));
  context.active_faults().insert(fault);
  context.event("fault", "injected " + fault);
  co_return Status{};
}

}  // namespace

StepKind step_inject() {
  StepKind kind;
  kind.name = "inject";
  kind.summary = "Injects a fault that the bench can make.";
  kind.settings = {
      Setting("fault", Shape::name(), "name of the fault").must(),
      Setting("with", Shape::free(), "settings of the fault"),
  };
  kind.example = R"({"step": "inject", "fault": "occlusion"})";
  kind.check = &check_fault;
  kind.needs = &need_fault;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
