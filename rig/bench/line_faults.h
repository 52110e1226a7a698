// Faults of a line that any bench can make, virtual or real: their names, parameters and what they ask of a FaultyLink.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/link/wrap/faulty.h"
#include "rig/twin/faults/parameter.h"

namespace pumprig::bench {

// Besides these every line fault needs "link": the name of the instrument.
struct LineFaultKind {
  std::string_view name;  // "line_noise"
  std::string_view summary;
  link::LineFault::Kind kind = link::LineFault::Kind::kNone;
  std::span<const twin::FaultParameter> parameters;
  bool both_ways = true;  // else only what comes from the device
};

// All begin with "line_"; sorted by name.
std::span<const LineFaultKind> line_fault_catalogue();
const LineFaultKind* find_line_fault(std::string_view name);  // null when there is none
std::string_view line_fault_name(link::LineFault::Kind kind);

using LineFaultParameters = std::map<std::string, std::string, std::less<>>;

struct LineFaultRequest {
  std::string link;
  link::LineFault fault;
};

// kInvalidArgument: no such fault or parameter, a value out of its range, or no link.
Result<LineFaultRequest> parse_line_fault(std::string_view name, const LineFaultParameters& given);

}  // namespace pumprig::bench
