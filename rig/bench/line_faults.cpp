#include "rig/bench/line_faults.h"

#include <algorithm>
#include <array>

namespace pumprig::bench {
namespace {

using Kind = link::LineFault::Kind;

constexpr twin::FaultParameter kShare{"share", Dimension::kRatio, "100 %", "0 %", "100 %", "part of the transfers that suffer it"};
constexpr twin::FaultParameter kCount{"count", Dimension::kCount, "", "1", "1000000000", "how often it strikes; without it, until cleared"};
constexpr twin::FaultParameter kOnce{"count", Dimension::kCount, "1", "1", "1000000000", "how often it strikes"};
constexpr twin::FaultParameter kBy{"by", Dimension::kDuration, "100 ms", "1 us", "60 s", "how late a transfer comes, in wall time"};
constexpr twin::FaultParameter kFor{"for",  Dimension::kDuration, "",
                                    "1 ms", "365 days",           "after which the line can be opened again; without it, once cleared"};

constexpr std::array kPlain{kShare, kCount};
constexpr std::array kLate{kBy, kShare, kCount};
constexpr std::array kGone{kFor, kShare, kOnce};

constexpr std::array kKinds{
    LineFaultKind{"line_delay", "transfers come late, none before an earlier one", Kind::kDelay, kLate, true},
    LineFaultKind{"line_duplication", "what the device sends comes twice", Kind::kRepeat, kPlain, false},
    LineFaultKind{"line_hang_up", "the line hangs up, as if unplugged, and can be opened again later", Kind::kHangUp, kGone, true},
    LineFaultKind{"line_noise", "a bit of a transfer flips, whichever way it goes", Kind::kFlipBit, kPlain, true},
    LineFaultKind{"line_silence", "transfers are lost, whichever way they go", Kind::kDrop, kPlain, true},
    LineFaultKind{"line_stranger", "another kind of device on the bench is heard before what the device sends", Kind::kStranger, kPlain,
                  false},
    LineFaultKind{"line_truncation", "the end of a transfer is lost, whichever way it goes", Kind::kCut, kPlain, true},
};

void set(std::string_view name, double value, link::LineFault& fault) {
  if (name == "share") fault.share = value;
  if (name == "count") fault.at_most = static_cast<std::uint64_t>(value);
  if (name == "by" || name == "for") fault.delay = from_seconds(value);
}

}  // namespace

std::span<const LineFaultKind> line_fault_catalogue() {
  return kKinds;
}

const LineFaultKind* find_line_fault(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const LineFaultKind& k) { return k.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

std::string_view line_fault_name(Kind kind) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const LineFaultKind& k) { return k.kind == kind; });
  return found == kKinds.end() ? "line_fault" : found->name;
}

Result<LineFaultRequest> parse_line_fault(std::string_view name, const LineFaultParameters& given) {
  const LineFaultKind* kind = find_line_fault(name);
  if (kind == nullptr) return fail(ErrorCode::kInvalidArgument, "there is no line fault \"" + std::string(name) + "\"");
  LineFaultRequest out;
  out.fault.kind = kind->kind;
  out.fault.sent = kind->both_ways;
  out.fault.received = true;
  for (const auto& [parameter, text] : given) {
    const auto known = [&wanted = parameter](const twin::FaultParameter& p) { return p.name == wanted; };
    if (parameter != "link" && std::none_of(kind->parameters.begin(), kind->parameters.end(), known)) {
      return fail(ErrorCode::kInvalidArgument, "the fault \"" + std::string(name) + "\" has no parameter \"" + parameter + "\"");
    }
  }
  for (const auto& parameter : kind->parameters) {
    const auto found = given.find(parameter.name);
    const std::string text = found == given.end() ? std::string(parameter.fallback) : found->second;
    if (text.empty()) continue;
    const auto value = twin::check_parameter(parameter, text);
    if (!value) return fail(ErrorCode::kInvalidArgument, "\"" + std::string(parameter.name) + "\": " + value.error().text);
    set(parameter.name, *value, out.fault);
  }
  const auto link = given.find("link");
  if (link == given.end()) {
    return fail(ErrorCode::kInvalidArgument, "the fault \"" + std::string(name) + "\" needs \"link\": the name of an instrument");
  }
  out.link = link->second;
  return out;
}

}  // namespace pumprig::bench
