// The top level of a scenario file, as data.
#include "rig/scenario/language/drug.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/language/parameters.h"

namespace pumprig::scenario {
namespace {

Shape initial_shape() {
  return Shape::object({
      Setting("reservoir_entered", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"), "volume that the pump is told it holds")
          .by_default("\"20 mL\""),
      Setting("reservoir_true", Shape::quantity(Dimension::kVolume, "0 mL", "40 mL"),
              "volume that is really in it, where that differs from what was entered (needs the capability plant.refill)"),
      Setting("battery_used", Shape::quantity(Dimension::kRatio, "0 %", "100 %"),
              "part of the cell's charge that is gone, by the pump's count; on a bench with faults also in the cell")
          .by_default("\"5 %\""),
      Setting("drug", drug_shape(), "what reservoir, tube and catheter hold: drug a of the patient model; on real benches for the record"),
      Setting("boluses",
              Shape::list(Shape::object({
                  Setting("age", Shape::quantity(Dimension::kDuration, "0 s", "7 days"), "how long ago it began").must(),
                  Setting("volume", Shape::quantity(Dimension::kVolume, "12.5 nL", "1 mL"), "of the bolus").must(),
                  Setting("duration", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "of the bolus").must(),
              })),
              "patient boluses before the start, the newest first, at most 24")
          .by_default("[]"),
      Setting("clock", Shape::text(), "calendar of the pump at the start, \"2026-03-01 08:00:00\"; or \"not set\"")
          .by_default("\"2026-03-01 08:00:00\""),
  });
}

Shape record_shape() {
  return Shape::list(Shape::object({
      Setting("channel", Shape::name(), "instrument, dot, quantity: \"flow.flow\"").must(),
      Setting("every", Shape::quantity(Dimension::kDuration, "10 ms", "1 day"),
              "time between samples; without it a channel that sends by itself is taken as it comes"),
  }));
}

}  // namespace

const std::vector<Setting>& scenario_settings() {
  static const std::vector<Setting> kSettings = {
      Setting("scenario", Shape::count("1", "1"), "version of the format: 1").must(),
      Setting("name", Shape::name(), "name of the scenario, as of its file").must(),
      Setting("title", Shape::text(), "one sentence that says what must hold").must(),
      Setting("purpose", Shape::text(), "why it is tested, and how"),
      Setting("requirements", Shape::list(Shape::name()), "ids of scenarios/requirements.json that it bears on").by_default("[]"),
      Setting("tags", Shape::list(Shape::name()), "words to find it by").by_default("[]"),
      Setting("initial", initial_shape(), "the state that it starts from").by_default("{}"),
      Setting("record", record_shape(), "which channels, how often").by_default("[]"),
  };
  return kSettings;
}

const std::vector<Setting>& parameter_settings() {
  static const std::vector<Setting> kSettings = {
      Setting("dimension", Shape::choice(parameter_dimensions()), "what kind of quantity it is, or \"text\"").must(),
      Setting("default", Shape::text(), "the value that stands when nothing is set").must(),
      Setting("min", Shape::any_quantity(), "smallest value that may be set"),
      Setting("max", Shape::any_quantity(), "largest value that may be set"),
      Setting("choices", Shape::list(Shape::text()), "of a text: the values that may be set"),
      Setting("help", Shape::text(), "one sentence"),
      Setting("value", Shape::text(), "written by the rig into the resolved scenario: the value that was used"),
  };
  return kSettings;
}

const std::vector<Setting>& common_step_settings() {
  static const std::vector<Setting> kSettings = {
      Setting("as", Shape::name(), "a name for the time from the begin of this step to its end, for measurements"),
      Setting("comment", Shape::text(), "for readers; the rig does nothing with it"),
  };
  return kSettings;
}

}  // namespace pumprig::scenario
