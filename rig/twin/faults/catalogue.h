// The faults that a virtual bench knows, and those that act now.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/twin/faults/fault.h"

namespace pumprig::twin {

std::span<const FaultDescriptor* const> fault_catalogue();  // sorted by name
const FaultDescriptor* find_fault(std::string_view name);   // null when there is none

// Parameter texts by name, checked against the descriptor, defaults filled in. kInvalidArgument lists every mistake and what is known.
Result<FaultValues> check_fault(const FaultDescriptor& fault, const std::map<std::string, std::string, std::less<>>& given);

class ActiveFaults {
 public:
  // An active fault that is injected again is cleared first. kInvalidArgument: no such fault or parameter.
  Status inject(const FaultTarget& target, std::string_view name, const std::map<std::string, std::string, std::less<>>& given);
  // kInvalidArgument: no such fault; kRefused: it is not active.
  Status clear(const FaultTarget& target, std::string_view name);
  std::vector<std::string> names() const;

 private:
  std::map<const FaultDescriptor*, FaultValues> active_;
};

}  // namespace pumprig::twin
