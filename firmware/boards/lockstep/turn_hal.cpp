#include "firmware/boards/lockstep/turn_hal.h"

#include <algorithm>

namespace pumpfw::lockstep {

void TurnHal::begin(hal::Tick now, hal::Tick rtc, const hal::Events& events) {
  now_ = now;
  rtc_ = rtc;
  if ((events.flags & hal::kEventStep) != 0) out_.step_armed = false;  // the pulse went out
  out_.start_outlet = false;
  out_.start_sense = hal::AdcChannel::kNone;
  out_.motor_size = 0;
  out_.telemetry_size = 0;
}

hal::Events TurnHal::without_news(const hal::Events& events) {
  hal::Events levels = events;
  levels.flags = 0;
  levels.motor_rx = {};
  levels.telemetry_rx = {};
  return levels;
}

bool TurnHal::take_reply(hal::Events& reply) {
  if (out_.reset || (!read_.pending && !write_.pending && !image_.pending)) return false;
  reply.flags = 0;
  reply.nvm_data = {};
  if (read_first_) carry_out_read(reply);
  carry_out_write(reply);
  carry_out_read(reply);
  carry_out_image(reply);
  return true;
}

void TurnHal::carry_out_read(hal::Events& reply) {
  if (!read_.pending) return;
  read_.pending = false;
  const auto from = nvm_.subspan(read_.offset, read_.size);
  std::copy(from.begin(), from.end(), read_.bytes.begin());
  reply.flags |= hal::kEventNvmRead;
  reply.nvm_data = {read_.bytes.data(), read_.size};
}

void TurnHal::carry_out_write(hal::Events& reply) {
  if (!write_.pending) return;
  write_.pending = false;
  std::copy_n(write_.bytes.begin(), write_.size, nvm_.subspan(write_.offset, write_.size).begin());
  reply.flags |= hal::kEventNvmWritten;
}

void TurnHal::carry_out_image(hal::Events& reply) {
  if (!image_.pending) return;
  image_.pending = false;
  std::copy_n(image_.bytes.begin(), image_.size, images_.second().subspan(image_.offset, image_.size).begin());
  reply.flags |= hal::kEventImageWritten;
}

void TurnHal::finish(hal::Tick deadline) {
  out_.deadline = std::clamp(deadline, now_ + 1, now_ + hal::kLongestSleep);
}

void TurnHal::violate(Violation violation) {
  if (out_.violation == Violation::kNone) out_.violation = violation;
}

void TurnHal::arm_step(hal::Tick at) {
  out_.step_at = std::max(at, now_);
  out_.step_armed = true;
}

void TurnHal::send_motor(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMotorCapacity - out_.motor_size) return violate(Violation::kMotorOverflow);
  std::copy(bytes.begin(), bytes.end(), out_.motor.begin() + out_.motor_size);
  out_.motor_size = static_cast<std::uint16_t>(out_.motor_size + bytes.size());
}

void TurnHal::send_telemetry(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kTelemetryCapacity - out_.telemetry_size) return violate(Violation::kTelemetryOverflow);
  std::copy(bytes.begin(), bytes.end(), out_.telemetry.begin() + out_.telemetry_size);
  out_.telemetry_size = static_cast<std::uint16_t>(out_.telemetry_size + bytes.size());
}

void TurnHal::start_adc(hal::AdcChannel channel) {
  if (channel == hal::AdcChannel::kOutletPressure) {
    out_.start_outlet = true;
  } else {
    out_.start_sense = channel;
  }
}

bool TurnHal::fits_nvm(std::uint32_t offset, std::size_t size) {
  return size <= hal::kNvmTransfer && offset <= nvm_.size() && size <= nvm_.size() - offset;
}

void TurnHal::read_nvm(std::uint32_t offset, std::uint32_t size) {
  if (read_.pending) return violate(Violation::kReadOutstanding);
  if (!fits_nvm(offset, size)) return violate(Violation::kNvmRange);
  read_.pending = true;
  read_.offset = offset;
  read_.size = size;
  read_first_ = !write_.pending;
}

void TurnHal::write_nvm(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  if (write_.pending) return violate(Violation::kWriteOutstanding);
  if (!fits_nvm(offset, bytes.size())) return violate(Violation::kNvmRange);
  write_.pending = true;
  write_.offset = offset;
  write_.size = static_cast<std::uint32_t>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), write_.bytes.begin());
}

void TurnHal::write_image(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  if (image_.pending) return violate(Violation::kImageOutstanding);
  if (bytes.size() > hal::kImageTransfer || offset > hal::kImageBankSize || bytes.size() > hal::kImageBankSize - offset) {
    return violate(Violation::kImageRange);
  }
  image_.pending = true;
  image_.offset = offset;
  image_.size = static_cast<std::uint32_t>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), image_.bytes.begin());
}

void TurnHal::activate_image(std::uint32_t version, std::uint32_t size) {
  if (image_.pending) return violate(Violation::kImageOutstanding);
  if (version == 0 || size == 0 || size > hal::kImageBankSize) return violate(Violation::kImageRange);
  images_.activate(version, size);
}

void TurnHal::entropy(std::span<std::uint8_t> out) {
  // SplitMix64 (Steele, Lea, Flood 2014): repeatable from the seed. A board on the bench has a noise source instead.
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 8 == 0) entropy_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = entropy_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    z ^= z >> 31;
    out[i] = static_cast<std::uint8_t>(z >> (8 * (i % 8)));
  }
}

}  // namespace pumpfw::lockstep
