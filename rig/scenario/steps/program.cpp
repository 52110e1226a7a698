#include <algorithm>
#include <cmath>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

Shape patient_bolus_shape() {
  return Shape::object({
      Setting("volume", Shape::quantity(Dimension::kVolume, "12.5 nL", "1 mL"), "volume of one bolus").must(),
      Setting("duration", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "time in which it is given").must(),
      Setting("lockout", Shape::quantity(Dimension::kDuration, "1 min", "1 day"), "least time between the begins of two boluses").must(),
      Setting("per_day", Shape::count("1", "100"), "most boluses in any 24 h").must(),
      Setting("ceiling_1h", Shape::quantity(Dimension::kVolume, "1 nL", "40 mL"), "most that any 1 h may get, basal and boluses together"),
      Setting("ceiling_24h", Shape::quantity(Dimension::kVolume, "1 nL", "40 mL"),
              "most that any 24 h may get, basal and boluses together"),
  });
}

void check(const Step& step, CheckContext& context) {
  if (!step.settings.has("patient_bolus")) return;
  const Settings& bolus = step.settings.object("patient_bolus");
  if (step.settings.text("expect") == "refused") return;  // then a program that contradicts itself is the point
  if (bolus.number("duration") > bolus.number("lockout")) {
    context.add(bolus.at("lockout"),
                "a bolus of " + bolus.quantity("duration").text + " outlasts the lockout of " + bolus.quantity("lockout").text,
                "make the lockout at least as long, or expect \"refused\"");
  }
  const double flow = step.settings.number("rate") + bolus.number("volume") / (bolus.number("duration") / 60.0);
  if (flow > parse_quantity("24 mL/day")->value * (1 + 1e-9)) {
    context.add(bolus.at("duration"), "basal and bolus together pass the pump's 24 mL/day",
                "give the bolus more time, or expect \"refused\"");
  }
}

void estimate(const Step& step, Estimate& out) {
  if (step.settings.text("expect") == "refused") return;
  out.rate_ul_per_min = step.settings.number("rate");
  out.bolus_ul = step.settings.has("patient_bolus") ? step.settings.object("patient_bolus").number("volume") : 0;
}

std::string explain(const Step& step) {
  std::string out = "program " + step.settings.quantity("rate").text;
  if (step.settings.has("patient_bolus")) {
    const Settings& bolus = step.settings.object("patient_bolus");
    out += ", patient bolus " + bolus.quantity("volume").text + " in " + bolus.quantity("duration").text + ", lockout " +
           bolus.quantity("lockout").text + ", " + bolus.quantity("per_day").text + " a day";
  }
  if (step.settings.text("expect") == "refused") out += "; the pump must refuse it";
  return out;
}

clients::Program to_program(const Settings& settings) {
  const auto nl = [](Volume volume) { return static_cast<std::uint32_t>((volume.count() + 500) / 1000); };
  const auto seconds = [](Duration d) { return static_cast<std::uint32_t>(std::llround(to_seconds(d))); };
  clients::Program program;
  program.basal_rate_nl_per_day = static_cast<std::uint32_t>((settings.flow_rate("rate").count() + 500) / 1000);
  program.low_reservoir_threshold_nl = nl(settings.volume("low_reservoir"));
  program.occlusion_trip_pa = static_cast<std::int32_t>(settings.pressure("occlusion_pressure").pa);
  if (!settings.has("patient_bolus")) return program;
  const Settings& bolus = settings.object("patient_bolus");
  program.patient_bolus_enabled = true;
  program.bolus_dose_nl = nl(bolus.volume("volume"));
  program.bolus_duration_s = seconds(bolus.duration("duration"));
  program.bolus_lockout_s = seconds(bolus.duration("lockout"));
  program.bolus_max_per_24h = static_cast<std::uint8_t>(bolus.number("per_day"));
  // Without ceilings of its own a program allows what its other limits do.
  const std::uint32_t an_hour = std::min<std::uint32_t>(program.bolus_max_per_24h, 1 + 3600 / std::max(1U, program.bolus_lockout_s));
  program.ceiling_1h_nl =
      bolus.has("ceiling_1h") ? nl(bolus.volume("ceiling_1h")) : program.basal_rate_nl_per_day / 24 + 1 + an_hour * program.bolus_dose_nl;
  program.ceiling_24h_nl = bolus.has("ceiling_24h") ? nl(bolus.volume("ceiling_24h"))
                                                    : program.basal_rate_nl_per_day + program.bolus_max_per_24h * program.bolus_dose_nl;
  return program;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const clients::Program program = to_program(step.settings);
  const auto answer = co_await context.programmer().offer(program);
  if (!answer) co_return fail(answer.error(), "the program could not be written and read back");
  const std::string reason = clients::protocol::describe(answer->status).name;
  std::string wanted = step.settings.text("expect");
  bool good = answer->refused() == (wanted == "refused");
  if (step.settings.has("reason")) {
    good = good && reason == step.settings.text("reason");
    wanted += ": " + step.settings.text("reason");
  }
  // A program that is accepted as it should be is no news, unless the scenario names it.
  if (good && !step.settings.has("id") && wanted == "accepted") co_return Status{};
  context.add_answer_check(step, std::move(wanted), answer->refused() ? "refused: " + reason : std::string("accepted"), good, begin);
  co_return Status{};
}

}  // namespace

std::vector<Setting> program_settings() {
  return {
      Setting("rate", Shape::quantity(Dimension::kFlowRate, "0.048 mL/day", "24 mL/day"), "basal rate").must(),
      Setting("patient_bolus", patient_bolus_shape(), "limits of the patient's bolus; without it the patient can have none"),
      Setting("low_reservoir", Shape::quantity(Dimension::kVolume, "1 mL", "10 mL"), "volume below which the reservoir alarm comes")
          .by_default("\"2 mL\""),
      Setting("occlusion_pressure", Shape::quantity(Dimension::kPressure, "10 kPa gauge", "138 kPa gauge"),
              "outlet pressure at which the pump stops")
          .by_default("\"70 kPa gauge\""),
  };
}

StepKind step_program() {
  StepKind kind;
  kind.name = "program";
  kind.summary = "Sends a therapy program to the pump as the clinician, and reads it back.";
  kind.settings = program_settings();
  kind.settings.push_back(
      Setting("expect", Shape::choice({"accepted", "refused"}), "what the pump must answer").by_default("\"accepted\""));
  kind.settings.push_back({"reason", Shape::name(), "why it must refuse"});
  kind.settings.push_back(id_setting());
  kind.settings.push_back(requirements_setting());
  kind.example = R"({"step": "program", "rate": "0.5 mL/day"})";
  kind.check = &check;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
