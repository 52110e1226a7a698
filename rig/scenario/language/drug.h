// What a reservoir is filled with, as a scenario says it.
#pragma once

#include <string>

#include "rig/scenario/language/settings.h"
#include "rig/scenario/language/shape.h"

namespace pumprig::scenario {

inline Shape drug_shape() {
  return Shape::object({
      Setting("name", Shape::text(), "of the drug, \"morphine sulfate\"").must(),
      Setting("concentration", Shape::quantity(Dimension::kDensity, "0 mg/mL", "100 mg/mL"), "of it").must(),
  });
}

// "morphine sulfate 20 mg/mL"
inline std::string drug_text(const Settings& drug) {
  return drug.text("name") + " " + drug.quantity("concentration").text;
}

}  // namespace pumprig::scenario
