// What is looked at now and then: the cell, the pump's temperature, the volume in the reservoir. And resets that come too often.
#include "firmware/pump/pump.h"
#include "firmware/pump/reservoir/forecast.h"

namespace pumpfw {
namespace {

constexpr Tick kLookPeriod = FlowEvidence::kPeriod;
constexpr Tick kBatteryPeriod = 5 * kHour;  // REQ-501: at least four times a day
constexpr Tick kLowVoltageAgain = kMinute;  // a voltage that would end therapy is measured again before it does
constexpr std::uint8_t kLowVoltageSeries = 3;
constexpr Tick kNoticeOver = 100 * kDay;  // the notice ends when the charge lasts so long after all
constexpr Tick kSagsApart = 4 * kHour;    // voltages below that of the notice are counted so far apart …
constexpr std::int8_t kSags = 3;          // … and so many in a row are one, where the count of charge agrees; else three days of them
constexpr std::int8_t kSagsAgainstTheCount = 15;
constexpr std::uint64_t kSagsPlausibleUc = cell::kCapacityUc / 10 * 8;
constexpr std::uint8_t kBatterySeriesEnd = 2;  // figure of the alarm: the voltage, 1 the notice's end, 0 the age
constexpr std::int16_t kColdDeciC = 300;       // REQ-707
constexpr std::int16_t kHotDeciC = 450;
constexpr std::int16_t kTemperatureBackDeciC = 5;  // inside the bounds again by so much
constexpr std::uint8_t kResetsTooMany = 3;         // REQ-505: in 24 h
constexpr Tick kUnderInfusionTooLong = 48 * kHour;

}  // namespace

CellCount Pump::cell_count() const {
  return {store_.state.cell_used_uc, store_.state.cell_at, store_.state.cell_steps};
}

std::uint64_t Pump::cell_used_uc(Tick now) const {
  return cell_count().used_now_uc(pump_time(now), ledger_.steps_in_life());
}

void Pump::spend_air(std::size_t bytes) {
  air_nc_ += bytes * cell::kAirNc;
  store_.state.cell_used_uc += air_nc_ / 1000;
  air_to_save_uc_ += air_nc_ / 1000;
  air_nc_ %= 1000;
  if (air_to_save_uc_ < cell::kAirPerSaveUc) return;
  air_to_save_uc_ = 0;
  save_progress();
}

// Of the program as it stands, and the patient's boluses of the last day.
std::uint64_t Pump::asked_steps_per_day(Tick now) const {
  const std::uint64_t nl = store_.state.run ? mean_with_timed(program()) : 0;
  return 2 * nl / kHalfNanolitresPerStep + boluses().steps_in(pump_time(now), kDay);
}

std::uint64_t Pump::present_current_na(Tick now) const {
  return current_na(asked_steps_per_day(now));
}

// The use that the notice goes by: it follows what is asked for within a day or so, so that neither a quarter of an hour of a high rate
// nor a pause is taken for the use that the rest of the charge will see.
void Pump::follow_use(Tick now) {
  if (!driving_) return;
  std::uint32_t& use = store_.state.use_256ths;
  const auto asked = static_cast<std::int64_t>(256 * asked_steps_per_day(now));
  constexpr auto kLooksADay = static_cast<std::int64_t>(kDay / kLookPeriod);
  const bool at_once = use == 0 || mutation_.is(Mutant::kUseOfTheMoment);
  use = static_cast<std::uint32_t>(at_once ? asked : use + (asked - use) / kLooksADay);
}

std::uint64_t Pump::lasting_current_na(Tick now) const {
  const std::uint32_t use = store_.state.use_256ths;
  return use != 0 ? current_na(use / 256) : present_current_na(now);
}

PumpTime Pump::replace_by(Tick now) const {
  const PumpTime age_end = kTimeOrigin + kServiceLife;
  const PumpTime since = store_.state.replace_since;
  const PumpTime cell_end = pump_time(now) + lasts(cell_used_uc(now), present_current_na(now));
  const PumpTime notice_end = since != 0 ? since + kReplaceNotice : age_end;
  const PumpTime earlier = cell_end < notice_end ? cell_end : notice_end;
  return earlier < age_end ? earlier : age_end;
}

std::int64_t Pump::local_second_of(PumpTime at) const {
  const std::uint64_t rtc_seconds = (at - kTimeOrigin) / kSecond;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(store_.state.calendar_offset_s) + rtc_seconds);
}

