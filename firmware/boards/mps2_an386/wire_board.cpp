#include "firmware/boards/mps2_an386/wire_board.h"

#include <algorithm>

#include "firmware/boards/mps2_an386/irq_lock.h"
#include "firmware/boards/mps2_an386/power.h"
#include "firmware/boards/mps2_an386/timers.h"

namespace pumpfw::mps2 {

WireBoard wire_board;

namespace {

// A pulse that lies further away is armed in pieces: the timer has 32 bits.
constexpr std::uint64_t kLongestStepWait = 60ULL * kClockHz;

// The line of the motor's bus rests: what was on it is over. An answer follows the echo at once, but an emulator on a busy machine hands
// over byte by byte with pauses.
constexpr std::uint64_t kMotorRest = kClockHz / 100;
// A transmission takes a millisecond or two. An echo that is not there after so long does not come any more.
constexpr std::uint64_t kLongestTransmission = 2 * kClockHz / 5;
constexpr std::uint64_t kLookAtMotor = kClockHz / 500;

// The emulator looks at its lines when something happens in it, and a receiver that is switched on is nothing: a timer is.
constexpr std::uint64_t kLookForStart = kClockHz / 100;

void wait_for_interrupt_if(bool wanted) {
  // With interrupts masked a pending one ends WFI and is taken behind it: none is slept through.
  if (wanted) __asm volatile("wfi" ::: "memory");
}

}  // namespace

void WireBoard::begin() {
  arm_watchdog(hal::kLongestSleep + hal::kWatchdogGrace);
  boot_ = find_boot();
  start_timers();
  telemetry_.start();
  motor_.start();
  pins_.start();
  std::fill(frame_, frame_ + pins::kFiller, std::uint8_t{0});
  pins_.write({frame_, pins::kFiller});
  pins_.write({frame_, pins::encode(frame_, static_cast<std::uint8_t>(boot_.boot), pins::Hello{boot_.boot, boot_.cause})});
  while (!started_) {
    {
      const IrqLock lock;
      arm_deadline(kLookForStart);
      wait_for_interrupt_if(!pins_.has_received());
    }
    read_pins();
  }
  rtc_base_ = start_.rtc - ticks_of(clocks());
  rotor_ = start_.rotor;
  switches_ = start_.switches;
  came_ = hal::kEventBoot;
}

void WireBoard::gather() {
  read_pins();
  events_ = {};
  events_.reset_cause = boot_.cause;
  events_.motor_rx = motor_.read(motor_bytes_);
  events_.telemetry_rx = telemetry_.read(telemetry_bytes_);
  if (!events_.motor_rx.empty()) came_ |= hal::kEventMotorRx;
  if (!events_.telemetry_rx.empty()) came_ |= hal::kEventTelemetryRx;
  events_.flags = came_;
  came_ = 0;
  events_.step_at = step_at_;
  events_.rotor_count = rotor_;
  events_.outlet_counts = outlet_counts_;
  events_.sense_channel = sense_channel_;
  events_.sense_counts = sense_counts_;
  events_.magnet = switches_.magnet;
  events_.wired = switches_.wired;
  now_ = ticks_of(clocks());
}

void WireBoard::read_pins() {
  std::uint8_t piece[32];
  for (;;) {
    const auto got = pins_.read(piece);
    if (got.empty()) return;
    for (const std::uint8_t byte : got) {
      assembler_.put(byte);
      while (const auto frame = assembler_.next()) take_pin_frame(*frame);
    }
  }
}

void WireBoard::take_pin_frame(const pins::Frame& frame) {
  if (frame.boot != static_cast<std::uint8_t>(boot_.boot)) return;  // meant for the time before the reset
  pins::Sense sense;
  pins::Switches switches;
  hal::ResetCause cause = hal::ResetCause::kPin;
  hal::Tick rtc = 0;
  switch (frame.kind) {
    case pins::Kind::kStart:
      started_ = started_ || pins::decode(frame.payload, start_);
      break;
    case pins::Kind::kSense:
      if (pins::decode(frame.payload, sense)) take_sense(sense);
      break;
    case pins::Kind::kSwitches:
      if (!pins::decode(frame.payload, switches)) break;
      if (switches.magnet != switches_.magnet) came_ |= hal::kEventMagnet;
      switches_ = switches;
      break;
    case pins::Kind::kClock:
      if (pins::decode_clock(frame.payload, rtc)) rtc_base_ = rtc - ticks_of(clocks());
      break;
    case pins::Kind::kReset:
      if (pins::decode_reset(frame.payload, cause)) reset_for(cause);
      break;
    case pins::Kind::kHang:
      hang();
    default:
      break;
  }
}

void WireBoard::take_sense(const pins::Sense& sense) {
  rotor_ = sense.rotor;
  if (sense.outlet) {
    outlet_counts_ = sense.outlet_counts;
    came_ |= hal::kEventOutlet;
  }
  if (sense.channel != hal::AdcChannel::kNone) {
    sense_channel_ = sense.channel;
    sense_counts_ = sense.sense_counts;
    came_ |= hal::kEventSense;
  }
  if (!pulse_.fired || sense.step != pulse_.number) return;
  step_at_ = ticks_of(pulse_.clock);
  pulse_.fired = false;
  came_ |= hal::kEventStep;
}

void WireBoard::settle(const lockstep::TurnOutput& out) {
  telemetry_.write(out.telemetry_tx());
  telemetry_.listen(out.receiver_on);
  if (out.motor_size > 0) send_motor(out.motor_tx());
  // Around a pulse the motor driver must be on: it is enabled before the pulse is armed, and disabled after it is disarmed.
  if (!out.step_armed) settle_step(out);
  send_turn(out);
  if (out.step_armed) settle_step(out);
  if (out.reset) {
    wait_until_sent();
    reset_for(hal::ResetCause::kSoftware);
  }
  deadline_ = out.deadline;
  arm_watchdog(deadline_ - now_ + hal::kWatchdogGrace);
}

// A pulse that went out while the logic ran, or that it has not heard of yet, stands for the one that it armed: its event comes first.
void WireBoard::settle_step(const lockstep::TurnOutput& out) {
  const IrqLock lock;
  if (pulse_.fired) return;
  if (!out.step_armed) {
    pulse_.armed = false;
    disarm_step_timer();
  } else if (!pulse_.armed || pulse_.at != out.step_at) {
    pulse_.armed = true;
    pulse_.at = out.step_at;
    pulse_.clock = first_clock_of(out.step_at);
    arm_step_interrupt();
  }
}

void WireBoard::arm_step_interrupt() {
  const std::uint64_t now = clocks();
  const std::uint64_t due = pulse_.clock;
  arm_step_timer(due > now ? std::min(due - now, kLongestStepWait) : 0);
}

void WireBoard::on_step_timer() {
  clear_step_interrupt();
  if (!pulse_.armed) return;
  const std::uint64_t now = clocks();
  if (now < pulse_.clock) return arm_step_interrupt();
  pulse_.armed = false;
  pulse_.fired = true;
  pulse_.clock = now;
  pulse_.number = pulse_.number + 1;
  std::uint8_t frame[pins::kFrameCapacity];
  const pins::Step step{now, pulse_.at, pulse_.number};
  pins_.write({frame, pins::encode(frame, static_cast<std::uint8_t>(boot_.boot), step)});
}

void WireBoard::send_turn(const lockstep::TurnOutput& out) {
  pins::Turn turn;
  turn.clock = clocks();
  turn.deadline = out.deadline;
  turn.motor_enabled = out.motor_enabled;
  turn.start_outlet = out.start_outlet;
  turn.start_sense = out.start_sense;
  turn.reset = out.reset;
  for (Uart* line : {&telemetry_, &motor_, &pins_}) turn.overrun |= line->take_overrun();
  turn.tone = out.tone;
  turn.violation = out.violation;
  pins_.write({frame_, pins::encode(frame_, static_cast<std::uint8_t>(boot_.boot), turn)});
}

bool WireBoard::something_came() const {
  return pins_.has_received() || motor_.has_received() || telemetry_.has_received();
}

void WireBoard::send_motor(std::span<const std::uint8_t> bytes) {
  const IrqLock lock;
  motor_owed_ = static_cast<std::uint32_t>(bytes.size());
  motor_mark_ = motor_.received_count();
  motor_seen_ = motor_mark_;
  motor_sent_at_ = clocks();
  motor_.write(bytes);
}

bool WireBoard::motor_bus_busy(std::uint64_t now) {
  const std::uint32_t received = motor_.received_count();
  if (received != motor_seen_) motor_heard_at_ = now;
  motor_seen_ = received;
  if (received - motor_mark_ < motor_owed_) return now - motor_sent_at_ < kLongestTransmission;
  return motor_.has_received() && now - motor_heard_at_ < kMotorRest;
}

// The logic hears echo and answer as one, when the line rests, and it is not woken in the middle of a transmission: how long that takes is
// the line's affair, and the logic's time for an answer must not run out over it.
void WireBoard::sleep() {
  for (;;) {
    const IrqLock lock;
    const std::uint64_t now = clocks();
    const std::uint64_t due = first_clock_of(deadline_);
    const bool busy = motor_bus_busy(now);
    if (!busy && (now >= due || something_came())) return;
    arm_deadline(busy ? kLookAtMotor : due - now);
    wait_for_interrupt_if(true);
  }
}

void WireBoard::wait_until_sent() {
  while (!telemetry_.all_sent() || !motor_.all_sent() || !pins_.all_sent()) {
    const IrqLock lock;
    wait_for_interrupt_if(!telemetry_.all_sent() || !motor_.all_sent() || !pins_.all_sent());
  }
}

// A planted mistake: as a logic that never comes back. Interrupts go on, the watchdog is not kicked any more.
void WireBoard::hang() {
  for (;;) __asm volatile("" ::: "memory");
}

}  // namespace pumpfw::mps2

extern "C" {
void uart0_receive_irq() {
  pumpfw::mps2::wire_board.uart(0).on_received();
}
void uart0_send_irq() {
  pumpfw::mps2::wire_board.uart(0).on_sent();
}
void uart1_receive_irq() {
  pumpfw::mps2::wire_board.uart(1).on_received();
}
void uart1_send_irq() {
  pumpfw::mps2::wire_board.uart(1).on_sent();
}
void uart2_receive_irq() {
  pumpfw::mps2::wire_board.uart(2).on_received();
}
void uart2_send_irq() {
  pumpfw::mps2::wire_board.uart(2).on_sent();
}
void step_timer_irq() {
  pumpfw::mps2::wire_board.on_step_timer();
}
}
