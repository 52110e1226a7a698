#include "rig/twin/assembly/mutants.h"

#include <array>
#include <string>

namespace pumprig::twin {
namespace {

using pumpfw::Mutant;

struct Named {
  std::string_view name;
  Mutant mutant;
};

constexpr std::array kNamed = {
    Named{"rate_high", Mutant::kRateHigh},
    Named{"bolus_dose_high", Mutant::kBolusDoseHigh},
    Named{"bolus_dose_unlimited", Mutant::kBolusDoseUnlimited},
    Named{"single_bolus_high", Mutant::kSingleBolusHigh},
    Named{"bolus_fast", Mutant::kBolusFast},
    Named{"lockout_short", Mutant::kLockoutShort},
    Named{"count_at_midnight", Mutant::kCountAtMidnight},
    Named{"ignore_occlusion", Mutant::kIgnoreOcclusion},
    Named{"ignore_stall", Mutant::kIgnoreStall},
    Named{"slips_ignored", Mutant::kSlipsIgnored},
    Named{"no_stall_retry", Mutant::kNoStallRetry},
    Named{"low_alarm_late", Mutant::kLowAlarmLate},
    Named{"run_dry", Mutant::kRunDry},
    Named{"stop_late", Mutant::kStopLate},
    Named{"no_ceiling_window", Mutant::kNoCeilingWindow},
    Named{"rate_wrong", Mutant::kRateWrong},
    Named{"schedule_late", Mutant::kScheduleLate},
    Named{"periodic_skipped", Mutant::kPeriodicSkipped},
    Named{"bridge_skipped", Mutant::kBridgeSkipped},
    Named{"prime_long", Mutant::kPrimeLong},
    Named{"clock_in_lockout", Mutant::kClockInLockout},
    Named{"minimum_rate_fast", Mutant::kMinimumRateFast},
    Named{"test_silent", Mutant::kTestSilent},
    Named{"battery_by_voltage", Mutant::kBatteryByVoltage},
    Named{"use_of_the_moment", Mutant::kUseOfTheMoment},
    Named{"no_temperature_notice", Mutant::kNoTemperatureNotice},
    Named{"no_evidence", Mutant::kNoEvidence},
    Named{"resets_uncounted", Mutant::kResetsUncounted},
    Named{"long_stop_forgotten", Mutant::kLongStopForgotten},
    Named{"no_end_of_service", Mutant::kNoEndOfService},
    Named{"nonce_forgotten", Mutant::kNonceForgotten},
    Named{"repeat_allowed", Mutant::kRepeatAllowed},
    Named{"bolus_goes_on", Mutant::kBolusGoesOn},
    Named{"bolus_mislogged", Mutant::kBolusMislogged},
    Named{"limit_unset", Mutant::kLimitUnset},
    Named{"rate_wrong_unlimited", Mutant::kRateWrongUnlimited},
    Named{"rate_edges_refused", Mutant::kRateEdgesRefused},
    Named{"rate_range_wide", Mutant::kRateRangeWide},
    Named{"alarm_once", Mutant::kAlarmOnce},
    Named{"silence_unlimited", Mutant::kSilenceUnlimited},
    Named{"silence_deaf", Mutant::kSilenceDeaf},
    Named{"memory_unrepaired", Mutant::kMemoryUnrepaired},
    Named{"memory_loss_unsaid", Mutant::kMemoryLossUnsaid},
    Named{"recovery_unlogged", Mutant::kRecoveryUnlogged},
    Named{"log_gap", Mutant::kLogGap},
    Named{"log_altered", Mutant::kLogAltered},
    Named{"capacity_unchecked", Mutant::kCapacityUnchecked},
    Named{"residual_unjudged", Mutant::kResidualUnjudged},
    Named{"forecast_without_boluses", Mutant::kForecastWithoutBoluses},
    Named{"forecast_without_bridge", Mutant::kForecastWithoutBridge},
    Named{"replace_by_blank", Mutant::kReplaceByBlank},
    Named{"uneven", Mutant::kUneven},
    Named{"runaway", Mutant::kRunaway},
    Named{"runaway_unlimited", Mutant::kRunawayUnlimited},
    Named{"reverse_ignored", Mutant::kReverseIgnored},
    Named{"update_stops", Mutant::kUpdateStops},
    Named{"update_pauses", Mutant::kUpdatePauses},
    Named{"update_answered_early", Mutant::kUpdateAnsweredEarly},
    Named{"cut_update_taken", Mutant::kCutUpdateTaken},
    Named{"lost_link_stops", Mutant::kLostLinkStops},
    Named{"half_written", Mutant::kHalfWritten},
    Named{"self_test_skipped", Mutant::kSelfTestSkipped},
    Named{"self_test_unsaid", Mutant::kSelfTestUnsaid},
    Named{"code_unguarded", Mutant::kCodeUnguarded},
    Named{"ram_unguarded", Mutant::kRamUnguarded},
    Named{"watchdog_late", Mutant::kWatchdogLate},
    Named{"keys_by_radio", Mutant::kKeysByRadio},
    Named{"clear_allowed", Mutant::kClearAllowed},
    Named{"replay_taken", Mutant::kReplayTaken},
    Named{"back_off_never", Mutant::kBackOffNever},
    Named{"idle_forever", Mutant::kIdleForever},
    Named{"radio_unlimited", Mutant::kRadioUnlimited},
    Named{"roles_ignored", Mutant::kRolesIgnored},
    Named{"signature_unjudged", Mutant::kSignatureUnjudged},
    Named{"roll_back_taken", Mutant::kRollBackTaken},
    Named{"model_unjudged", Mutant::kModelUnjudged},
    Named{"damage_taken", Mutant::kDamageTaken},
    Named{"update_while_running", Mutant::kUpdateWhileRunning},
    Named{"concentration_forgotten", Mutant::kConcentrationForgotten},
    Named{"calendar_unjudged", Mutant::kCalendarUnjudged},
    Named{"jittery", Mutant::kJittery},
    Named{"backlog_given", Mutant::kBacklogGiven},
    Named{"battery_daily", Mutant::kBatteryDaily},
    Named{"battery_at_rest", Mutant::kBatteryAtRest},
    Named{"update_on_low_cell", Mutant::kUpdateOnLowCell},
    Named{"blank_trusted", Mutant::kBlankTrusted},
    Named{"bridge_again", Mutant::kBridgeAgain},
    Named{"last_nonce_only", Mutant::kLastNonceOnly},
    Named{"clock_jump_taken", Mutant::kClockJumpTaken},
    Named{"excess_forgotten", Mutant::kExcessForgotten},
    Named{"stop_forgotten_at_reset", Mutant::kStopForgottenAtReset},
    Named{"resets_alarm_forgotten", Mutant::kResetsAlarmForgotten},
    Named{"next_by_lockout", Mutant::kNextByLockout},
    Named{"clocks_unguarded", Mutant::kClocksUnguarded},
};
static_assert(kNamed.size() + 1 == static_cast<std::size_t>(Mutant::kCount), "every planted defect has a name");

}  // namespace

Result<pumpfw::Mutant> find_mutant(std::string_view name) {
  std::string known;
  for (const auto& [text, mutant] : kNamed) {
    if (text == name) return mutant;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  return fail(ErrorCode::kInvalidArgument, "no planted defect is called \"" + std::string(name) + "\"; known are " + known);
}

std::vector<std::string_view> mutant_names() {
  std::vector<std::string_view> out;
  for (const Named& named : kNamed) out.push_back(named.name);
  return out;
}

}  // namespace pumprig::twin
