// Brings the records in after a reset and takes them out again, one memory access at a time, without ever waiting.
//
// Loading: program A, B, state A, B, boluses A, B, security A, B, then the event log from where the state record left it.
// Writing: what is marked is written, most urgent first; the bytes are made at the moment of writing.
//
// A pump is new only when nothing at all stands in its memory. The state, which any pump writes before its first log entry, bears a mark of
// each other record that was ever written; so a record that reads blank in both slots is lost where it bears its mark, and the state is
// where anything else stands. A record goes to the memory before its mark: a cut between the two leaves a record that is read, and marked
// then. Whether there are keys stands in the program's record as well.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/hal/hal.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/log/event_log.h"
#include "firmware/pump/mutant.h"
#include "firmware/pump/storage/records.h"

namespace pumpfw {

class Store {
 public:
  static constexpr Tick kAnswerTime = kSecond;

  enum class Found : std::uint8_t { kNothing, kGood, kRepaired, kLost };

  Store(hal::Hal& hal, Mutation mutation) : hal_(hal), mutation_(mutation) {}

  void begin_load(Tick now);
  // The answer to a read while loading. Returns true when loading is complete.
  bool loaded(Tick now, std::span<const std::uint8_t> data, EventLog& log);
  bool ready() const { return phase_ == Phase::kReady; }

  // What loading found; the records below hold defaults where nothing good was found.
  Found program_found() const { return program_found_; }
  Found state_found() const { return state_found_; }
  Found boluses_found() const { return boluses_found_; }
  Found security_found() const { return security_found_; }
  SavedProgram program;
  protocol::Program program_copy;  // of the second slot: what watches over the therapy has its own
  SavedState state;
  SavedBoluses boluses;
  security::SecurityState security;

  void mark_program() {
    dirty_ |= kProgramA | kProgramB;
    ++program_sequence_;
    mark_born(RecordKind::kProgram);
  }
  // The slot that does not hold the program that was found gets it: the good one is not touched, for a repair may be cut as well.
  void mark_program_repair() { dirty_ |= program_other_; }
  // A change goes to both slots, so that no damage of one brings back what was before it. The steps since the last one go to the older slot
  // alone.
  void mark_state() {
    dirty_ |= kState;
    state_writes_ = 2;
  }
  void mark_progress() {
    dirty_ |= kState;
    if (state_writes_ == 0) state_writes_ = 1;
  }
  void mark_boluses() {
    dirty_ |= kBoluses;
    boluses_writes_ = 2;
    mark_born(RecordKind::kBoluses);
  }
  void mark_security() {
    dirty_ |= kSecurity;
    security_writes_ = 2;
    mark_born(RecordKind::kSecurity);
    if (program.keyed || security.keys != security::KeyState::kPresent) return;
    program.keyed = true;
    mark_program();
  }
  bool wants_write(const EventLog& log) const { return in_flight_ == 0 && ready() && (dirty_ != 0 || log.wants_write()); }
  bool idle() const { return ready() && in_flight_ == 0; }
  bool state_is_next() const { return (dirty_ & (kBoluses | kProgramA | kProgramB | kSecurity)) == 0 && (dirty_ & kState) != 0; }
  // Writes the most urgent marked record. `state` must be up to date.
  void write_next(Tick now, EventLog& log);
  void written(EventLog& log);

  // All that was marked is in the memory (the event log may still be under way).
  bool settled() const { return dirty_ == 0 && (in_flight_ == 0 || in_flight_ == kLog); }
  // A read or write was not answered in time.
  bool overdue(Tick now) const { return now >= timeout_; }
  Tick due() const { return timeout_; }
  void give_up_write();

 private:
  enum class Phase : std::uint8_t {
    kIdle,
    kProgramA,
    kProgramB,
    kStateA,
    kStateB,
    kBolusesA,
    kBolusesB,
    kSecurityA,
    kSecurityB,
    kLog,
    kReady
  };
  enum Dirty : std::uint8_t { kBoluses = 1, kProgramA = 2, kProgramB = 4, kState = 8, kLog = 16, kSecurity = 32 };

  void read_slot();
  void take_copy(std::span<const std::uint8_t> data);
  void judge_blank(bool log_written);
  void mark_born(RecordKind kind) {
    if ((state.born & bit(kind)) != 0) return;
    state.born |= bit(kind);
    mark_state();
  }
  template <typename Record>
  void take_slot(std::span<const std::uint8_t> data, Record& record, Found& found, std::uint32_t& sequence);

  hal::Hal& hal_;
  [[no_unique_address]] Mutation mutation_;
  Phase phase_ = Phase::kIdle;
  std::uint8_t dirty_ = 0;
  std::uint8_t in_flight_ = 0;
  Found program_found_ = Found::kNothing;
  Found state_found_ = Found::kNothing;
  Found boluses_found_ = Found::kNothing;
  Found security_found_ = Found::kNothing;
  SlotInfo first_;
  std::uint32_t program_sequence_ = 0;
  std::uint8_t program_other_ = kProgramB;
  std::uint32_t state_sequence_ = 0;
  std::uint32_t boluses_sequence_ = 0;
  std::uint32_t security_sequence_ = 0;
  std::uint8_t state_writes_ = 0;  // slots still to be written
  std::uint8_t boluses_writes_ = 0;
  std::uint8_t security_writes_ = 0;
  Tick timeout_ = kNever;
};

}  // namespace pumpfw
