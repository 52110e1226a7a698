// What is said on the control socket of a twin: one JSON object a line, a request and its reply.
//
//   {"do":"inject","fault":"leak","with":{"resistance":"1e14 Pa.s/m3"}}    {"ok":true}
//   {"do":"clear","fault":"leak"}                                          {"ok":true}
//   {"do":"truth","name":"metered_ul"}                                     {"ok":true,"value":12.5}
//   {"do":"reservoir","volume":"2.2 mL"}                                   {"ok":true}
//   {"do":"drug","name":"morphine","concentration":"20 mg/mL"}           {"ok":true}
//     in the reservoir after a refill; with "everywhere":true in the tube and the catheter, too
//   {"do":"speed"} or {"do":"speed","to":10}                               {"ok":true,"value":10}
//   {"do":"clock"}: seconds of the twin since it began                     {"ok":true,"value":3.25}
//   {"do":"faults"}: what can be injected, with parameters                 {"ok":true,"faults":[…]}
//   {"do":"active"}: faults that act now                                   {"ok":true,"faults":["leak"]}
// A refusal is {"ok":false,"code":"invalid_argument","text":"…"}. A jump of the pump's clock is the fault "clock_jump".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rig/base/result.h"
#include "rig/twin/control/twin_control.h"

namespace pumprig::twin {

inline constexpr std::size_t kLongestControlLine = 64 * 1024;

struct ControlRequest {
  std::string verb;                // "inject", "clear", …
  std::string name;                // of the fault, the truth or the drug
  FaultParameters parameters;      // of inject
  std::optional<double> number;    // "to" of speed
  std::string volume;              // of reservoir, with its unit
  std::string concentration = {};  // of drug, with its unit
  bool everywhere = false;         // of drug
};

struct ControlReply {
  std::optional<Error> error;
  std::optional<double> value;
};

// kInvalidArgument says what is wrong with the line.
Result<ControlRequest> parse_control_request(std::string_view line);
std::string format_control_request(const ControlRequest& request);  // without the line's end
// kProtocol: the line is no reply.
Result<ControlReply> parse_control_reply(std::string_view line);

std::string format_done();
std::string format_value(double value);
std::string format_refusal(const Error& error);
std::string format_fault_catalogue();
std::string format_fault_names(const std::vector<std::string>& names);

}  // namespace pumprig::twin
