#include "rig/scenario/steps/prescription.h"

#include <algorithm>
#include <cmath>

#include "rig/base/weekly.h"
#include "rig/clients/program_facts.h"

namespace pumprig::scenario {
namespace {

const Settings& object_of(const Value& value) {
  return *std::get<std::shared_ptr<const Settings>>(value.data);
}

Setting positive_volume(std::string name, std::string least, std::string help) {
  return Setting(std::move(name), Shape::quantity(Dimension::kVolume, std::move(least), "1 mL"), std::move(help)).must();
}

Setting rate_setting(std::string help) {
  return Setting("rate", Shape::quantity(Dimension::kFlowRate, "0.048 mL/day", "24 mL/day"), std::move(help));
}

Shape patient_bolus_shape() {
  return Shape::object({
      Setting("volume", Shape::quantity(Dimension::kVolume, "12.5 nL", "1 mL"), "volume of one bolus"),
      Setting("duration", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "time in which it is given"),
      Setting("lockout", Shape::quantity(Dimension::kDuration, "1 min", "1 day"), "least time between the begins of two boluses"),
      Setting("per_day", Shape::count("1", "100"), "most boluses in any 24 h"),
      Setting("ceiling_1h", Shape::quantity(Dimension::kVolume, "1 nL", "40 mL"), "most that any 1 h may get, basal and boluses together"),
      Setting("ceiling_24h", Shape::quantity(Dimension::kVolume, "1 nL", "40 mL"),
              "most that any 24 h may get, basal and boluses together"),
  });
}

Shape periodic_bolus_shape() {
  return Shape::object({
      positive_volume("volume", "12.5 nL", "volume of each bolus"),
      Setting("duration", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "time in which each is given").must(),
      Setting("interval", Shape::quantity(Dimension::kDuration, "10 min", "7 days"), "from the begin of one to the begin of the next")
          .must(),
  });
}

Shape schedule_shape() {
  return Shape::list(Shape::object({
      Setting("days", Shape::text(), "weekdays: \"daily\", \"mon-fri\", \"sat,sun\"").by_default("\"daily\""),
      Setting("from", Shape::text(), "local time at which the piece begins, HH:MM").must(),
      rate_setting("rate until the next piece of that day, or midnight").must(),
  }));
}

double fastest_ul_per_min(const Settings& settings) {
  double fastest = settings.has("rate") ? settings.number("rate") : 0;
  if (settings.has("schedule")) {
    for (const Value& piece : settings.list("schedule")) fastest = std::max(fastest, object_of(piece).number("rate"));
  }
  if (settings.has("periodic_bolus")) {
    const Settings& timed = settings.object("periodic_bolus");
    fastest += timed.number("volume") / (timed.number("duration") / 60.0);
  }
  return fastest;
}

std::uint32_t nl(Volume volume) {
  return static_cast<std::uint32_t>((volume.count() + 500) / 1000);
}
std::uint32_t nl_per_day(const Settings& settings) {
  return static_cast<std::uint32_t>((settings.flow_rate("rate").count() + 500) / 1000);
}
std::uint32_t whole_seconds(Duration d) {
  return static_cast<std::uint32_t>(std::llround(to_seconds(d)));
}

void add_base(const Settings& settings, clients::Program& program) {
  using clients::protocol::BasalMode;
  if (settings.boolean("minimum_rate")) {
    program.mode = BasalMode::kMinimumRate;
  } else if (settings.has("schedule")) {
    program.mode = BasalMode::kDaySchedule;
    for (const Value& value : settings.list("schedule")) {
      const Settings& piece = object_of(value);
      program.segments.push(
          {parse_weekdays(piece.text("days")).value_or(0), parse_time_of_day(piece.text("from")).value_or(0), nl_per_day(piece)});
    }
  } else {
    program.basal_rate_nl_per_day = nl_per_day(settings);
  }
  if (!settings.has("periodic_bolus")) return;
  const Settings& timed = settings.object("periodic_bolus");
  program.mode = BasalMode::kPeriodic;
  program.periodic_dose_nl = nl(timed.volume("volume"));
  program.periodic_duration_s = whole_seconds(timed.duration("duration"));
  program.periodic_interval_s = whole_seconds(timed.duration("interval"));
}

void add_drug(const Settings& settings, clients::Program& program) {
  program.drug = static_cast<std::uint16_t>(settings.number("drug"));
  // Base unit of a concentration is g/mL.
  if (settings.has("concentration")) {
    program.concentration_ng_per_ml = static_cast<std::uint32_t>(std::llround(settings.number("concentration") * 1e9));
  }
  if (settings.has("path")) {
    program.pump_tube_nl = nl(settings.object("path").volume("pump_tube"));
    program.catheter_nl = nl(settings.object("path").volume("catheter"));
  }
  if (settings.has("bridge")) {
    program.bridge_volume_nl = nl(settings.object("bridge").volume("volume"));
    program.bridge_rate_nl_per_day = nl_per_day(settings.object("bridge"));
  }
}

void add_patient_bolus(const Settings& bolus, clients::Program& program) {
  program.patient_bolus_enabled = true;
  if (bolus.has("volume")) program.bolus_dose_nl = nl(bolus.volume("volume"));
  if (bolus.has("duration")) program.bolus_duration_s = whole_seconds(bolus.duration("duration"));
  if (bolus.has("lockout")) program.bolus_lockout_s = whole_seconds(bolus.duration("lockout"));
  if (bolus.has("per_day")) program.bolus_max_per_24h = static_cast<std::uint8_t>(bolus.number("per_day"));
  // Without ceilings of its own a program allows what its other limits do; with a base that changes, up to what the pump can hold.
  const bool one_rate = program.mode == clients::protocol::BasalMode::kContinuous;
  const std::uint32_t an_hour = std::min<std::uint32_t>(program.bolus_max_per_24h, 1 + 3600 / std::max(1U, program.bolus_lockout_s));
  constexpr std::uint32_t kMost = 27'000'000;
  const std::uint32_t hour = one_rate ? program.basal_rate_nl_per_day / 24 + 1 + an_hour * program.bolus_dose_nl : kMost;
  const std::uint32_t day = one_rate ? program.basal_rate_nl_per_day + program.bolus_max_per_24h * program.bolus_dose_nl : kMost;
  program.ceiling_1h_nl = bolus.has("ceiling_1h") ? nl(bolus.volume("ceiling_1h")) : hour;
  program.ceiling_24h_nl = bolus.has("ceiling_24h") ? nl(bolus.volume("ceiling_24h")) : day;
}

void check_schedule(const Settings& settings, CheckContext& context) {
  for (const Value& value : settings.list("schedule")) {
    const Settings& piece = object_of(value);
    if (const auto days = parse_weekdays(piece.text("days")); !days) context.add(piece.at("days"), days.error().text);
    if (const auto from = parse_time_of_day(piece.text("from")); !from) context.add(piece.at("from"), from.error().text);
  }
}

void check_rate(const Settings& settings, CheckContext& context) {
  if (!settings.has("rate")) return;
  for (const auto& [edge, sign] : {std::pair{"0.048 mL/day", -1}, {"24 mL/day", +1}}) {
    if (sign * settings.number("rate") <= sign * parse_quantity(edge)->value) continue;
    context.add(settings.at("rate"), "\"" + settings.quantity("rate").text + "\" is too " + (sign < 0 ? "small" : "large"),
                std::string("it must be at ") + (sign < 0 ? "least " : "most ") + edge + ", or \"expect\" must be \"refused\"");
  }
}

// The patient has no bolus until all four are set.
bool check_limits_set(const Settings& bolus, CheckContext& context) {
  bool all = true;
  for (const auto* name : {"volume", "duration", "lockout", "per_day"}) {
    if (bolus.has(name)) continue;
    all = false;
    context.mistakes.add(bolus.offset, bolus.pointer, "\"" + std::string(name) + "\" is missing",
                         "a patient bolus needs all four limits; without one, \"expect\" must be \"refused\"");
  }
  return all;
}

}  // namespace

std::vector<Setting> prescription_settings() {
  return {
      Setting("rate", Shape::quantity(Dimension::kFlowRate, "0.001 mL/day", "100 mL/day"),
              "basal rate, 0.048 to 24 mL/day; instead of it a schedule, or the minimum rate"),
      Setting("schedule", schedule_shape(), "rates by weekday and local time; each weekday needs a piece from 00:00"),
      Setting("minimum_rate", Shape::boolean(), "the lowest rate that keeps the rotor turning, 0.006 mL/day").by_default("false"),
      Setting("periodic_bolus", periodic_bolus_shape(), "a bolus at a constant interval beside the basal rate"),
      Setting("patient_bolus", patient_bolus_shape(), "limits of the patient's bolus; without it the patient can have none"),
      Setting("low_reservoir", Shape::quantity(Dimension::kVolume, "1 mL", "10 mL"), "volume below which the reservoir alarm comes")
          .by_default("\"2 mL\""),
      Setting("occlusion_pressure", Shape::quantity(Dimension::kPressure, "10 kPa gauge", "138 kPa gauge"),
              "outlet pressure at which the pump stops")
          .by_default("\"70 kPa gauge\""),
      Setting("drug", Shape::count("0", "65535"), "number of the drug in the programmer's library; 0: not stated").by_default("\"0\""),
      Setting("concentration", Shape::quantity(Dimension::kDensity, "1 mcg/mL", "1000 mg/mL"), "of the drug in the reservoir"),
      Setting("path",
              Shape::object({positive_volume("pump_tube", "1 uL", "from the reservoir to the port"),
                             positive_volume("catheter", "1 uL", "from the port to the tip")}),
              "what lies between reservoir and tip; priming and bridge need it"),
      Setting("bridge",
              Shape::object({positive_volume("volume", "1 uL", "of the old concentration that stands in the path"),
                             rate_setting("at which the old concentration gives the new dose").must()}),
              "gives the old concentration out before the new rate holds"),
  };
}

void check_prescription(const Settings& settings, bool refused, CheckContext& context) {
  if (settings.has("schedule")) check_schedule(settings, context);
  const int bases = int{settings.has("rate")} + int{settings.has("schedule")} + int{settings.boolean("minimum_rate")};
  if (bases != 1) {
    context.mistakes.add(settings.offset, settings.pointer, bases == 0 ? "the program has no base" : "the program has more than one base",
                         "write one of \"rate\", \"schedule\" and \"minimum_rate\": true");
    return;
  }
  if (settings.has("periodic_bolus") && !settings.has("rate")) {
    context.add(settings.at("periodic_bolus"), "a periodic bolus stands beside one basal rate", "write a \"rate\" as the base");
    return;
  }
  if (refused) return;
  check_rate(settings, context);
  if (!settings.has("patient_bolus")) return;
  const Settings& bolus = settings.object("patient_bolus");
  if (!check_limits_set(bolus, context)) return;
  if (bolus.number("duration") > bolus.number("lockout")) {
    context.add(bolus.at("lockout"),
                "a bolus of " + bolus.quantity("duration").text + " outlasts the lockout of " + bolus.quantity("lockout").text,
                "make the lockout at least as long, or expect \"refused\"");
  }
  const double flow = fastest_ul_per_min(settings) + bolus.number("volume") / (bolus.number("duration") / 60.0);
  if (flow > parse_quantity("24 mL/day")->value * (1 + 1e-9)) {
    context.add(bolus.at("duration"), "basal and bolus together pass the pump's 24 mL/day",
                "give the bolus more time, or expect \"refused\"");
  }
}

std::string base_text(const Settings& settings) {
  if (settings.boolean("minimum_rate")) return "minimum rate";
  if (settings.has("schedule")) return "a day schedule of " + std::to_string(settings.list("schedule").size()) + " pieces";
  std::string out = settings.has("rate") ? settings.quantity("rate").text : "nothing";
  if (settings.has("periodic_bolus")) {
    const Settings& timed = settings.object("periodic_bolus");
    out += " and " + timed.quantity("volume").text + " every " + timed.quantity("interval").text;
  }
  return out;
}

double mean_rate_ul_per_min(const Settings& settings) {
  return clients::mean_base_nl_per_day(to_program(settings)) * 1e-3 / 1440;
}

clients::Program to_program(const Settings& settings) {
  clients::Program program;
  add_base(settings, program);
  program.low_reservoir_threshold_nl = nl(settings.volume("low_reservoir"));
  program.occlusion_trip_pa = static_cast<std::int32_t>(settings.pressure("occlusion_pressure").pa);
  add_drug(settings, program);
  if (settings.has("patient_bolus")) add_patient_bolus(settings.object("patient_bolus"), program);
  return program;
}

}  // namespace pumprig::scenario