ReservoirForecast Pump::reservoir_forecast(Tick now) const {
  const std::uint64_t most = mutation_.is(Mutant::kForecastWithoutBoluses) ? mean_base(program()) : most_per_day_nl(program());
  if (program_revision() == 0 || most == 0) return {};
  const std::int64_t second = local_time_s(now);
  Lead lead;
  if (phase() != TherapyPhase::kBase && !mutation_.is(Mutant::kForecastWithoutBridge)) {
    lead.nl = nl_from_steps(store_.state.phase_left);
    lead.nl_per_day = phase() == TherapyPhase::kPriming ? kPrimeRateNlPerDay : program().bridge_rate_nl_per_day;
  }
  return {second + seconds_to(ledger_.left_nl(), program().low_reservoir_threshold_nl, lead, most),
          second + seconds_to(ledger_.left_nl(), 0, lead, most)};
}

// Both bounds must be passed: 14.5 % of what was programmed since the refill, and 1 mL, below which a syringe decides nothing.
protocol::Residual Pump::judge_residual(std::uint32_t residual_nl) const {
  if (residual_nl == kNotMeasured) return protocol::Residual::kNotMeasured;
  if (mutation_.is(Mutant::kResidualUnjudged)) return protocol::Residual::kFits;
  const std::uint64_t expected = ledger_.left_nl();
  const std::uint64_t apart = expected > residual_nl ? expected - residual_nl : residual_nl - expected;
  if (apart <= 1'000'000 || apart * 1000 <= nl_from_steps(ledger_.steps_since_refill()) * 145) return protocol::Residual::kFits;
  return residual_nl < expected ? protocol::Residual::kTooLittleLeft : protocol::Residual::kTooMuchLeft;
}

void Pump::look_around(Tick now) {
  look_due_ = now + kLookPeriod;
  if (mutation_.is(Mutant::kUneven)) follow_rate(now);
  follow_use(now);
  judge_battery(now);
  if (voltage_.running()) battery_due_ = now;  // the converter has not answered since the last look
  if (now >= battery_due_) {
    battery_due_ = now + (mutation_.is(Mutant::kBatteryDaily) ? kDay : kBatteryPeriod);
    battery_wanted_ = true;  // with the next step, when the motor draws its current
    if (!driving_ || mutation_.is(Mutant::kBatteryAtRest)) measure_battery();
  }
  if (!voltage_.running()) hal_.start_adc(hal::AdcChannel::kTemperature);
  if (alarms_.active(AlarmId::kUnderInfusion) && pump_time(now) - store_.state.under_since >= kUnderInfusionTooLong) {
    raise(now, AlarmId::kUnderInfusionLong);
  }
}

void Pump::measure_battery() {
  battery_wanted_ = false;
  voltage_.begin();
  hal_.start_adc(hal::AdcChannel::kBattery);
}

void Pump::take_sense(Tick now, hal::AdcChannel channel, std::uint16_t counts) {
  self_test_.take_sense(now, channel, counts);
  if (channel == hal::AdcChannel::kBattery) {
    battery_counts_ = counts;
    battery_at_ = now;
    if (!voltage_.running()) return;
    if (!voltage_.take(counts)) return hal_.start_adc(hal::AdcChannel::kBattery);
    take_voltage(now);
    return hal_.start_adc(hal::AdcChannel::kTemperature);
  }
  if (channel == hal::AdcChannel::kTemperature) {
    take_temperature(now, static_cast<std::int16_t>(counts + hal::kTemperatureZeroDeciC));
    return hal_.start_adc(hal::AdcChannel::kReservoir);
  }
  if (channel == hal::AdcChannel::kReservoir) take_reservoir(now, counts);
}

// Values in a row on one side of the notice's voltage, hours apart: a single one says nothing of a cell.
void Pump::follow_voltage(Tick now) {
  constexpr std::int8_t kEnough = 100;
  const bool low = voltage_.mv() < cell::kReplaceMv;
  const bool turned = low ? sags_ <= 0 : sags_ >= 0;
  if (!turned && now - sag_at_ < kSagsApart) return;
  sag_at_ = now;
  if (low) {
    sags_ = turned ? std::int8_t{1} : static_cast<std::int8_t>(sags_ < kEnough ? sags_ + 1 : sags_);
  } else {
    sags_ = turned ? std::int8_t{-1} : static_cast<std::int8_t>(sags_ > -kEnough ? sags_ - 1 : sags_);
  }
}

void Pump::take_voltage(Tick now) {
  follow_voltage(now);
  if (voltage_.mv() >= cell::kEndMv) {
    low_voltages_ = 0;
    return judge_battery(now);
  }
  if (low_voltages_ >= kLowVoltageSeries) return judge_battery(now);  // it has ended therapy: that is in the log
  note(now, LogCode::kBatteryLow, voltage_.mv());
  ++low_voltages_;
  battery_due_ = look_due_ = now + kLowVoltageAgain;
  judge_battery(now);
}

