// Decides whether a patient's request is granted: the limits of REQ-201 … REQ-208, whole or not at all.
#pragma once

#include <cstdint>

#include "firmware/pump/bolus/bolus_history.h"
#include "firmware/pump/mutant.h"
#include "firmware/pump/therapy/day_schedule.h"
#include "firmware/pump/therapy/program.h"

namespace pumpfw {

struct BolusRequest {
  std::uint32_t nonce = 0;  // the same nonce is the same request
  PumpTime at = 0;
};

// What the rest of the pump is doing at the request.
struct BolusContext {
  bool self_test = false;
  bool programmed = false;
  bool delivering = false;
  bool critical_alarm = false;
  bool bolus_running = false;
  StatusCode phase = StatusCode::kOk;  // kPriming or kBridging, in which no bolus is given
  std::uint64_t reservoir_steps = 0;
  Tick since_midnight = 0;  // of the pump's calendar
};

class BolusGate {
 public:
  explicit BolusGate(Mutation mutation) : mutation_(mutation) {}

  struct Decision {
    StatusCode answer = StatusCode::kBolusDisabled;  // kOk: granted
    bool duplicate = false;                          // the nonce has been answered before; nothing new is given
  };

  // Does not grant twice: a nonce that was granted, or answered last, gets its first answer again.
  Decision decide(const BolusRequest& request, const Program& program, const BolusHistory& history, const BolusContext& context);

  // The dose ceilings of the program, for a bolus of `dose_nl` now. One of 0 is none: a program without boluses of the patient need not
  // have any.
  StatusCode judge_ceilings(PumpTime now, std::uint32_t dose_nl, const Program& program, const BolusHistory& history) const;

  // The history, which outlives a reset, knows whether this request was granted, by whomever.
  bool granted_before(std::uint32_t nonce, PumpTime now, const BolusHistory& history) const;

  // Time until the lockout allows a bolus; 0 when it does.
  Tick lockout_left(PumpTime now, const Program& program, const BolusHistory& history) const;

  // When lockout, count and ceilings allow the patient's next bolus, if none is given before; kNever: not by waiting.
  PumpTime next_allowed(PumpTime now, const Program& program, const BolusHistory& history) const;

 private:
  StatusCode judge_ceilings(PumpTime now, std::uint32_t dose_nl, const Program& program, const BolusHistory& history,
                            const BasalBounds& basal) const;
  StatusCode judge(const BolusRequest& request, const Program& program, const BolusHistory& history, const BolusContext& context) const;

  [[no_unique_address]] Mutation mutation_;
  bool answered_ = false;
  std::uint32_t last_nonce_ = 0;
  StatusCode last_answer_ = StatusCode::kBolusDisabled;
};

inline constexpr Tick kRepeatGuard = 5 * kSecond;

}  // namespace pumpfw
