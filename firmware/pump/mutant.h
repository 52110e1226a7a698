// One deliberate mistake at a time, so that tests can show that a scenario's check sees it. Which check sees which stands in
// scenarios/mutants.json; for the few that no virtual bench can bring to light, which unit test does (there under "elsewhere").
//
// Only a build with PUMPFW_MUTANTS carries them (the library that the virtual bench links). In the product, is() is the constant false
// and the compiler drops every hook.
#pragma once

#include <cstdint>

namespace pumpfw {

enum class Mutant : std::uint8_t {
  kNone = 0,
  kRateHigh,                // basal rate 20 % above the program, in the limiter's copy as well
  kBolusDoseHigh,           // bolus dose 15 % above the program
  kBolusDoseUnlimited,      // as kBolusDoseHigh, and the volume limiter sees nothing
  kSingleBolusHigh,         // a single bolus of the clinician is 15 % more than was asked for
  kBolusFast,               // a bolus runs in half its duration
  kLockoutShort,            // lockout ends 10 s early
  kCountAtMidnight,         // bolus count starts anew at each midnight of the pump's clock instead of rolling
  kIgnoreOcclusion,         // outlet pressure is not judged
  kIgnoreStall,             // missing rotor counts are not judged
  kSlipsIgnored,            // steps that the rotor misses count as given, unless three in a row
  kNoStallRetry,            // a stalled drive is never tried again
  kLowAlarmLate,            // low reservoir alarm at half its threshold
  kRunDry,                  // an empty reservoir alarms but does not stop the drive
  kStopLate,                // steps go on for 3 s after an accepted stop
  kNoCeilingWindow,         // dose ceilings count delivered basal as none instead of a full window
  kRateWrong,               // therapy gives twice the rate of its program: legal for the motor, unknown to the volume limiter
  kScheduleLate,            // the edges of a day schedule come 30 s late
  kPeriodicSkipped,         // every other periodic bolus is not given
  kBridgeSkipped,           // a change of concentration goes straight to the new rate
  kPrimeLong,               // a priming bolus is 10 % more than asked for
  kClockInLockout,          // setting the calendar forward shortens the lockout
  kMinimumRateFast,         // minimum rate steps every 150 s
  kTestSilent,              // an alarm test is accepted and sounds nothing
  kBatteryByVoltage,        // the replacement notice waits for the voltage instead of counting charge
  kUseOfTheMoment,          // the replacement notice goes by the load of the moment, and stands for ever
  kNoTemperatureNotice,     // a pump too hot or too cold says nothing
  kNoEvidence,              // what the reservoir's sensor says is not judged
  kResetsUncounted,         // resets may come as often as they like
  kLongStopForgotten,       // 48 h of stop are no alarm
  kNoEndOfService,          // the cell's end does not stop therapy
  kNonceForgotten,          // a bolus request that comes again with its nonce is taken for a new one
  kRepeatAllowed,           // nothing is said against a repeat within 5 s
  kBolusGoesOn,             // a bolus that a critical alarm has ended goes on when therapy does
  kBolusMislogged,          // the log of a bolus that was cancelled tells 20 steps too many
  kLimitUnset,              // a patient bolus without a lockout is accepted
  kRateWrongUnlimited,      // as kRateWrong, and the volume limiter sees nothing
  kRateEdgesRefused,        // the smallest and the largest base rate are refused
  kRateRangeWide,           // any base rate is accepted
  kAlarmOnce,               // an alarm sounds once and not again
  kSilenceUnlimited,        // an alarm may be silenced for as long as anybody likes
  kSilenceDeaf,             // a new critical alarm keeps to a silence
  kMemoryUnrepaired,        // a bad copy of the program is used around and neither repaired nor logged
  kMemoryLossUnsaid,        // a program of which both copies are bad is no alarm
  kRecoveryUnlogged,        // the end of a stall is not logged
  kLogGap,                  // every fourth log entry is left out of what is read
  kLogAltered,              // every fourth log entry is told otherwise than it was written
  kCapacityUnchecked,       // any volume is taken for what a refill put in, and any model
  kResidualUnjudged,        // whatever is found in the reservoir fits
  kForecastWithoutBoluses,  // the dates of the reservoir count no patient bolus
  kForecastWithoutBridge,   // nor do they know of a bridge
  kReplaceByBlank,          // the date by which the pump must be replaced is blank
  kUneven,                  // the base goes 30 % too fast and too slow in turn, an hour each
  kRunaway,                 // after 1500 steps the drive runs at 100 steps a second
  kRunawayUnlimited,        // as kRunaway, and neither limiter sees anything
  kReverseIgnored,          // a rotor that turns back is not judged
  kUpdateStops,             // a new program stops the therapy
  kUpdatePauses,            // a new program makes the therapy pause for 12 s
  kUpdateAnsweredEarly,     // a new program is answered before it is in the memory
  kCutUpdateTaken,          // what came of a new program before the link was lost is taken
  kLostLinkStops,           // a link lost in the middle of a request stops the therapy
  kHalfWritten,             // a program that is refused leaves its rate behind
  kSelfTestSkipped,         // the motor is driven whatever the self test of its driver found
  kSelfTestUnsaid,          // a part of the self test that fails is neither told nor an alarm
  kCodeUnguarded,           // nobody looks at the code while the pump runs
  kRamUnguarded,            // damage of what is counted in the RAM is not seen
  kWatchdogLate,            // a step that is due does not count for the watchdog
  kKeysByRadio,             // keys are taken however they come
  kClearAllowed,            // a pump with keys does what is asked in the clear
  kReplayTaken,             // a sealed frame that comes again does once more what was asked last
  kBackOffNever,            // wrong keys may be tried for ever
  kIdleForever,             // an idle session stays open
  kRadioUnlimited,          // the receiver stays on whoever keeps it busy
  kRolesIgnored,            // anybody may ask for anything
  kSignatureUnjudged,       // any firmware image is taken for the maker's
  kModelUnjudged,           // an image for another model is taken
  kDamageTaken,             // an image that was damaged on its way is started
  kRollBackTaken,           // an image of an older version is taken
  kUpdateWhileRunning,      // an image is taken while therapy runs
  kConcentrationForgotten,  // a program that states no concentration makes the pump forget what stands in its path
  kCalendarUnjudged,        // a day schedule runs by whatever the calendar says
  kJittery,                 // base steps come 4 % too early and too late in turn
  kBacklogGiven,            // what fell into a stall is given when the rotor is free
  kBatteryDaily,            // the cell is measured once a day, and at no bolus
  kBatteryAtRest,           // the cell is measured between the steps, when nothing loads it
  kUpdateOnLowCell,         // an image is taken when the cell is near its end
  kBlankTrusted,            // a record that reads blank is taken for one that was never written
  kBridgeAgain,             // a pump that has lost its state begins the bridge of its program anew
  kLastNonceOnly,           // of the requests that were granted only the last is known when it comes again
  kClockJumpTaken,          // however far the real-time clock went over a reset, it is believed
  kExcessForgotten,         // the volume limiter's account begins at 0 at each reset, and therapy gives twice the rate of its program
  kStopForgottenAtReset,    // a reset, or a start that turns no rotor, ends a long stop and an under-infusion
  kResetsAlarmForgotten,    // the alarm of resets that come too often ends at the next one
  kNextByLockout,           // the time to the next bolus is told by the lockout alone
  kClocksUnguarded,         // nobody holds the two clocks against each other while therapy runs
  kCount,
};

class Mutation {
 public:
  constexpr Mutation() = default;
#ifdef PUMPFW_MUTANTS
  constexpr explicit Mutation(Mutant mutant) : mutant_(mutant) {}
  constexpr bool is(Mutant mutant) const {
    return mutant_ == mutant;
  }

 private:
  Mutant mutant_ = Mutant::kNone;
#else
  constexpr explicit Mutation(Mutant) {}
  static constexpr bool is(Mutant) {
    return false;
  }
#endif
};

}  // namespace pumpfw
