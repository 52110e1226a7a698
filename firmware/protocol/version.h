// Version of the telemetry protocol, and the rule by which two versions live together.
//
// major: the other side refuses any other major. minor: only ever adds, at the end.
//  - A request must have exactly the fields that the receiver knows. A pump that ignored a field of a newer programmer might ignore a
//  limit,
//    so a longer request is refused whole (kBadLength). The rig therefore speaks the lower minor of the two sides.
//  - A reply may be longer than the receiver knows: unknown trailing fields are ignored. It may be shorter where it ends before the fields
//    of a newer minor (`since`): those keep their defaults.
//  - Unknown values of an enumeration in a reply are kept as numbers; in a request they are refused (kBadFieldValue).
//  - Numbers of messages, status codes, alarms and log codes are never used again for something else.
#pragma once

#include <cstdint>

namespace pumpfw::protocol {

inline constexpr std::uint8_t kMajor = 2;
inline constexpr std::uint8_t kMinor = 2;

constexpr bool compatible(std::uint8_t other_major) {
  return other_major == kMajor;
}

}  // namespace pumpfw::protocol
