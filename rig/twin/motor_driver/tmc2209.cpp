#include "rig/twin/motor_driver/tmc2209.h"

#include <algorithm>

namespace pumprig::twin {
namespace {

constexpr std::size_t kReadSize = 4;
constexpr std::size_t kWriteSize = 8;
constexpr std::uint8_t kWriteBit = 0x80;
constexpr std::uint32_t kGstatReset = 1;
constexpr std::uint32_t kGstatDriverError = 2;
constexpr std::uint32_t kShutdownFaults = 0x3E;  // over-temperature and shorts switch the outputs off
constexpr std::uint32_t kShortA = 1U << 2;       // s2ga; s2gb is the next
constexpr std::uint32_t kOpenA = 1U << 6;        // ola; olb is the next
constexpr std::uint16_t kCountsPerFullStep = 256;

// Registers that a master may write.
constexpr std::array<std::uint8_t, 14> kWritable = {0x00, 0x01, 0x03, 0x10, 0x11, 0x13, 0x14, 0x22, 0x40, 0x42, 0x6C, 0x70, 0x04, 0x07};

bool writable(std::uint8_t address) {
  return std::find(kWritable.begin(), kWritable.end(), address) != kWritable.end();
}

}  // namespace

std::uint8_t Tmc2209::crc(ByteView bytes) {
  std::uint8_t crc = 0;
  for (std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool feedback = ((crc >> 7) ^ (byte & 1)) != 0;
      crc = static_cast<std::uint8_t>(crc << 1);
      if (feedback) crc ^= 0x07;
      byte = static_cast<std::uint8_t>(byte >> 1);
    }
  }
  return crc;
}

void Tmc2209::power_on() {
  registers_.fill(0);
  registers_[kGconf] = 0x00000101;
  registers_[kGstat] = kGstatReset;
  registers_[kIholdIrun] = 0x00001F10;
  registers_[kTpowerdown] = 20;
  registers_[kTstep] = 0xFFFFF;
  registers_[kChopconf] = 0x10000053;
  registers_[kPwmconf] = 0xC10D0024;
  microstep_counter_ = 0;
  pending_.clear();
}

void Tmc2209::enable(bool on) {
  enabled_ = on;
  if (!on) short_seen_ = 0;
}

void Tmc2209::set_coil_open(int coil) {
  coil_open_ = coil;
  open_seen_ = 0;
}

void Tmc2209::receive(ByteView bytes, Bytes& reply) {
  if (silent_) return;
  pending_.assign(bytes.begin(), bytes.end());
  ByteView rest(pending_);
  while (rest.size() >= kReadSize) {
    const bool is_write = (rest[2] & kWriteBit) != 0;
    const std::size_t size = is_write ? kWriteSize : kReadSize;
    if (rest.size() < size) return;  // a pause ends a cut-off datagram; so does the end of this transmission
    const ByteView datagram = rest.first(size);
    rest = rest.subspan(size);
    const bool good = (datagram[0] & 0x0F) == 0x05 && datagram[1] == node_ && datagram.back() == crc(datagram.first(size - 1));
    if (!good) return;  // out of step until the line pauses
    if (is_write) {
      take_write(datagram);
    } else {
      answer_read(datagram, reply);
    }
  }
}

bool Tmc2209::take_write(ByteView datagram) {
  const auto address = static_cast<std::uint8_t>(datagram[2] & 0x7F);
  if (!writable(address)) return false;
  const std::uint32_t value = get_be32(datagram, 3);
  if (address == kGstat) {
    const bool shut_down = (drv_faults() & kShutdownFaults) != 0;
    registers_[kGstat] &= ~value | (shut_down ? kGstatDriverError : 0);  // writing a one clears it, not while its cause lasts
  } else {
    registers_[address] = value;
    if (!chopping()) short_seen_ = 0;
  }
  registers_[kIfcnt] = (registers_[kIfcnt] + 1) & 0xFF;
  return true;
}

std::uint32_t Tmc2209::read(std::uint8_t address) const {
  switch (address) {
    case kIoin: {
      const std::uint32_t disabled = enabled_ ? 0 : 1;
      return 0x21000040U | disabled;  // version 0x21, PDN_UART high
    }
    case kMscnt:
      return microstep_counter_;
    case kGstat:
      return registers_[kGstat] | ((drv_faults() & kShutdownFaults) != 0 ? kGstatDriverError : 0);
    case kDrvStatus: {
      const std::uint32_t run_current = (registers_[kIholdIrun] >> 8) & 0x1F;
      return 0xC0000000U | (run_current << 16) | drv_faults();
    }
    default:
      return registers_[address];
  }
}

void Tmc2209::answer_read(ByteView datagram, Bytes& reply) {
  const std::size_t start = reply.size();
  put_u8(reply, 0x05);
  put_u8(reply, 0xFF);
  put_u8(reply, datagram[2]);
  put_be32(reply, read(datagram[2]));
  put_u8(reply, crc(ByteView(reply).subspan(start)));
}

bool Tmc2209::step(bool enabled) {
  enable(enabled);
  if (!enabled || !chopping() || silent_) return false;
  if (coil_open_ != 0) open_seen_ = kOpenA << (coil_open_ - 1);
  if (coil_short_ != 0) {
    short_seen_ = kShortA << (coil_short_ - 1);
    registers_[kGstat] |= kGstatDriverError;
  }
  if ((drv_faults() & kShutdownFaults) != 0) return false;
  const std::uint16_t exponent = static_cast<std::uint16_t>((registers_[kChopconf] >> 24) & 0x0F);
  const auto counts = static_cast<std::uint16_t>(1U << std::min<std::uint16_t>(exponent, 8));
  microstep_counter_ = static_cast<std::uint16_t>((microstep_counter_ + counts) % (4 * kCountsPerFullStep));
  return full_steps();
}

}  // namespace pumprig::twin
