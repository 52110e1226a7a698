#include "rig/scenario/run/context.h"
#include "rig/scenario/run/drug.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (step.settings.has("true") && !bench.can("plant.refill")) missing.push_back("the capability \"plant.refill\"");
}

std::string explain(const Step& step) {
  std::string out = "refill: " + step.settings.quantity("entered").text + " entered";
  if (step.settings.has("drug")) out += ", " + drug_text(step.settings.object("drug"));
  if (step.settings.has("true")) out += ", " + step.settings.quantity("true").text + " in truth";
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  const Volume entered = step.settings.volume("entered");
  const double true_ul = to_ul(step.settings.volume(step.settings.has("true") ? "true" : "entered"));
  const Status filled = co_await context.bench().set_true_reservoir_ul(true_ul);
  if (!filled && (step.settings.has("true") || filled.error().code != ErrorCode::kUnsupported)) co_return filled;
  if (step.settings.has("drug")) {
    const auto content = drug_content(step.settings.object("drug"), twin::DrugContent::Where::kReservoir);
    const Status known = co_await context.bench().set_true_drug(content);
    if (!known && known.error().code != ErrorCode::kUnsupported) co_return known;
  }
  const TimePoint begin = context.now();
  const auto answer = co_await context.programmer().refill(static_cast<std::uint32_t>((entered.count() + 500) / 1000));
  if (answer) co_return Status{};
  if (answer.error().code != ErrorCode::kRefused) co_return fail(answer.error(), "the pump could not be asked");
  context.add_answer_check(step, "done", answer.error().text, false, begin);
  co_return Status{};
}

}  // namespace

StepKind step_refill() {
  StepKind kind;
  kind.name = "refill";
  kind.summary = "Fills the reservoir and tells the pump how much.";
  kind.settings = {
      Setting("entered", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"), "volume that the pump is told it holds").must(),
      Setting("true", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"),
              "volume that is really in it after the refill, where that differs"),
      Setting("drug", drug_shape(), "what it is filled with, where that changes; tube and catheter keep the old"),
  };
  kind.example = R"({"step": "refill", "entered": "20 mL"})";
  kind.needs = &needs;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
