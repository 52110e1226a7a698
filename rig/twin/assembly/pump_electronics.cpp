#include "rig/twin/assembly/pump_electronics.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "firmware/hal/board_facts.h"

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;
using pumpfw::hal::ResetCause;
using BuzzerTone = pumpfw::hal::Tone;
namespace hal = pumpfw::hal;

// The motor bus: one wire, 115200 baud; the chip waits 8 bit times before it answers.
constexpr std::int64_t kBitNs = 1'000'000'000 / 115'200;
constexpr std::int64_t kByteNs = 10 * kBitNs;
constexpr std::int64_t kReplyDelayNs = 8 * kBitNs;
constexpr Duration kConversion = 50us;  // sample and convert one channel
constexpr Duration kResetTime = 2ms;    // from the reset to the first instruction
constexpr std::size_t kLargestTelemetryChunk = 256;
constexpr double kCellVolts = 3.05;  // a Li/CFx cell near the beginning of its life

std::uint16_t to_counts(double kpa) {
  const double counts = (kpa * 1000.0 - hal::kOutletZeroPa) * hal::kAdcFullScale / hal::kOutletSpanPa;
  return static_cast<std::uint16_t>(std::clamp(std::lround(counts), 0L, static_cast<long>(hal::kAdcFullScale)));
}

}  // namespace

PumpElectronics::PumpElectronics(Parts parts)
    : executor_(parts.executor),
      board_(parts.board),
      plant_(parts.plant),
      telemetry_(parts.telemetry),
      clock_(parts.clock),
      nudge_(parts.executor),
      heard_(parts.executor) {}

void PumpElectronics::set_magnet(bool on) {
  if (on == magnet_) return;
  magnet_ = on;
  magnet_changed_ = true;
  nudge_.set();
}

void PumpElectronics::jump_clock(double seconds) {
  rtc_jump_ += static_cast<Tick>(std::llround(seconds * static_cast<double>(hal::kTicksPerSecond)));
}

void PumpElectronics::dip_supply() {
  dipped_ = true;
  nudge_.set();
}

Status PumpElectronics::boot(ResetCause cause) {
  boot_tick_ = clock_.tick_at(now_);
  step_due_ = motor_due_ = outlet_due_ = battery_due_ = kNever;
  motor_rx_.clear();
  set_tone(BuzzerTone::kOff);
  deadline_ = now_;
  input_.flags = hal::kEventBoot;
  input_.reset_cause = cause;
  return board_.boot(cause);
}

Task<void> PumpElectronics::listen() {
  for (;;) {
    CO_TRY(co_await telemetry_.wait_readable(kNever));
    nudge_.set();
    CO_TRY(co_await heard_.wait());
  }
}

Task<void> PumpElectronics::run() {
  now_ = executor_.now();
  CO_TRY(boot(ResetCause::kPowerOn));
  for (;;) {
    follow_clock();
    CO_TRY(collect());
    if (input_.flags != 0 || now_ >= deadline_) {
      ++wakes_;
      CO_TRY(board_.wake(input_, output_));
      input_.flags = 0;
      if (!output_.reset_requested) obey();
      if (!telemetry_tx_.empty()) {
        CO_TRY(co_await telemetry_.write_all(telemetry_tx_, kNever));
        telemetry_tx_.clear();
      }
    }
    if (dipped_ || output_.reset_requested) {
      const ResetCause cause = dipped_ ? ResetCause::kBrownOut : output_.reset_cause;
      dipped_ = output_.reset_requested = false;
      ++resets_;
      now_ += kResetTime;
      CO_TRY(co_await executor_.sleep_until(now_));
      CO_TRY(boot(cause));
      continue;
    }
    const Status came = co_await nudge_.wait(next_instant());
    if (!came && came.error().code != ErrorCode::kTimeout) co_return came;
  }
}

// What is due happens at its instant, even when the machine comes late in wall time: a busy machine must neither cost the pump steps nor
// make its watchdog bite.
void PumpElectronics::follow_clock() {
  const TimePoint now = executor_.now();
  const TimePoint due = next_instant();
  if (due < now) worst_lag_ = std::max(worst_lag_, now - due);
  now_ = std::max(now_, std::min(now, due));
}

TimePoint PumpElectronics::next_instant() const {
  return std::min({deadline_, step_due_, motor_due_, outlet_due_, battery_due_});
}

