#include "firmware/pump/bolus/bolus_gate.h"

#include <algorithm>

namespace pumpfw {

BolusGate::Decision BolusGate::decide(const BolusRequest& request, const Program& program, const BolusHistory& history,
                                      const BolusContext& context) {
  const bool remembers = !mutation_.is(Mutant::kNonceForgotten);
  if (remembers && granted_before(request.nonce, request.at, history)) return {StatusCode::kOk, true};
  if (remembers && answered_ && request.nonce == last_nonce_) return {last_answer_, true};
  last_answer_ = judge(request, program, history, context);
  last_nonce_ = request.nonce;
  answered_ = true;
  return {last_answer_, false};
}

bool BolusGate::granted_before(std::uint32_t nonce, PumpTime now, const BolusHistory& history) const {
  if (mutation_.is(Mutant::kLastNonceOnly)) return !history.empty() && history.newest().nonce == nonce;
  return history.granted(nonce, now);
}

Tick BolusGate::lockout_left(PumpTime now, const Program& program, const BolusHistory& history) const {
  if (history.empty()) return 0;
  Tick lockout = program.bolus_lockout_s * kSecond;
  if (mutation_.is(Mutant::kLockoutShort)) lockout -= 10 * kSecond;
  const PumpTime free_at = history.newest().start + lockout;
  return free_at > now ? free_at - now : 0;
}

StatusCode BolusGate::judge(const BolusRequest& request, const Program& program, const BolusHistory& history,
                            const BolusContext& context) const {
  if (context.self_test) return StatusCode::kSelfTest;
  if (context.critical_alarm) return StatusCode::kCriticalAlarm;
  if (!context.programmed) return StatusCode::kNoProgram;
  if (!context.delivering) return StatusCode::kTherapyStopped;
  if (context.phase != StatusCode::kOk) return context.phase;
  if (!program.patient_bolus_enabled) return StatusCode::kBolusDisabled;
  const bool repeated = !history.empty() && request.at < history.newest().start + kRepeatGuard;
  if (repeated && !mutation_.is(Mutant::kRepeatAllowed)) return StatusCode::kRepeatedTooSoon;
  if (context.bolus_running) return StatusCode::kBolusRunning;
  if (lockout_left(request.at, program, history) != 0) return StatusCode::kLockout;
  const std::uint32_t given =
      mutation_.is(Mutant::kCountAtMidnight) ? history.count_since(request.at - context.since_midnight) : history.count_in_day(request.at);
  if (given >= program.bolus_max_per_24h) return StatusCode::kDailyCountReached;
  if (context.reservoir_steps < steps_from_nl(program.bolus_dose_nl)) return StatusCode::kReservoirTooLow;
  return judge_ceilings(request.at, program.bolus_dose_nl, program, history);
}

PumpTime BolusGate::next_allowed(PumpTime now, const Program& program, const BolusHistory& history) const {
  if (!program.patient_bolus_enabled || program.bolus_max_per_24h == 0) return kNever;
  PumpTime at = now + lockout_left(now, program, history);
  if (mutation_.is(Mutant::kNextByLockout)) return at;
  if (!history.empty()) at = std::max(at, history.newest().end);  // one that runs, perhaps a clinician's
  if (history.size() >= program.bolus_max_per_24h) {
    at = std::max(at, history.at(static_cast<std::uint8_t>(program.bolus_max_per_24h - 1)).start + kDay);
  }
  // Below a ceiling again when enough of what stands against it has left its window, one after the other.
  const BasalBounds basal = mutation_.is(Mutant::kNoCeilingWindow) ? BasalBounds{} : basal_bounds(program);
  for (;;) {
    const StatusCode answer = judge_ceilings(at, program.bolus_dose_nl, program, history, basal);
    if (answer == StatusCode::kOk) return at;
    const PumpTime leaves = history.next_leaving(at, answer == StatusCode::kHourCeilingReached ? kHour : kDay);
    if (leaves == kNever) return kNever;
    at = leaves;
  }
}

StatusCode BolusGate::judge_ceilings(PumpTime now, std::uint32_t dose_nl, const Program& program, const BolusHistory& history) const {
  return judge_ceilings(now, dose_nl, program, history, mutation_.is(Mutant::kNoCeilingWindow) ? BasalBounds{} : basal_bounds(program));
}

StatusCode BolusGate::judge_ceilings(PumpTime now, std::uint32_t dose_nl, const Program& program, const BolusHistory& history,
                                     const BasalBounds& basal) const {
  // Half nanolitres, so that steps and nanolitres compare exactly. Basal counts for the full window however short the pump has run:
  // it will flow for the rest of the window that starts with this bolus.
  const std::uint64_t dose = steps_from_nl(dose_nl) * kHalfNanolitresPerStep;
  const std::uint64_t hour = history.steps_in(now, kHour) * kHalfNanolitresPerStep + dose;
  const bool hour_kept =
      program.ceiling_1h_nl == 0 || 24 * hour + basal.half_nl_in_1h_times_24 <= 48 * std::uint64_t{program.ceiling_1h_nl};
  if (!hour_kept) return StatusCode::kHourCeilingReached;
  const std::uint64_t day = history.steps_in(now, kDay) * kHalfNanolitresPerStep + dose;
  const bool day_kept = program.ceiling_24h_nl == 0 || day + basal.half_nl_in_24h <= 2 * std::uint64_t{program.ceiling_24h_nl};
  return day_kept ? StatusCode::kOk : StatusCode::kDayCeilingReached;
}

}  // namespace pumpfw
