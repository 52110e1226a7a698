// Faults and truth of a virtual bench: in this process, or through DIR/control when the twin is another process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/time.h"
#include "rig/exec/task.h"

namespace pumprig::twin {

// Fault parameters as text with units ("12 kPa gauge", "5 %"), by the names of the fault's descriptor (rig/twin/faults).
using FaultParameters = std::map<std::string, std::string, std::less<>>;

// What is in the reservoir. A refill leaves the old drug in the pump's tube and in the catheter; at the start all of them hold the same.
struct DrugContent {
  std::string drug;  // "morphine sulfate"; one more than the first is known
  double mg_per_ml = 0;
  enum class Where : std::uint8_t { kReservoir, kEverywhere };
  Where where = Where::kReservoir;
};

class TwinControl {
 public:
  virtual ~TwinControl() = default;
  // kInvalidArgument: no such fault or parameter, with the known ones; the fault acts from the present instant on.
  virtual Task<void> inject(std::string fault, FaultParameters parameters) = 0;
  // Takes a fault away; clearing one that is not there is an error.
  virtual Task<void> clear(std::string fault) = 0;
  // kUnsupported: a third drug.
  virtual Task<void> set_drug(DrugContent content) = 0;
  // True values of the plant by name ("reservoir_ul", "metered_ul", "outlet_kpa"), for tests and the report's remark; never evidence.
  virtual Task<double> truth(std::string name) = 0;
};

}  // namespace pumprig::twin
