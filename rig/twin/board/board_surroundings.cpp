#include "rig/twin/board/board_surroundings.h"

#include <algorithm>

#include "firmware/hal/board_facts.h"

namespace pumprig::twin {
namespace {

using namespace pumpfw::hal;

std::uint16_t counts_of(AdcChannel channel) {
  if (channel == AdcChannel::kBattery) return 3050;
  return channel == AdcChannel::kReservoir ? kNoReservoirSensor : std::uint16_t{870};
}

constexpr Tick kBusDelay = 40;  // of chip and converters

}  // namespace

Status BoardSurroundings::boot(ResetCause cause, Tick dead) {
  TRY(board_.boot(cause));
  ++resets_;
  elapsed_before_ += here_ + dead;
  here_ = 0;
  const std::int32_t rotor = in_.rotor_count;
  in_ = BoardInput{};
  in_.rotor_count = rotor;
  in_.flags = kEventBoot;
  in_.reset_cause = cause;
  step_at_.reset();
  reply_at_.reset();
  chip_reply_.clear();
  return wake(0);
}

Status BoardSurroundings::wake(Tick at) {
  in_.now = at;
  in_.rtc = elapsed_before_ + at;
  if (!out_.receiver_on) {
    in_.flags &= ~kEventTelemetryRx;
    in_.telemetry_rx.clear();
  }
  before_wake();
  TRY(board_.wake(in_, out_));
  ++wakes_;
  if (!out_.telemetry_tx.empty()) ++replies_;
  after_wake();
  in_.flags = 0;
  in_.motor_rx.clear();
  in_.telemetry_rx.clear();
  if (!out_.reset_requested) obey();
  return {};
}

void BoardSurroundings::obey() {
  step_at_ = out_.step_at;
  if (!out_.motor_tx.empty()) {
    chip_reply_.insert(chip_reply_.end(), out_.motor_tx.begin(), out_.motor_tx.end());
    chip_.receive(out_.motor_tx, chip_reply_);
    in_.flags |= kEventMotorRx;
  }
  if (out_.start_outlet) in_.flags |= kEventOutlet;
  if (out_.start_sense != AdcChannel::kNone) {
    in_.flags |= kEventSense;
    in_.sense_channel = out_.start_sense;
  }
  if (in_.flags != 0) reply_at_ = in_.now + kBusDelay;
}

void BoardSurroundings::step() {
  in_.flags |= kEventStep | kEventOutlet;
  in_.step_at = *step_at_;
  step_at_.reset();
  if (!chip_.step(out_.motor_enabled)) return;
  ++steps_;
  if (!rotor_stuck_) ++in_.rotor_count;
  pulse_went_out();
}

Status BoardSurroundings::go_to(Tick at) {
  while (!out_.reset_requested) {
    Tick next = out_.deadline;
    if (step_at_) next = std::min(next, *step_at_);
    if (reply_at_) next = std::min(next, *reply_at_);
    if ((in_.flags & (kEventTelemetryRx | kEventMagnet)) != 0) next = std::min(next, here_ + 1);
    if (next > at) {
      here_ = at;
      break;
    }
    here_ = next;
    if (step_at_ && *step_at_ <= next) step();
    const bool answered = reply_at_ && *reply_at_ <= next;
    const std::uint32_t later = answered ? 0 : in_.flags & (kEventMotorRx | kEventSense);
    in_.flags &= ~later;
    if (answered) {
      in_.motor_rx.swap(chip_reply_);
      chip_reply_.clear();
      reply_at_.reset();
    }
    in_.outlet_counts = pressure_counts_;
    in_.sense_counts = counts_of(in_.sense_channel);
    TRY(wake(next));
    if (later != 0 && !out_.reset_requested) in_.flags |= later;
  }
  return {};
}

void BoardSurroundings::send_bytes(ByteView bytes) {
  in_.telemetry_rx.insert(in_.telemetry_rx.end(), bytes.begin(), bytes.end());
  if (!bytes.empty()) in_.flags |= kEventTelemetryRx;
}

}  // namespace pumprig::twin
