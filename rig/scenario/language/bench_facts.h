// What a scenario must know of a bench before anything is opened: its channels, what they can measure, and what it can do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/quantity.h"
#include "rig/base/sample.h"
#include "rig/scenario/language/shape.h"

namespace pumprig::scenario {

struct ChannelFact {
  ChannelInfo info;
  std::optional<double> min, max;  // what the meter can measure, in the unit of the channel
};

struct FaultFact {
  std::string name;  // "occlusion"
  std::string summary;
  std::vector<Setting> settings;
  bool of_line = false;  // any bench can make it, on the line of the instrument that "link" names
};

struct BenchFacts {
  std::string name;
  bool is_virtual = false;
  std::vector<ChannelFact> channels;
  std::vector<std::string> capabilities;  // "pump.service", "plant.refill", …
  std::vector<FaultFact> faults;
  std::vector<std::string> links;  // names of the instruments
  // A check whose margin is below its uncertainty is inconclusive (0), or decided when the margin is above this share of it (a guard band).
  double guard_band = 1.0;

  const ChannelFact* find_channel(std::string_view channel) const;
  const FaultFact* find_fault(std::string_view fault) const;
  bool can(std::string_view capability) const;
  std::vector<std::string> channel_names() const;
  std::vector<std::string> fault_names() const;
};

// The dimension of a channel's unit ("uL/min" → flow rate) and its factor to the base unit of the dimension; none for an unknown unit.
struct UnitFact {
  Dimension dimension = Dimension::kCount;
  double factor = 1;
  std::optional<PressureReference> reference;  // of a pressure
};
std::optional<UnitFact> unit_fact(std::string_view unit);

}  // namespace pumprig::scenario
