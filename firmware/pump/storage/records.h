// The records in the non-volatile memory as bytes: kind, version, payload size, sequence number, payload, CRC-32 over all before it.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/protocol/messages.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/bolus/bolus_history.h"
#include "firmware/pump/power/battery_gauge.h"
#include "firmware/security/security_state.h"

namespace pumpfw {

inline constexpr std::uint8_t kRecordVersion = 3;

struct SavedProgram {
  static constexpr const char* kName = "SavedProgram";
  protocol::Program program;
  std::uint32_t revision = 0;  // 0: never programmed
  bool keyed = false;          // this pump has keys: whoever has lost the state's marks asks here
  static constexpr void fields(auto& v, auto& m) {
    v("program", m.program);
    v("revision", m.revision);
    if (v.since(0)) v("keyed", m.keyed);  // records of earlier firmware end before it
  }
};

// What the base gives at the moment.
enum class TherapyPhase : std::uint8_t { kBase = 0, kPriming = 1, kBridging = 2 };

// What must outlive a reset besides the program and the boluses.
struct SavedState {
  static constexpr const char* kName = "SavedState";
  bool run = false;               // therapy was meant to run
  std::uint32_t kept_alarms = 0;  // bits of AlarmList: kept_mask()
  bool bolus_running = false;
  std::uint32_t bolus_left = 0;  // steps of it still to come
  std::uint64_t reservoir_steps = 0;
  std::uint64_t steps_since_refill = 0;
  std::uint64_t steps_in_life = 0;
  std::uint64_t saved_at = 0;      // pump time
  std::uint64_t time_offset = 0;   // pump time minus the real-time clock
  std::uint64_t halted_since = 0;  // pump time; 0 while the drive runs
  std::uint32_t log_next = 1;      // number of the first log entry not yet in the memory
  std::uint32_t log_crc = 0;       // of the entry before it
  std::uint32_t resets = 0;
  std::uint32_t boluses_granted = 0;  // since the last refill
  std::uint32_t boluses_refused = 0;
  std::int64_t calendar_offset_s = 0;
  std::uint8_t phase = 0;        // TherapyPhase
  std::uint32_t phase_left = 0;  // steps of a priming or bridge bolus still to come
  std::uint32_t phase_given = 0;
  std::uint32_t phase_revision = 0;  // of the program that the phase belongs to
  std::uint32_t tube_concentration_ng_per_ml = 0;
  std::uint64_t periodic_anchor = 0;                     // pump time from which the intervals of a periodic bolus count
  std::uint64_t cell_used_uc = cell::kGoneAtDeliveryUc;  // charge that had left the cell …
  std::uint64_t cell_at = kTimeOrigin;                   // … at this pump time …
  std::uint64_t cell_steps = 0;                          // … and this count of steps in life
  std::uint64_t replace_since = 0;                       // pump time of the battery's notice; 0: not yet
  std::uint64_t last_reset = 0;                          // pump times of resets that nobody asked for; 0: none
  std::uint64_t last_reset_but_one = 0;
  std::uint64_t reset_before_last = 0;
  std::uint32_t use_256ths = 0;    // of a step a day, that therapy asked for of late; 0: not known
  std::uint32_t image_floor = 0;   // highest version of an image that was ever activated, or has run
  std::uint8_t born = 0;           // bits of the RecordKinds that were ever written: one of them that reads blank is lost
  std::uint32_t excess_steps = 0;  // the volume limiter's account never stands above it without its being written anew
  std::uint64_t under_since = 0;   // pump time since when too little flows; 0: not that it were known
  bool rewrite = false;            // what the program's phases had come to is lost: it must be written anew before it runs
  std::uint64_t noted_since = 0;   // pump time from which an hour counts in which resets in a loop are noted once …
  std::uint32_t noted = 0;         // … bits of the LogCodes that were …
  std::uint32_t noted_raised = 0;  // … and of the alarms, raised and cleared
  std::uint32_t noted_cleared = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("run", m.run);
    v("kept_alarms", m.kept_alarms);
    v("bolus_running", m.bolus_running);
    v("bolus_left", m.bolus_left);
    v("reservoir_steps", m.reservoir_steps);
    v("steps_since_refill", m.steps_since_refill);
    v("steps_in_life", m.steps_in_life);
    v("saved_at", m.saved_at);
    v("time_offset", m.time_offset);
    v("halted_since", m.halted_since);
    v("log_next", m.log_next);
    v("log_crc", m.log_crc);
    v("resets", m.resets);
    v("boluses_granted", m.boluses_granted);
    v("boluses_refused", m.boluses_refused);
    v("calendar_offset_s", m.calendar_offset_s);
    v("phase", m.phase);
    v("phase_left", m.phase_left);
    v("phase_given", m.phase_given);
    v("phase_revision", m.phase_revision);
    v("tube_concentration_ng_per_ml", m.tube_concentration_ng_per_ml);
    v("periodic_anchor", m.periodic_anchor);
    v("cell_used_uc", m.cell_used_uc);
    v("cell_at", m.cell_at);
    v("cell_steps", m.cell_steps);
    v("replace_since", m.replace_since);
    v("last_reset", m.last_reset);
    v("last_reset_but_one", m.last_reset_but_one);
    v("reset_before_last", m.reset_before_last);
    if (v.since(0)) v("image_floor", m.image_floor);  // records of firmware that took no images end before it
    if (v.since(0)) v("use_256ths", m.use_256ths);    // and those of one that went by the use of the moment before this
    if (v.since(0)) {                                 // and those of firmware that took a blank record for one never written, here
      v("born", m.born);
      v("rewrite", m.rewrite);
      v("excess_steps", m.excess_steps);
      v("under_since", m.under_since);
    }
    if (v.since(0)) {  // and those of firmware that noted every reset, here
      v("noted_since", m.noted_since);
      v("noted", m.noted);
      v("noted_raised", m.noted_raised);
      v("noted_cleared", m.noted_cleared);
    }
  }
};

struct SavedBoluses {
  BolusHistory history;
};

enum class RecordKind : std::uint8_t { kProgram = 1, kState = 2, kBoluses = 3, kSecurity = 4 };
constexpr std::uint8_t bit(RecordKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

// Each returns how many bytes of `out` (at least kSlotSize) it used.
std::size_t encode_slot(const SavedProgram& program, std::uint32_t sequence, std::span<std::uint8_t> out);
std::size_t encode_slot(const SavedState& state, std::uint32_t sequence, std::span<std::uint8_t> out);
std::size_t encode_slot(const SavedBoluses& boluses, std::uint32_t sequence, std::span<std::uint8_t> out);
std::size_t encode_slot(const security::SecurityState& state, std::uint32_t sequence, std::span<std::uint8_t> out);

// kBlank: all bytes equal. Never written, or erased: what else stands in the memory tells which.
enum class SlotHealth : std::uint8_t { kGood, kBlank, kBad };

struct SlotInfo {
  SlotHealth health = SlotHealth::kBad;
  std::uint32_t sequence = 0;
};

// Each fills its output only when the slot is good.
SlotInfo decode_slot(std::span<const std::uint8_t> slot, SavedProgram& program);
SlotInfo decode_slot(std::span<const std::uint8_t> slot, SavedState& state);
SlotInfo decode_slot(std::span<const std::uint8_t> slot, SavedBoluses& boluses);
SlotInfo decode_slot(std::span<const std::uint8_t> slot, security::SecurityState& state);

}  // namespace pumpfw
