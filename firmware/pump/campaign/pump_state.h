// What altered frames must leave alone.
#pragma once

#include "firmware/pump/pump.h"

namespace pumpfw::campaign {

// All of a pump that a message may change, but for its log and its count of refusals.
struct State {
  Program program;
  Program copy;
  std::uint32_t revision = 0;
  TherapyState therapy{};
  std::uint32_t alarms = 0;
  std::uint64_t reservoir_steps = 0;
  std::uint64_t steps_in_life = 0;
  std::size_t boluses = 0;
  PumpTime newest = 0;
  std::uint32_t bolus_left = 0;
  std::uint32_t granted = 0;
  bool run = false;
  std::uint8_t phase = 0;
  std::uint32_t phase_left = 0;
  std::uint32_t tube = 0;
  std::uint64_t anchor = 0;
  std::int64_t calendar = 0;
  friend bool operator==(const State&, const State&) = default;
};

inline State state_of(const Pump& pump) {
  State s;
  const SavedState& saved = pump.saved();
  s.program = pump.program();
  s.copy = pump.limiter().copy();
  s.revision = pump.program_revision();
  s.therapy = pump.therapy_state();
  s.alarms = pump.alarms().mask();
  s.reservoir_steps = pump.ledger().left_steps();
  s.steps_in_life = pump.ledger().steps_in_life();
  s.boluses = pump.boluses().size();
  s.newest = pump.boluses().empty() ? 0 : pump.boluses().newest().start;
  s.bolus_left = pump.bolus_left();
  s.granted = saved.boluses_granted;
  s.run = saved.run;
  s.phase = saved.phase;
  s.phase_left = saved.phase_left;
  s.tube = saved.tube_concentration_ng_per_ml;
  s.anchor = saved.periodic_anchor;
  s.calendar = saved.calendar_offset_s;
  return s;
}

}  // namespace pumpfw::campaign
