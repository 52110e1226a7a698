// A TMC2209 stepper driver as its one-wire UART and its STEP pin show it (datasheet rev. 1.09).
//
// Datagrams: a write has 8 bytes (sync, node, register | 0x80, data of 4 bytes high byte first, CRC), a read request 4, a reply 8. A
// datagram for another node, or with a wrong CRC, gets no answer and changes nothing. The wire's echo is the board's affair.
#pragma once

#include <array>
#include <cstdint>

#include "rig/base/bytes.h"

namespace pumprig::twin {

class Tmc2209 {
 public:
  enum Register : std::uint8_t {
    kGconf = 0x00,
    kGstat = 0x01,
    kIfcnt = 0x02,
    kNodeconf = 0x03,
    kIoin = 0x06,
    kIholdIrun = 0x10,
    kTpowerdown = 0x11,
    kTstep = 0x12,
    kVactual = 0x22,
    kSgthrs = 0x40,
    kSgResult = 0x41,
    kCoolconf = 0x42,
    kMscnt = 0x6A,
    kMscuract = 0x6B,
    kChopconf = 0x6C,
    kDrvStatus = 0x6F,
    kPwmconf = 0x70,
  };

  explicit Tmc2209(std::uint8_t node = 0) : node_(node) { power_on(); }

  // All registers as after a reset of the chip; GSTAT then says so.
  void power_on();
  // Bytes that the master sends, datagrams back to back; appends the replies.
  void receive(ByteView bytes, Bytes& reply);
  // A rising edge at STEP; `enabled` is the ENN pin's meaning. True when the coils move on by one full step: outputs on, chopper running,
  // full steps chosen, no shutdown error.
  bool step(bool enabled);

  // The ENN pin's meaning. Switched off, the chip forgets a short that it has found; so it does while TOFF is 0.
  void enable(bool on);
  // Coil 1 (A) or 2 (B) is broken, which shows once the chip has stepped; 0: none.
  void set_coil_open(int coil);
  bool coil_open() const { return coil_open_ != 0; }
  // The coil's terminal is shorted to ground: found with the next step, which the outputs no longer make. 0: none.
  void set_coil_short(int coil) { coil_short_ = coil; }

  // Faults of coils and supply, as DRV_STATUS shows them (bits 0 to 11).
  void set_status_faults(std::uint32_t bits) { status_faults_ = bits & 0xFFF; }
  // The chip does not hear or answer any more (supply lost, wire broken).
  void set_silent(bool silent) { silent_ = silent; }
  std::uint32_t reg(Register which) const { return registers_[which]; }

  // CRC8 with polynomial 0x07 over the bytes of a datagram before it, each byte's lowest bit first.
  static std::uint8_t crc(ByteView bytes);

 private:
  bool take_write(ByteView datagram);
  void answer_read(ByteView datagram, Bytes& reply);
  std::uint32_t read(std::uint8_t address) const;
  bool chopping() const { return (registers_[kChopconf] & 0x0F) != 0; }
  std::uint32_t drv_faults() const { return status_faults_ | open_seen_ | short_seen_; }
  bool full_steps() const { return ((registers_[kChopconf] >> 24) & 0x0F) == 8; }

  std::uint8_t node_;
  std::array<std::uint32_t, 128> registers_{};
  std::uint32_t status_faults_ = 0;
  int coil_open_ = 0;
  int coil_short_ = 0;
  std::uint32_t open_seen_ = 0;          // bits of DRV_STATUS
  std::uint32_t short_seen_ = 0;         // the outputs are off
  std::uint16_t microstep_counter_ = 0;  // 0 … 1023 over four full steps
  bool silent_ = false;
  bool enabled_ = false;
  Bytes pending_;
};

}  // namespace pumprig::twin
