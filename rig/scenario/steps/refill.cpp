#include <array>

#include "rig/scenario/run/context.h"
#include "rig/scenario/run/drug.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

void needs(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (step.settings.has("true") && !bench.can("plant.refill")) missing.push_back("the capability \"plant.refill\"");
}

constexpr std::array kFindings = {"not_measured", "fits", "too_little_left", "too_much_left"};

std::string finding_name(clients::protocol::Residual residual) {
  const auto index = static_cast<std::size_t>(residual);
  return index < kFindings.size() ? kFindings[index] : "unknown";
}

std::uint32_t to_nl(Volume volume) {
  return static_cast<std::uint32_t>((volume.count() + 500) / 1000);
}

void check(const Step& step, CheckContext& context) {
  check_reason(step, context);
  if (!step.settings.has("finding")) return;
  if (!step.settings.has("residual")) context.add(step.settings.at("finding"), "nothing was found", "say what with \"residual\"");
  if (step.settings.text("expect") == "refused") context.add(step.settings.at("finding"), "what is refused finds nothing", "leave it out");
}

std::string explain(const Step& step) {
  std::string out = "refill: " + step.settings.quantity("entered").text + " entered";
  if (step.settings.has("drug")) out += ", " + drug_text(step.settings.object("drug"));
  if (step.settings.has("true")) out += ", " + step.settings.quantity("true").text + " in truth";
  if (step.settings.has("residual")) out += ", " + step.settings.quantity("residual").text + " found in it before";
  return out;
}

Task<void> run(const Step& step, RunContext& context) {
  const Volume entered = step.settings.volume("entered");
  const bool refused = step.settings.text("expect") == "refused";
  const double true_ul = to_ul(step.settings.volume(step.settings.has("true") ? "true" : "entered"));
  // What the pump must refuse is not put in.
  Status filled;
  if (!refused) filled = co_await context.bench().set_true_reservoir_ul(true_ul);
  if (!filled && (step.settings.has("true") || filled.error().code != ErrorCode::kUnsupported)) co_return filled;
  if (step.settings.has("drug") && !refused) {
    const auto content = drug_content(step.settings.object("drug"), twin::DrugContent::Where::kReservoir);
    const Status known = co_await context.bench().set_true_drug(content);
    if (!known && known.error().code != ErrorCode::kUnsupported) co_return known;
  }
  const TimePoint begin = context.now();
  clients::protocol::EnterReservoir entry;
  entry.volume_nl = to_nl(entered);
  entry.refill = true;
  if (step.settings.has("capacity")) entry.capacity_nl = to_nl(step.settings.volume("capacity"));
  if (step.settings.has("residual")) entry.residual_nl = to_nl(step.settings.volume("residual"));
  const auto answer = co_await context.programmer().offer_refill(entry);
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  if (step.settings.has("finding") && !answer->refused()) {
    const std::string found = finding_name(answer->fields.residual);
    const std::string wanted = step.settings.text("finding");
    context.add_answer_check(step, "done: " + wanted, "done: " + found, found == wanted, begin);
    co_return Status{};
  }
  judge_answer(step, context, answer->status, begin);
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
      Setting("capacity", Shape::quantity(Dimension::kVolume, "1 mL", "40 mL"), "of the model that the programmer takes the pump for"),
      Setting("residual", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"), "what was found in the reservoir before"),
      Setting("finding", Shape::choice({"fits", "too_little_left", "too_much_left"}), "what the pump must say of that"),
      Setting("drug", drug_shape(), "what it is filled with, where that changes; tube and catheter keep the old"),
      expect_setting("done", false),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.reasons = reasons({Reasons::kTherapy, Reasons::kReservoir});
  kind.example = R"({"step": "refill", "entered": "20 mL"})";
  kind.check = &check;
  kind.needs = &needs;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
