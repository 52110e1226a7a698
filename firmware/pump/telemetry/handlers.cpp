// One function a message: what is asked of the pump, and what is answered.
#include "firmware/protocol/messages.h"
#include "firmware/pump/pump.h"
#include "firmware/pump/telemetry/link_server.h"

namespace pumpfw {
namespace {

using protocol::MotorDriverState;
using protocol::StatusCode;

constexpr Tick kConversionPatience = kSecond / 20;

MotorDriverState driver_state(const MotorDriver& driver) {
  switch (driver.state()) {
    case MotorDriver::State::kOff:
      return MotorDriverState::kOff;
    case MotorDriver::State::kSettingUp:
      return MotorDriverState::kStarting;
    case MotorDriver::State::kReady:
      return MotorDriverState::kReady;
    case MotorDriver::State::kFailed:
      break;
  }
  const bool silent = driver.cause() == MotorDriver::Cause::kSilent || driver.cause() == MotorDriver::Cause::kCorrupt;
  return silent ? MotorDriverState::kNoAnswer : MotorDriverState::kFault;
}

std::uint32_t seconds_up(Tick ticks) {
  return static_cast<std::uint32_t>((ticks + kSecond - 1) / kSecond);
}

std::uint32_t next_bolus_s(Tick left) {
  return left == kNever ? protocol::kNoBolusByWaiting : seconds_up(left);
}

}  // namespace

std::uint8_t LinkServer::doses_left(Tick now) const {
  if (!pump_.program().patient_bolus_enabled) return 0;
  const std::uint32_t given = pump_.boluses().count_in_day(pump_.pump_time(now));
  const std::uint32_t most = pump_.program().bolus_max_per_24h;
  return static_cast<std::uint8_t>(given < most ? most - given : 0);
}

void LinkServer::on(Tick, const protocol::Identify&) {
  const BuildInfo& build = pump_.build();
  protocol::IdentifyReply out;
  out.image_kind = build.test_image ? protocol::ImageKind::kTest : protocol::ImageKind::kProduct;
  out.suites = security_.keyed() ? 1U << static_cast<unsigned>(protocol::Suite::kSealed) : security::SecureSessions::kSuites;
  out.model = build.model;
  out.board_serial = build.board_serial;
  out.capacity_nl = build.capacity_nl;
  out.firmware_major = build.version_major;
  out.firmware_minor = build.version_minor;
  out.firmware_patch = build.version_patch;
  out.firmware_hash = build.image_hash;
  out.boot_count = pump_.saved().resets;
  out.reset_cause = static_cast<protocol::ResetCause>(pump_.reset_cause());
  reply(StatusCode::kOk, out);
}

void LinkServer::on(Tick now, const protocol::ReadStatus&) {
  if (pump_.senses_fresh(now)) return answer_status(now);
  pump_.read_senses();
  wait_ = Wait::kSenses;
  timeout_ = now + kConversionPatience;
}

void LinkServer::answer_status(Tick now) {
  protocol::StatusReply out;
  out.therapy_state = pump_.therapy_state();
  out.basal_rate_nl_per_day = pump_.program().basal_rate_nl_per_day;
  out.steps_total = pump_.ledger().steps_in_life();
  out.bolus_steps_delivered = pump_.bolus_given();
  out.bolus_steps_remaining = pump_.bolus_left();
  out.reservoir_nl = pump_.ledger().left_nl();
  out.alarm_bits = pump_.alarms().mask();
  out.lockout_remaining_s = seconds_up(pump_.lockout_left(now));
  out.boluses_last_24h = static_cast<std::uint8_t>(pump_.boluses().count_in_day(pump_.pump_time(now)));
  out.doses_left_24h = doses_left(now);
  out.monotonic_ticks = now;
  out.rtc_ticks = pump_.rtc_ticks(now);
  out.outlet_pressure_pa = pump_.outlet_pascals();
  out.battery_mv = pump_.battery_mv();
  out.motor_driver = driver_state(pump_.driver());
  out.log_newest_seq = pump_.log().newest();
  out.program_revision = pump_.program_revision();
  out.rate_now_nl_per_day = pump_.rate_now(now);
  out.phase_remaining_nl = static_cast<std::uint32_t>(nl_from_steps(pump_.saved().phase_left));
  out.tube_concentration_ng_per_ml = pump_.saved().tube_concentration_ng_per_ml;
  out.local_time_s = pump_.local_time_s(now);
  out.battery_loaded_mv = pump_.loaded_mv();
  out.battery_used_permille = used_permille(pump_.cell_used_uc(now));
  if (!pump_.mutation().is(Mutant::kReplaceByBlank)) out.replace_by_s = pump_.local_second_of(pump_.replace_by(now));
  const ReservoirForecast forecast = pump_.reservoir_forecast(now);
  out.reservoir_low_at_s = forecast.low_at_s;
  out.reservoir_empty_at_s = forecast.empty_at_s;
  out.temperature_decic = pump_.temperature_decic();
  const bool measured = pump_.reservoir_counts() != hal::kNoReservoirSensor;
  out.reservoir_measured_nl = measured ? pump_.reservoir_counts() * 1000U : Pump::kNotMeasured;
  out.radio_ms = air_.ms();
  out.radio_strangers_ms = air_.strangers_ms();
  out.receiver_off_s = static_cast<std::uint32_t>(receiver_off_ / kSecond);
  out.next_bolus_in_s = next_bolus_s(pump_.next_bolus_left(now));
  out.boluses_granted = pump_.saved().boluses_granted;
  out.boluses_refused = pump_.saved().boluses_refused;
  out.given_nl = static_cast<std::uint32_t>(nl_from_steps(pump_.ledger().steps_since_refill()));
  out.self_test_failed = pump_.self_test_failed();
  reply(StatusCode::kOk, out);
}

void LinkServer::on(Tick now, const protocol::SelfTest&) {
  const StatusCode status = pump_.self_test(now);
  if (status != StatusCode::kOk) return refuse(status);
  wait_ = Wait::kSelfTest;
  timeout_ = now + kPatience;
}

// What it found is in the log before it is told.
void LinkServer::answer_self_test(Tick now) {
  reply(StatusCode::kOk, protocol::SelfTestReply{pump_.self_tested(), pump_.self_test_failed(), pump_.rtc_ticks(now)});
  wait_ = Wait::kSettled;
  timeout_ = now + kPatience;
}

void LinkServer::on(Tick, const protocol::ReadProgram&) {
  reply(StatusCode::kOk, protocol::ProgramReply{pump_.program(), protocol::checksum(pump_.program()), pump_.program_revision()});
}

void LinkServer::on(Tick now, const protocol::WriteProgram& message) {
  StatusCode status = StatusCode::kBadChecksum;
  if (protocol::checksum(message.program) == message.crc) status = pump_.set_program(now, message.program);
  reply(status, protocol::WriteProgramReply{pump_.program_revision()});
}

void LinkServer::answer_therapy(Tick now, StatusCode status) {
  reply(status, protocol::TherapyReply{pump_.therapy_state(), pump_.rtc_ticks(now)});
}

void LinkServer::on(Tick now, const protocol::StartTherapy&) {
  answer_therapy(now, pump_.start(now));
}

void LinkServer::on(Tick now, const protocol::StopTherapy&) {
  answer_therapy(now, pump_.stop(now, role_));
}

void LinkServer::on(Tick now, const protocol::Prime& message) {
  answer_therapy(now, pump_.prime(now, message.volume_nl));
}

void LinkServer::on(Tick now, const protocol::CancelPrime&) {
  answer_therapy(now, pump_.end_prime(now));
}

void LinkServer::on(Tick now, const protocol::CancelBolus&) {
  answer_therapy(now, pump_.end_bolus(now));
}

void LinkServer::on(Tick now, const protocol::GiveBolus& message) {
  protocol::BolusReply out;
  const StatusCode status = pump_.give_bolus(now, request_.nonce, message.dose_nl, message.duration_s);
  if (status == StatusCode::kOk) out.dose_nl = message.dose_nl;
  out.lockout_remaining_s = seconds_up(pump_.lockout_left(now));
  out.doses_left_24h = doses_left(now);
  out.next_bolus_in_s = next_bolus_s(pump_.next_bolus_left(now));
  out.rtc_ticks = pump_.rtc_ticks(now);
  reply(status, out);
}

void LinkServer::on(Tick now, const protocol::SetClock& message) {
  const StatusCode status = pump_.set_clock(now, message.local_time_s, role_);
  reply(status, protocol::ClockReply{pump_.local_time_s(now), pump_.rtc_ticks(now)});
}

void LinkServer::on(Tick now, const protocol::TestAlarm&) {
  const StatusCode status = pump_.test_alarm(now, role_);
  reply(status, protocol::AlarmReply{pump_.alarms().mask()});
}

void LinkServer::on(Tick now, const protocol::RequestBolus&) {
  protocol::BolusReply out;
  const StatusCode status = pump_.request_bolus(now, request_.nonce);
  if (status == StatusCode::kOk) out.dose_nl = pump_.program().bolus_dose_nl;
  out.lockout_remaining_s = seconds_up(pump_.lockout_left(now));
  out.doses_left_24h = doses_left(now);
  out.next_bolus_in_s = next_bolus_s(pump_.next_bolus_left(now));
  out.rtc_ticks = pump_.rtc_ticks(now);
  reply(status, out);
}

void LinkServer::on(Tick now, const protocol::EnterReservoir& message) {
  protocol::ReservoirReply out;
  out.expected_nl = pump_.ledger().left_nl();
  const bool judged = message.capacity_nl != 0 && !pump_.mutation().is(Mutant::kCapacityUnchecked);
  const bool other_model = judged && message.capacity_nl != pump_.build().capacity_nl;
  out.residual = pump_.judge_residual(message.residual_nl);
  const StatusCode status =
      other_model ? StatusCode::kModelMismatch : pump_.enter_reservoir(now, message.volume_nl, message.refill, message.residual_nl);
  out.reservoir_nl = pump_.ledger().left_nl();
  reply(status, out);
}

void LinkServer::on(Tick now, const protocol::ClearAlarm& message) {
  StatusCode status = StatusCode::kOk;
  for (std::uint8_t i = 0; i < AlarmList::kSize; ++i) {
    const auto id = static_cast<AlarmId>(i);
    if ((message.alarm_bits & protocol::bit(id)) == 0) continue;
    const StatusCode one = pump_.clear_alarm(now, id, role_);
    if (one != StatusCode::kOk) status = one;
  }
  reply(status, protocol::AlarmReply{pump_.alarms().mask()});
}

void LinkServer::on(Tick now, const protocol::SilenceAlarm& message) {
  const StatusCode status = pump_.silence(now, message.duration_s, role_);
  reply(status, protocol::AlarmReply{pump_.alarms().mask()});
}

void LinkServer::on(Tick now, const protocol::EstablishState& message) {
  refuse(pump_.establish(now, message.state, message.erase_program));
}

void LinkServer::on(Tick now, const protocol::ReadState&) {
  protocol::StateReply out;
  const SavedState& saved = pump_.saved();
  out.rtc_ticks = pump_.rtc_ticks(now);
  out.state.calendar_offset_s = saved.calendar_offset_s;
  out.state.reservoir_nl = pump_.ledger().left_nl();
  out.state.steps_total = pump_.ledger().steps_in_life();
  out.state.boluses_granted = saved.boluses_granted;
  out.state.boluses_refused = saved.boluses_refused;
  out.state.battery_used_permille = used_permille(pump_.cell_used_uc(now));
  const BolusHistory& history = pump_.boluses();
  for (std::uint8_t age = 0; age < history.size(); ++age) {
    const BolusEntry& entry = history.at(age);
    protocol::BolusRecord record;
    record.age_s = static_cast<std::uint32_t>((pump_.pump_time(now) - entry.start) / kSecond);
    record.volume_nl = static_cast<std::uint32_t>(nl_from_steps(entry.steps));
    record.duration_s = seconds_up(entry.end - entry.start);
    out.state.boluses.push(record);
  }
  reply(StatusCode::kOk, out);
}

void LinkServer::on(Tick now, const protocol::ResetDevice& message) {
  if (message.kind != protocol::ResetKind::kSoftware) return refuse(StatusCode::kBadFieldValue);
  pump_.request_reset(now, role_);
  reset_at_ = now + kResetDelay;
  refuse(StatusCode::kOk);
}

}  // namespace pumpfw