Status PumpElectronics::collect() {
  const TimePoint now = now_;
  input_.now = now_ticks();
  input_.rtc = rtc_ticks();
  if (now >= step_due_) fire_step();
  if (now >= motor_due_) {
    input_.flags |= hal::kEventMotorRx;
    input_.motor_rx.assign(motor_rx_.begin(), motor_rx_.end());
    motor_rx_.clear();
    motor_due_ = kNever;
  } else {
    input_.motor_rx.clear();
  }
  if (now >= outlet_due_) convert_outlet();
  if (now >= battery_due_) {
    input_.flags |= hal::kEventBattery;
    input_.battery_counts = static_cast<std::uint16_t>(std::lround(std::max(kCellVolts - battery_drop_v_, 0.0) * 1000.0));  // 1 mV a count
    battery_due_ = kNever;
  }
  if (magnet_changed_) {
    input_.flags |= hal::kEventMagnet;
    magnet_changed_ = false;
  }
  input_.magnet = magnet_;
  input_.telemetry_rx.resize(kLargestTelemetryChunk);
  TRY_ASSIGN(const std::size_t got, telemetry_.try_read(input_.telemetry_rx));
  input_.telemetry_rx.resize(got);
  if (got > 0) {
    input_.flags |= hal::kEventTelemetryRx;
    heard_.set();
  }
  input_.rotor_count = rotor_count_;
  return {};
}

void PumpElectronics::fire_step() {
  const TimePoint at = step_due_;
  step_due_ = kNever;
  input_.flags |= hal::kEventStep;
  input_.step_at = clock_.tick_at(at) - boot_tick_;
  edge(instruments::Pin::kStep, true);
  if (motor_driver_.step(output_.motor_enabled)) {
    if (plant_.step(now_).moved && !rotor_stuck_) {
      ++rotor_count_;
      edge(instruments::Pin::kRotor, true);
    }
  }
  convert_outlet();
}

void PumpElectronics::convert_outlet() {
  input_.flags |= hal::kEventOutlet;
  input_.outlet_counts = to_counts(plant_.outlet_kpa(now_));
  outlet_due_ = kNever;
}

void PumpElectronics::obey() {
  deadline_ = instant_of(output_.deadline);
  step_due_ = output_.step_at ? std::max(instant_of(*output_.step_at), now_) : kNever;
  set_tone(output_.tone);
  if (output_.start_outlet) outlet_due_ = now_ + kConversion;
  if (output_.start_battery) battery_due_ = now_ + kConversion;
  if (!output_.motor_tx.empty()) send_to_motor(output_.motor_tx);
  telemetry_tx_.assign(output_.telemetry_tx.begin(), output_.telemetry_tx.end());
}

// The board hears its own bytes, then the chip's answer, on the same wire.
void PumpElectronics::send_to_motor(const Bytes& bytes) {
  motor_rx_.insert(motor_rx_.end(), bytes.begin(), bytes.end());
  auto line_time = static_cast<std::int64_t>(bytes.size()) * kByteNs;
  motor_reply_.clear();
  motor_driver_.receive(bytes, motor_reply_);
  if (!motor_reply_.empty()) {
    motor_rx_.insert(motor_rx_.end(), motor_reply_.begin(), motor_reply_.end());
    line_time += kReplyDelayNs + static_cast<std::int64_t>(motor_reply_.size()) * kByteNs;
  }
  motor_due_ = std::max(now_, motor_due_ == kNever ? kRunStart : motor_due_) + Duration(line_time);
}

void PumpElectronics::set_tone(BuzzerTone tone) {
  if (tone == tone_) return;
  const auto pin_of = [](BuzzerTone t) { return t == BuzzerTone::kLow ? instruments::Pin::kAlarmLow : instruments::Pin::kAlarmHigh; };
  if (tone_ != BuzzerTone::kOff) edge(pin_of(tone_), false);
  tone_ = tone;
  if (tone_ != BuzzerTone::kOff) edge(pin_of(tone_), true);
}

void PumpElectronics::edge(instruments::Pin pin, bool rising) {
  const instruments::Edge what{now_, pin, rising, rotor_count_};
  for (auto* listener : listeners_) listener->on_edge(what);
}

}  // namespace pumprig::twin
