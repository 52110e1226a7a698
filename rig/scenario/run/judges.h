// From a step that measures to the judge that does it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/run/measurement.h"

namespace pumprig::scenario {

// The limit's text of a measurement for information that has none.
inline constexpr const char* kNoLimit = "none";

struct PlannedMeasurement {
  const Step* step = nullptr;
  std::unique_ptr<Measurement> measurement;
  std::string channel;       // fed to the judge
  std::string from_channel;  // fed to its "from"; may be empty
  std::string unit;          // of the check: that of the limit as it was written
  double scale = 1;          // from what the judge yields to that unit
  monitor::Limit limit;      // in that unit
  std::string limit_text;
  ClockName clock = ClockName::kRig;
};

// What is known of a channel that is sampled in this run.
struct SampledChannel {
  ChannelInfo info;
  Duration interval{0};  // 0: it sends by itself
};
class ChannelDirectory {
 public:
  virtual ~ChannelDirectory() = default;
  virtual const SampledChannel* find(std::string_view name) const = 0;
};

// The channels that a step needs samples of.
std::vector<std::string> channels_of(const Step& step);
// Null for a step that judges nothing over a window. The channels must be in the directory.
Result<std::unique_ptr<PlannedMeasurement>> plan_measurement(const Step& step, const ChannelDirectory& channels);
// The band of a condition about a channel, in the unit of the channel.
monitor::Limit condition_band(const Settings& condition, const ChannelInfo& channel);

}  // namespace pumprig::scenario
