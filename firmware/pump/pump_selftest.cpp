// The self test, what follows from it, and the memory that is guarded while the pump runs.
#include "firmware/pump/pump.h"

namespace pumpfw {

void Pump::begin_self_test(Tick now, bool full) {
  parts_told_ = driver_told_ = passed_told_ = false;
  self_test_.begin(now, full);
}

StatusCode Pump::self_test(Tick now) {
  if (starting()) return StatusCode::kSelfTest;
  if (driving_ || store_.state.run) return StatusCode::kTherapyRuns;
  begin_self_test(now, true);
  driver_.set_up(now);
  driver_seen_ = driver_.state();
  changed_ = true;
  return StatusCode::kOk;
}

// A driver that fails pauses therapy with an alarm of its own and is tried again by itself; any other part halts it.
void Pump::follow_self_test(Tick now) {
  if (!store_.ready() || self_test_.running()) return;
  const bool said = !mutation_.is(Mutant::kSelfTestUnsaid);
  if (!parts_told_) {
    parts_told_ = true;
    const bool code_good = self_test_.full() && (self_test_.failed() & protocol::bit(SelfTestPart::kCode)) == 0;
    if (code_good) code_damaged_ = false;
    if (self_test_.full() && (self_test_.failed() & protocol::bit(SelfTestPart::kClock)) == 0) {
      clocks_apart_ = false;
      clock_guard_.begin(now, hal_.rtc());
    }
    bool halted = mutation_.is(Mutant::kSelfTestSkipped);
    for (std::uint8_t i = 0; said && i < static_cast<std::uint8_t>(SelfTestPart::kCount); ++i) {
      const auto part = static_cast<SelfTestPart>(i);
      if ((self_test_.failed() & protocol::bit(part)) == 0) continue;
      note(now, LogCode::kSelfTestFailed, i, self_test_.full() ? 1 : 0);
      if (!halted) halt(now, AlarmId::kSelfTest, i);
      halted = true;
    }
    update_drive(now);
  }
  if (driver_.state() == MotorDriver::State::kFailed && !driver_told_) {
    driver_told_ = true;
    note(now, LogCode::kSelfTestFailed, static_cast<std::int32_t>(SelfTestPart::kMotorDriver), self_test_.full() ? 1 : 0);
  }
  if (driver_.ready() && self_test_failed() == 0 && !passed_told_) {
    passed_told_ = true;
    note(now, LogCode::kSelfTestPassed, self_test_.full() ? 1 : 0);
  }
  changed_ = true;
}

std::uint16_t Pump::self_tested() const {
  const bool driver = driver_.ready() || driver_.state() == MotorDriver::State::kFailed;
  return static_cast<std::uint16_t>(self_test_.tested() | (driver ? protocol::bit(SelfTestPart::kMotorDriver) : 0U));
}

std::uint16_t Pump::self_test_failed() const {
  if (mutation_.is(Mutant::kSelfTestUnsaid)) return 0;
  const bool driver = driver_.state() == MotorDriver::State::kFailed;
  return static_cast<std::uint16_t>(self_test_.failed() | (driver ? protocol::bit(SelfTestPart::kMotorDriver) : 0U));
}

// REQ-702: the program of the therapy and the copy of the limiter, each against the checksum that was taken when the program was. Also
// before anything is granted by it: a damaged dose must not be given (REQ-705).
void Pump::guard_memory(Tick now) {
  if (!store_.ready()) return;
  guard_due_ = now + kMemoryGuardPeriod;
  changed_ = true;
  guard_ram(now);
  if (!hal_.stack_intact()) halt(now, AlarmId::kMemory, static_cast<std::int32_t>(MemoryPart::kStack));
  if (program_revision() == 0) return;
  const bool first = protocol::checksum(program()) == program_crc_;
  const bool second = protocol::checksum(volume_.copy()) == program_crc_;
  if (first && second) return guard_plan(now);  // by a program that is whole: else a damaged one would condemn a sound plan
  if (!first && !second) return halt(now, AlarmId::kMemory, static_cast<std::int32_t>(RecordKind::kProgram));
  note(now, LogCode::kMemoryRepaired, static_cast<std::int32_t>(RecordKind::kProgram));
  if (first) {
    volume_.load(now, program());
  } else {
    store_.program.program = volume_.copy();
    apply_program(now);
  }
}

// Where nothing but the RAM has a figure, there is no second copy to go on with: therapy halts, and a clinician looks.
void Pump::guard_ram(Tick now) {
  if (mutation_.is(Mutant::kRamUnguarded)) return;
  if (!ledger_.intact()) {
    mend_ledger(now);
    halt(now, AlarmId::kMemory, static_cast<std::int32_t>(MemoryPart::kLedger));
  }
  if (!volume_.intact()) {
    volume_.mend(now);
    remember_boluses();
    halt(now, AlarmId::kMemory, static_cast<std::int32_t>(MemoryPart::kLimiter));
  }
}

// The figures of the last record: less than 1 µL behind.
void Pump::mend_ledger(Tick now) {
  const SavedState& state = store_.state;
  ledger_.restore(state.reservoir_steps, state.steps_since_refill, state.steps_in_life);
  evidence_.clear();
  watch_reservoir(now);
}

// What is given must be what the program says at this moment. An edge of the schedule that is due has not been followed yet.
void Pump::guard_plan(Tick now) {
  if (!driving_ || now >= rate_edge_ || schedule_.gives(now, effective_rate(now)) || mutation_.is(Mutant::kUneven)) return;
  if (!mutation_.is(Mutant::kRamUnguarded)) halt(now, AlarmId::kMemory, static_cast<std::int32_t>(MemoryPart::kPlan));
}

// What halts here is named as the part of the self test that looks at the same; that test has to pass before the alarm can go.
void Pump::guard_clock(Tick now) {
  clock_due_ = now + kClockGuardPeriod;
  changed_ = true;
  if (clock_guard_.agree(now, hal_.rtc()) || !store_.ready() || mutation_.is(Mutant::kClocksUnguarded)) return;
  clocks_apart_ = true;
  halt(now, AlarmId::kSelfTest, static_cast<std::int32_t>(SelfTestPart::kClock));
}

void Pump::guard_code(Tick now) {
  code_due_ = now + kCodeGuardPeriod;
  changed_ = true;
  if (mutation_.is(Mutant::kCodeUnguarded)) return;
  switch (code_guard_.look(hal_.code(), kCodeGuardSlices)) {
    case CodeGuard::Finding::kUnderWay:
      return;
    case CodeGuard::Finding::kGood:
      code_damaged_ = false;
      return;
    case CodeGuard::Finding::kDamaged:
      code_damaged_ = true;
      if (store_.ready()) halt(now, AlarmId::kMemory, static_cast<std::int32_t>(MemoryPart::kCode));
  }
}

}  // namespace pumpfw