void Pump::judge_battery(Tick now) {
  if (mutation_.is(Mutant::kBatteryByVoltage) && (voltage_.mv() == 0 || voltage_.mv() >= cell::kReplaceMv)) return;
  SavedState& state = store_.state;
  const std::uint64_t used = cell_used_uc(now);
  const Tick left = lasts(used, lasting_current_na(now));
  const std::int8_t enough = used >= kSagsPlausibleUc ? kSags : kSagsAgainstTheCount;
  if (state.replace_since == 0 && (left < kReplaceNotice || sags_ >= enough)) {
    state.replace_since = pump_time(now);
    raise(now, AlarmId::kBatteryReplace, static_cast<std::int32_t>(left / kDay));
  }
  const bool noticed = state.replace_since != 0 && pump_time(now) < state.replace_since + kReplaceNotice;
  if (noticed && left >= kNoticeOver && sags_ <= -kSags && !mutation_.is(Mutant::kUseOfTheMoment)) {
    state.replace_since = 0;  // the load has fallen back for good
    drop(now, AlarmId::kBatteryReplace);
    save_state();
  }
  if (alarms_.active(AlarmId::kBatteryEnd) || mutation_.is(Mutant::kNoEndOfService)) return;
  const bool voltage_gone = low_voltages_ >= kLowVoltageSeries;
  const bool notice_over = state.replace_since != 0 && pump_time(now) >= state.replace_since + kReplaceNotice;
  if (!voltage_gone && !notice_over && pump_time(now) < kTimeOrigin + kServiceLife) return;
  halt(now, AlarmId::kBatteryEnd, voltage_gone ? kBatterySeriesEnd : notice_over ? 1 : 0);
}

void Pump::take_temperature(Tick now, std::int16_t decic) {
  temperature_decic_ = decic;
  const bool outside = decic < kColdDeciC || decic > kHotDeciC;
  if (outside && !mutation_.is(Mutant::kNoTemperatureNotice)) raise(now, AlarmId::kTemperature, decic);
  const bool well_inside = decic >= kColdDeciC + kTemperatureBackDeciC && decic <= kHotDeciC - kTemperatureBackDeciC;
  if (well_inside) drop(now, AlarmId::kTemperature);
}

void Pump::take_reservoir(Tick now, std::uint16_t counts) {
  reservoir_counts_ = counts;
  if (counts == hal::kNoReservoirSensor || mutation_.is(Mutant::kNoEvidence)) return;
  if (program_revision() == 0 && ledger_.empty()) return;  // nobody has filled it yet
  const std::uint32_t measured = counts * 1000U;
  if (ledger_disagrees(ledger_.left_nl(), measured)) {
    raise(now, AlarmId::kReservoirDisagrees, static_cast<std::int32_t>(measured / 1000));
  } else {
    drop(now, AlarmId::kReservoirDisagrees);
  }
  switch (evidence_.take({measured, nl_from_steps(ledger_.steps_in_life())})) {
    case FlowEvidence::Finding::kOver:
      return halt(now, AlarmId::kOverInfusion, static_cast<std::int32_t>(measured / 1000));
    case FlowEvidence::Finding::kUnder:
      if (store_.state.under_since == 0) store_.state.under_since = pump_time(now);
      return raise(now, AlarmId::kUnderInfusion, static_cast<std::int32_t>(measured / 1000));
    case FlowEvidence::Finding::kUnknown:
      if (under_from_before_) return;  // a reset is no reason to call it over
      [[fallthrough]];
    case FlowEvidence::Finding::kNone:
      end_under_infusion(now);
  }
}

void Pump::end_under_infusion(Tick now) {
  under_from_before_ = false;
  store_.state.under_since = 0;
  drop(now, AlarmId::kUnderInfusion);
  drop(now, AlarmId::kUnderInfusionLong);
}

// REQ-505: resets that nobody asked for, three in 24 h. Nobody switches a pump off: a power-on is a deep dip, unless it is the first, or
// the clock says that the pump was away for so long that somebody must have had it in hand.
void Pump::count_reset(Tick now) {
  using hal::ResetCause;
  const bool dip = reset_cause_ == ResetCause::kPowerOn && store_.state_found() != Store::Found::kNothing && !off_for_long_;
  if (reset_cause_ != ResetCause::kBrownOut && reset_cause_ != ResetCause::kWatchdog && !dip) return;
  SavedState& state = store_.state;
  state.reset_before_last = state.last_reset_but_one;
  state.last_reset_but_one = state.last_reset;
  state.last_reset = pump_time(now);
  if (state.reset_before_last == 0 || state.last_reset - state.reset_before_last >= kDay) return;
  if (!mutation_.is(Mutant::kResetsUncounted)) raise(now, AlarmId::kResets, kResetsTooMany);
}

}  // namespace pumpfw
