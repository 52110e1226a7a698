#include "firmware/pump/testing/fake_board.h"

#include <algorithm>
#include <utility>

#include "firmware/pump/motor/tmc2209.h"

namespace pumpfw::testing {

std::array<std::uint32_t, 128> FakeDriver::power_on() {
  std::array<std::uint32_t, 128> registers{};
  registers[0x00] = 0x101;
  registers[0x01] = 0x1;
  registers[0x06] = 0x21000040;
  registers[0x6C] = 0x10000053;
  return registers;
}

void FakeDriver::power_dip() {
  registers_ = power_on();
  accepted_ = 0;
}

std::vector<std::uint8_t> FakeDriver::exchange(std::span<const std::uint8_t> sent) {
  if (silent) return {};
  if (!babble.empty()) return std::exchange(babble, {});
  std::vector<std::uint8_t> out(sent.begin(), sent.end());
  const bool good = !sent.empty() && tmc2209::crc8(sent.first(sent.size() - 1)) == sent.back() && (sent[0] & 15) == 5 && sent[1] == 0;
  if (!good) return out;
  const std::uint8_t reg = sent[2] & 0x7F;
  if (sent.size() == 8 && (sent[2] & 0x80) != 0) {
    const std::uint32_t value = std::uint32_t{sent[3]} << 24 | std::uint32_t{sent[4]} << 16 | std::uint32_t{sent[5]} << 8 | sent[6];
    registers_[reg] = reg == 0x01 ? registers_[reg] & ~value : value;
    ++accepted_;
  } else if (sent.size() == 4) {
    std::uint32_t value = registers_[reg];
    if (reg == 0x02) value = accepted_;
    if (reg == 0x6F) value = drv_status;
    std::vector<std::uint8_t> reply{5, 0xFF, reg};
    for (int shift = 24; shift >= 0; shift -= 8) reply.push_back(static_cast<std::uint8_t>(value >> shift));
    reply.push_back(tmc2209::crc8(reply));
    if (corrupt_replies > 0) {
      --corrupt_replies;
      reply[4] ^= 0x10;
    }
    out.insert(out.end(), reply.begin(), reply.end());
  }
  return out;
}

FakeBoard::FakeBoard(Pump::Config config) : config_(config) {
  boot(hal::ResetCause::kPowerOn);
}

void FakeBoard::boot(hal::ResetCause cause) {
  if (activated) {
    config_.build.version_major = static_cast<std::uint8_t>(activated->first >> 24);
    config_.build.version_minor = static_cast<std::uint8_t>(activated->first >> 16);
    config_.build.version_patch = static_cast<std::uint16_t>(activated->first);
  }
  pump_ = std::make_unique<Pump>(*this, config_);
  hal::Events events;
  events.flags = hal::kEventBoot;
  events.reset_cause = cause;
  wake(events);
}

void FakeBoard::reboot(hal::ResetCause cause, Tick dead) {
  if (write_at_ != kNever && torn_write) {
    const std::size_t size = std::min(*torn_write, write_bytes_.size());
    std::copy_n(write_bytes_.begin(), size, nvm.begin() + write_offset_);
  }
  step_at_ = motor_at_ = read_at_ = write_at_ = image_at_ = kNever;
  enabled = false;
  receiver_on = true;
  adc_outlet_ = false;
  adc_sense_ = hal::AdcChannel::kNone;
  adc_at_ = kNever;
  reset_wanted = false;
  rtc_base_ += now_ + dead;
  now_ = 0;
  boot(cause);
}

void FakeBoard::wake(hal::Events events) {
  events.rotor_count = rotor_shown_;
  events.wired = wired;
  rotor_shown_ = rotor_;
  ++wakes;
  deadline_ = std::max(now_, pump_->wake(now_, events));
  if (after_wake) after_wake();
}

void FakeBoard::step() {
  hal::Events events;
  events.flags = hal::kEventStep | hal::kEventOutlet;
  events.step_at = step_at_;
  events.outlet_counts = outlet_counts;
  turn();
  wake(events);
}

void FakeBoard::turn() {
  step_at_ = kNever;
  if (enabled) {
    ++step_count;
    if (record_steps) steps.push_back(rtc_now());
    const std::int32_t turns = rotor_turns ? rotor_turns(step_count) : 1;
    if (!rotor_blocked) rotor_ += rotor_reversed ? -turns : turns;
  }
  if (!rotor_late) rotor_shown_ = rotor_;
}

Tick FakeBoard::hang() {
  const Tick bites = deadline_ + hal::kWatchdogGrace;
  if (step_at_ <= bites) {
    now_ = std::max(now_, step_at_);
    turn();
  }
  if (write_at_ <= bites) {
    if (!nvm_forgets) std::copy(write_bytes_.begin(), write_bytes_.end(), nvm.begin() + write_offset_);
    write_at_ = kNever;
  }
  now_ = std::max(now_, bites);
  return now_;
}

Tick FakeBoard::next_event() const {
  return std::min({deadline_, step_at_, motor_at_, read_at_, write_at_, image_at_, adc_at_});
}

void FakeBoard::run_until(Tick until) {
  while (next_event() <= until) {
    now_ = std::max(now_, next_event());
    if (step_at_ <= now_) {
      step();
    } else if (motor_at_ <= now_) {
      motor_at_ = kNever;
      const std::vector<std::uint8_t> bytes = std::move(motor_rx_);
      motor_rx_.clear();
      hal::Events events;
      events.flags = hal::kEventMotorRx;
      events.motor_rx = bytes;
      wake(events);
    } else if (read_at_ <= now_) {
      read_at_ = kNever;
      hal::Events events;
      events.flags = hal::kEventNvmRead;
      const std::vector<std::uint8_t> bytes(nvm.begin() + read_offset_, nvm.begin() + read_offset_ + read_size_);
      events.nvm_data = bytes;
      wake(events);
    } else if (write_at_ <= now_) {
      write_at_ = kNever;
      if (!nvm_forgets) std::copy(write_bytes_.begin(), write_bytes_.end(), nvm.begin() + write_offset_);
      hal::Events events;
      events.flags = hal::kEventNvmWritten;
      wake(events);
    } else if (image_at_ <= now_) {
      image_at_ = kNever;
      std::copy(image_bytes_.begin(), image_bytes_.end(), image_bank.begin() + image_offset_);
      hal::Events events;
      events.flags = hal::kEventImageWritten;
      wake(events);
    } else if (adc_at_ <= now_) {
      hal::Events events;
      if (adc_outlet_) events.flags |= hal::kEventOutlet;
      if (adc_sense_ != hal::AdcChannel::kNone) events.flags |= hal::kEventSense;
      events.outlet_counts = adc_outlet_ ? outlet_counts : std::uint16_t{0};
      events.sense_channel = std::exchange(adc_sense_, hal::AdcChannel::kNone);
      if (events.sense_channel == hal::AdcChannel::kBattery) events.sense_counts = battery_mv;
      if (events.sense_channel == hal::AdcChannel::kTemperature) events.sense_counts = temperature_counts;
      if (events.sense_channel == hal::AdcChannel::kReservoir) events.sense_counts = reservoir_counts;
      adc_outlet_ = false;
      adc_at_ = kNever;
      wake(events);
    } else {
      wake({});
    }
    if (reset_wanted) {
      const Tick left = until - now_;
      reboot(hal::ResetCause::kSoftware);
      until = left;
    }
  }
  now_ = std::max(now_, until);
}

void FakeBoard::send_motor(std::span<const std::uint8_t> bytes) {
  const std::vector<std::uint8_t> answer = driver.exchange(bytes);
  motor_bytes += std::max(bytes.size(), answer.size());  // the answer begins with the echo
  if (answer.empty()) return;
  motor_rx_ = answer;
  motor_at_ = now_ + 40;
}

void FakeBoard::turn_back(std::int32_t counts) {
  rotor_shown_ = rotor_ -= counts;
  hal::Events events;
  events.flags = hal::kEventRotorBack;
  wake(events);
}

void FakeBoard::start_adc(hal::AdcChannel channel) {
  const bool outlet = channel == hal::AdcChannel::kOutletPressure;
  if (outlet) ++outlet_readings;
  if (channel == hal::AdcChannel::kBattery) ++battery_readings;
  if (adc_silent) return;
  if (outlet) {
    adc_outlet_ = true;
  } else {
    adc_sense_ = channel;
  }
  adc_at_ = now_ + 2;
}

void FakeBoard::send_telemetry(std::span<const std::uint8_t> bytes) {
  telemetry.insert(telemetry.end(), bytes.begin(), bytes.end());
}

void FakeBoard::send(std::span<const std::uint8_t> telemetry_bytes) {
  hal::Events events;
  if (!receiver_on && !receiver_stays_on) return;
  events.flags = hal::kEventTelemetryRx;
  events.telemetry_rx = telemetry_bytes;
  wake(events);
}

void FakeBoard::hold_magnet() {
  hal::Events events;
  events.flags = hal::kEventMagnet;
  events.magnet = true;
  wake(events);
  events.magnet = false;
  wake(events);
}

void FakeBoard::read_nvm(std::uint32_t offset, std::uint32_t size) {
  if (nvm_silent) return;
  read_offset_ = offset;
  read_size_ = size;
  read_at_ = now_ + nvm_time;
}

void FakeBoard::write_nvm(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  if (nvm_silent) return;
  write_offset_ = offset;
  write_bytes_.assign(bytes.begin(), bytes.end());
  write_at_ = now_ + nvm_time;
}

void FakeBoard::write_image(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  image_offset_ = offset;
  image_bytes_.assign(bytes.begin(), bytes.end());
  if (!bank_silent) image_at_ = now_ + nvm_time;
}

void FakeBoard::entropy(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) {
    chance_ = chance_ * 1664525 + 1013904223;  // Numerical Recipes' generator: repeatable
    byte = static_cast<std::uint8_t>(chance_ >> 24);
  }
}

}  // namespace pumpfw::testing
