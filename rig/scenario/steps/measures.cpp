#include "rig/scenario/steps/measures.h"

#include <algorithm>
#include <array>

namespace pumprig::scenario {
namespace {

using Source = Measurand::Source;

constexpr std::array kMeasurands = {
    Measurand{"volume", "volume between the first and the last totalizer reading of the window", Source::kTotalizer, Dimension::kVolume,
              "uL"},
    Measurand{"dose", "drug between the first and the last reading of the window, of a channel that counts mass", Source::kTotalizer,
              Dimension::kMass, "ug"},
    Measurand{"mean_flow", "that volume by the time between the two readings", Source::kTotalizer, Dimension::kFlowRate, "uL/min"},
    Measurand{"flow_error", "mean flow by \"rate\", less 1: the overall error of infusion pump standards", Source::kTotalizer,
              Dimension::kRatio, "1", true},
    Measurand{"excess_volume", "volume beyond what \"rate\" alone gives in the window: what an opened occlusion lets go",
              Source::kTotalizer, Dimension::kVolume, "uL", true},
    Measurand{"trumpet", "the largest error of the flow over any \"span\" in the window, from a volume every \"sample\"",
              Source::kTotalizer, Dimension::kRatio, "1", true, true},
    Measurand{"steps", "number of pulses", Source::kPulses, Dimension::kCount, "1"},
    Measurand{"step_flow", "pulses by their time, each taken for one step of 12.5 nL: what the drive was told to deliver", Source::kPulses,
              Dimension::kFlowRate, "uL/min"},
    Measurand{"first_step", "time from the begin of the window (or from \"from\") to the first pulse in it", Source::kPulses,
              Dimension::kDuration, "s"},
    Measurand{"step_jitter", "largest deviation of an interval between pulses from the mean interval", Source::kPulses, Dimension::kRatio,
              "1"},
    Measurand{"last_step", "time from the begin of the window (or from \"from\") to the last pulse in it; 0 when there is none",
              Source::kPulses, Dimension::kDuration, "s"},
    Measurand{"maximum", "largest value", Source::kValues, Dimension::kCount, ""},
    Measurand{"minimum", "smallest value", Source::kValues, Dimension::kCount, ""},
    Measurand{"mean", "mean value; of a flow use mean_flow, which no gap between samples falsifies", Source::kValues, Dimension::kCount,
              ""},
    Measurand{"time_to", "time from the begin of the window (or from \"from\") until the condition \"that\" holds", Source::kCondition,
              Dimension::kDuration, "s"},
};

}  // namespace

std::span<const Measurand> measurands() {
  return kMeasurands;
}

const Measurand* find_measurand(std::string_view name) {
  const auto found = std::find_if(kMeasurands.begin(), kMeasurands.end(), [&](const Measurand& m) { return m.name == name; });
  return found == kMeasurands.end() ? nullptr : &*found;
}

std::vector<std::string> measurand_names() {
  std::vector<std::string> out;
  for (const auto& measurand : kMeasurands) out.emplace_back(measurand.name);
  return out;
}

}  // namespace pumprig::scenario
