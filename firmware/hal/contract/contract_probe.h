// A firmware that does nothing but what it is told over the telemetry link: each call of hal.h by a command, each event reported back.
// It runs in place of the pump's logic in the HAL contract test, on every board.
//
// Commands, any number in one wake; integers little-endian:
//   'S' at:u64  arm_step        'D'  disarm_step         'E' on:u8  enable_motor       'M' n:u8 bytes  send_motor
//   'T' n:u8 bytes  send_telemetry                       'A' channel:u8  start_adc     'B' tone:u8  set_buzzer
//   'R' offset:u32 size:u32  read_nvm                    'W' offset:u32 n:u8 bytes  write_nvm
//   'C'  rtc, answers 'c' 8 u64   'N' n:u8  entropy, answers 'n' n bytes                  'L' at:u64  next deadline (else now + 1 s)
//   'Z' on:u8  enable_receiver
//   'X'  reset                  'H'  never return        'F'  execute an undefined instruction
//   'I' offset:u32 n:u8 bytes  write_image                       'V' version:u32 size:u32  activate_image
//   'Y'  looks at its own code, RAM and stack, answers 'y' 11: CRC of the code u32, CRC that was built in u32, slices of RAM u16 (0xFFFF:
//        one is bad), stack intact u8
//   'K' depth:u16  use so many bytes (<= 2048) of stack          'Q' n:u16  read the memory n times over
// Every wake is reported first, with all that it brought:
//   'e' flags:u32 now:u64 step_at:u64 rotor:u32 outlet:u16 sense_channel:u8 sense:u16 switches:u8 (1 magnet, 2 wired) cause:u8 n:u16
//   motor_rx n:u16 nvm_data
#pragma once

#include <cstdint>
#include <span>

#include "firmware/hal/hal.h"

namespace pumpfw::hal {

class ContractProbe {
 public:
  explicit ContractProbe(Hal& hal) : hal_(hal) {}

  Tick wake(Tick now, const Events& events);

 private:
  class Cursor;
  void report(Tick now, const Events& events);
  void obey(Cursor& commands);
  void obey_pins(std::uint8_t command, Cursor& commands);
  void obey_memory(std::uint8_t command, Cursor& commands);
  void look_at_itself();
  void obey_rest(std::uint8_t command, Cursor& commands);
  void answer(std::uint8_t tag, std::span<const std::uint8_t> bytes);

  Hal& hal_;
  Tick deadline_ = 0;
  std::uint32_t reads_left_ = 0;
};

}  // namespace pumpfw::hal
