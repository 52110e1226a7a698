#include "rig/twin/assembly/pump_electronics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "firmware/hal/board_facts.h"
#include "firmware/pump/storage/layout.h"
#include "rig/twin/assembly/pump_texts.h"

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

}  // namespace

PumpElectronics::PumpElectronics(Parts parts)
    : PumpSide(parts.plant, parts.reservoir_sensor),
      executor_(parts.executor),
      board_(parts.board),
      telemetry_(parts.telemetry),
      clock_(parts.clock),
      rtc_(parts.clock),
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

void PumpElectronics::brown_out() {
  dipped_ = true;
  nudge_.set();
}

void PumpElectronics::hang_firmware() {
  hung_ = true;
  nudge_.set();
}

void PumpElectronics::flip_program_bit(int copy) {
  constexpr std::size_t kInTheProgram = 17;  // of a slot: behind its head
  board_.nvm()[pumpfw::kProgramSlots + (copy == 2 ? pumpfw::kSlotSize : 0) + kInTheProgram] ^= 0x04;
}

void PumpElectronics::flip_code_bit() {
  const auto code = board_.code();
  code[code.size() / 2] ^= 0x04;
}

void PumpElectronics::flip_ram_bit() {
  board_.ram()[1] ^= 0x04;
}

// What is armed is armed in ticks.
void PumpElectronics::set_clock_errors(TimePoint at, double real_time_clock, double processor) {
  rtc_.set_fault(at, real_time_clock);
  clock_.set_fault(at, processor);
  if (deadline_ > at) deadline_ = std::max(instant_of(output_.deadline), at);
  if (step_due_ != kNever && output_.step_at) step_due_ = std::max(instant_of(*output_.step_at), at);
  nudge_.set();
}

Status PumpElectronics::boot(ResetCause cause) {
  boot_tick_ = clock_.tick_at(now_);
  step_due_ = motor_due_ = outlet_due_ = sense_due_ = kNever;
  motor_rx_.clear();
  pins_.motor_driver().enable(false);
  pins_.set_tone(now_, BuzzerTone::kOff);
  hung_ = false;
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
    if (hung_) CO_TRY(co_await sleep_out_hang());
    if (hung_ && dipped_) {
      CO_TRY(co_await reset());
      continue;
    }
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
      CO_TRY(co_await reset());
      continue;
    }
    const Status came = co_await nudge_.wait(next_instant());
    if (!came && came.error().code != ErrorCode::kTimeout) co_return came;
  }
}

Task<void> PumpElectronics::reset() {
  const ResetCause cause = dipped_ ? ResetCause::kBrownOut : output_.reset_cause;
  std::string text(reset_text(cause));
  if (cause == ResetCause::kWatchdog) {
    text += ": the firmware should have run again at " + seconds_text(deadline_) + ", and the watchdog bit at " + seconds_text(now_);
  }
  tell(now_, "reset", text);
  dipped_ = output_.reset_requested = false;
  ++resets_;
  now_ += kResetTime;
  CO_TRY(co_await executor_.sleep_until(now_));
  co_return boot(cause);
}

// The timer still makes the pulse that was armed. What comes in on the lines meanwhile is lost.
Task<void> PumpElectronics::sleep_out_hang() {
  const TimePoint bite = instant_of(output_.deadline + hal::kWatchdogGrace + 1);
  while (!dipped_ && now_ < bite) {
    const Status came = co_await nudge_.wait(std::min(bite, step_due_));
    if (!came && came.error().code != ErrorCode::kTimeout) co_return came;
    now_ = std::max(now_, std::min({executor_.now(), bite, step_due_}));
    if (now_ >= step_due_) fire_step();
  }
  motor_due_ = outlet_due_ = sense_due_ = kNever;
  input_.flags = 0;
  if (telemetry_.discard_input() > 0) heard_.set();
  co_return Status{};
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
  return std::min({deadline_, step_due_, motor_due_, outlet_due_, sense_due_});
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
  if (now >= sense_due_) {
    input_.flags |= hal::kEventSense;
    input_.sense_channel = sense_channel_;
    input_.sense_counts = pins_.sense_counts(now, sense_channel_);
    sense_due_ = kNever;
  }
  if (magnet_changed_) {
    input_.flags |= hal::kEventMagnet;
    magnet_changed_ = false;
  }
  input_.magnet = magnet_;
  input_.wired = wired_;
  if (!output_.receiver_on && telemetry_.discard_input() > 0) heard_.set();
  input_.telemetry_rx.resize(kLargestTelemetryChunk);
  TRY_ASSIGN(const std::size_t got, telemetry_.try_read(input_.telemetry_rx));
  input_.telemetry_rx.resize(got);
  if (got > 0) {
    input_.flags |= hal::kEventTelemetryRx;
    heard_.set();
  }
  input_.rotor_count = pins_.rotor_count();
  return {};
}

void PumpElectronics::fire_step() {
  const TimePoint at = step_due_;
  step_due_ = kNever;
  input_.flags |= hal::kEventStep;
  input_.step_at = clock_.tick_at(at) - boot_tick_;
  pins_.step(now_, output_.motor_enabled);
  if (pins_.cell().browns_out(now_)) brown_out();
  convert_outlet();
}

void PumpElectronics::convert_outlet() {
  input_.flags |= hal::kEventOutlet;
  input_.outlet_counts = pins_.outlet_counts(now_);
  outlet_due_ = kNever;
}

void PumpElectronics::obey() {
  deadline_ = instant_of(output_.deadline);
  step_due_ = output_.step_at ? std::max(instant_of(*output_.step_at), now_) : kNever;
  pins_.motor_driver().enable(output_.motor_enabled);
  pins_.set_tone(now_, output_.tone);
  if (output_.start_outlet) outlet_due_ = now_ + kConversion;
  if (output_.start_sense != hal::AdcChannel::kNone) {
    sense_channel_ = output_.start_sense;
    sense_due_ = now_ + kConversion;
  }
  if (!output_.motor_tx.empty()) send_to_motor(output_.motor_tx);
  telemetry_tx_.assign(output_.telemetry_tx.begin(), output_.telemetry_tx.end());
}

// The board hears its own bytes, then the chip's answer, on the same wire.
void PumpElectronics::send_to_motor(const Bytes& bytes) {
  motor_rx_.insert(motor_rx_.end(), bytes.begin(), bytes.end());
  auto line_time = static_cast<std::int64_t>(bytes.size()) * kByteNs;
  motor_reply_.clear();
  pins_.motor_driver().receive(bytes, motor_reply_);
  if (!motor_reply_.empty()) {
    motor_rx_.insert(motor_rx_.end(), motor_reply_.begin(), motor_reply_.end());
    line_time += kReplyDelayNs + static_cast<std::int64_t>(motor_reply_.size()) * kByteNs;
  }
  motor_due_ = std::max(now_, motor_due_ == kNever ? kRunStart : motor_due_) + Duration(line_time);
}

}  // namespace pumprig::twin
