// Spans, states and alarms in the words that people read.
#pragma once

#include <cstdint>
#include <string>

#include "rig/clients/programmer.h"

namespace pumprig::programmer {

// "2 h 5 min", "45 s".
std::string span_text(std::uint64_t seconds);
// "at 70 kilopascals, within 1 h 29 min of a closure": when a closed catheter alarms.
std::string occlusion_text(const clients::Program& program);
// "53 days", and of less than two the hours: "21 hours", "less than an hour".
std::string days_text(double days);
// "running (basal delivery)": the name, with what the words of the protocol say of it.
std::string state_text(clients::TherapyState state);
// "the reservoir is empty; …", or "none".
std::string alarm_text(std::uint32_t alarm_bits);
// "2026-03-02 08:00", by the pump's calendar; empty while that was never set.
std::string pump_date_text(std::int64_t local_time_s);
// When an entry of the log was written, by the pump's calendar as `status` has it now; empty while that was never set.
std::string entry_date_text(const clients::LogEntry& entry, const clients::StatusReply& status);
// What an entry of the pump's log says, its figures with their units.
std::string log_text(const clients::LogEntry& entry);
// What opens the receiver of a pump that does not answer, where noise has closed it: a sentence.
// The parts of a self test that failed.
std::string self_test_text(std::uint16_t parts);
std::string magnet_text();
// What a stop that did not succeed begins with.
inline std::string unstopped_text() {
  return "THERAPY WAS NOT STOPPED as far as is known, and MAY STILL RUN: ";
}
// What is known of the log as a whole.
std::string chain_text(const clients::Programmer::Log& log);

}  // namespace pumprig::programmer
