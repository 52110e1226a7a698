#include "rig/twin/faults/catalogue.h"

#include <algorithm>

namespace pumprig::twin {

#define PUMPRIG_FAULT(name)            \
  namespace faults::name {             \
  const FaultDescriptor& descriptor(); \
  }
#include "rig/twin/faults/catalogue.inc"
#undef PUMPRIG_FAULT

std::span<const FaultDescriptor* const> fault_catalogue() {
  static const std::vector<const FaultDescriptor*> all = {
#define PUMPRIG_FAULT(name) &faults::name::descriptor(),
#include "rig/twin/faults/catalogue.inc"
#undef PUMPRIG_FAULT
  };
  return all;
}

const FaultDescriptor* find_fault(std::string_view name) {
  const auto all = fault_catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const FaultDescriptor* fault) { return fault->name == name; });
  return found == all.end() ? nullptr : *found;
}

namespace {

std::string known_faults() {
  std::string out;
  for (const auto* fault : fault_catalogue()) out += (out.empty() ? "" : ", ") + std::string(fault->name);
  return out;
}

std::string known_parameters(const FaultDescriptor& fault) {
  std::string out;
  for (const auto& parameter : fault.parameters) out += (out.empty() ? "" : ", ") + std::string(parameter.name);
  return out.empty() ? "it takes none" : "it takes " + out;
}

Error no_such_fault(std::string_view name) {
  return {ErrorCode::kInvalidArgument, "there is no fault \"" + std::string(name) + "\"; known are " + known_faults(), {}, nullptr};
}

}  // namespace

Result<double> check_parameter(const FaultParameter& parameter, const std::string& text) {
  TRY_ASSIGN(const Quantity value, parse_quantity(text, parameter.dimension));
  const double min = parse_quantity(parameter.min, parameter.dimension)->value;
  const double max = parse_quantity(parameter.max, parameter.dimension)->value;
  if (value.dimension == Dimension::kPressure && value.reference != PressureReference::kGauge) {
    return fail(ErrorCode::kInvalidArgument, "\"" + text + "\" must be a gauge pressure");
  }
  if (value.value < min || value.value > max) {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + text + "\" must be from " + std::string(parameter.min) + " to " + std::string(parameter.max));
  }
  return value.value;
}

Result<FaultValues> check_fault(const FaultDescriptor& fault, const std::map<std::string, std::string, std::less<>>& given) {
  FaultValues values;
  std::string wrong;
  const auto add = [&](const std::string& sentence) { wrong += (wrong.empty() ? "" : "; ") + sentence; };
  for (const auto& parameter : fault.parameters) {
    const auto found = given.find(parameter.name);
    const auto value = check_parameter(parameter, found == given.end() ? std::string(parameter.fallback) : found->second);
    if (value) {
      values.set(parameter.name, *value);
    } else {
      add(std::string(parameter.name) + ": " + value.error().text);
    }
  }
  for (const auto& [name, text] : given) {
    const auto known = [&wanted = name](const FaultParameter& parameter) { return parameter.name == wanted; };
    if (std::none_of(fault.parameters.begin(), fault.parameters.end(), known)) {
      add("no parameter \"" + name + "\", " + known_parameters(fault));
    }
  }
  if (!wrong.empty()) return pumprig::fail(ErrorCode::kInvalidArgument, "fault " + std::string(fault.name) + ": " + wrong);
  return values;
}

Status ActiveFaults::inject(const FaultTarget& target, std::string_view name,
                            const std::map<std::string, std::string, std::less<>>& given) {
  const auto* fault = find_fault(name);
  if (fault == nullptr) return tl::unexpected<Error>(no_such_fault(name));
  TRY_ASSIGN(FaultValues values, check_fault(*fault, given));
  if (fault->in_memory && !target.board.memory_in_reach()) {
    return fail(ErrorCode::kUnsupported, "the fault \"" + std::string(name) +
                                             "\" needs a board whose memory the twin reaches: use the bench virtual or virtual-arm");
  }
  if (fault->in_code && !target.board.code_in_reach()) {
    return fail(ErrorCode::kUnsupported,
                "the fault \"" + std::string(name) + "\" needs a board whose code the twin reaches: use the bench virtual");
  }
  if (fault->in_ram && !target.board.ram_in_reach()) {
    return fail(ErrorCode::kUnsupported,
                "the fault \"" + std::string(name) + "\" needs a board whose RAM the twin reaches: use the bench virtual");
  }
  if (fault->in_clock && !target.board.clock_in_reach()) {
    return fail(ErrorCode::kUnsupported, "the fault \"" + std::string(name) +
                                             "\" needs a board that gets its time from the twin: use the bench virtual or virtual-arm");
  }
  if (const auto before = active_.find(fault); before != active_.end()) {
    fault->clear(target, before->second);
    active_.erase(before);
  }
  fault->inject(target, values);
  if (fault->clear != nullptr) active_.emplace(fault, values);
  return {};
}

Status ActiveFaults::clear(const FaultTarget& target, std::string_view name) {
  const auto* fault = find_fault(name);
  if (fault == nullptr) return tl::unexpected<Error>(no_such_fault(name));
  const auto found = active_.find(fault);
  if (found == active_.end()) {
    return fail(ErrorCode::kRefused, "the fault \"" + std::string(name) + "\" is not there, so it cannot be cleared");
  }
  fault->clear(target, found->second);
  active_.erase(found);
  return {};
}

std::vector<std::string> ActiveFaults::names() const {
  std::vector<std::string> out;
  for (const auto& [fault, values] : active_) out.emplace_back(fault->name);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace pumprig::twin
