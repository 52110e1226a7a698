// Unit codes of command 53, as the driver reads them.
#pragma once

#include <cstdint>

namespace pumprig::instruments::sensirion_shdlc {

// How many µL/min one unit is; 0 when the code is no liquid volume a time. Bits 3..0: decimal prefix, 7..4: time, 15..8: what flows.
constexpr double ul_per_min_of_unit(std::uint16_t code) {
  double litres = 0;
  switch (code & 0xF) {
    case 3:
      litres = 1e-9;
      break;
    case 4:
      litres = 1e-6;
      break;
    case 5:
      litres = 1e-3;
      break;
    case 6:
      litres = 1e-2;
      break;
    case 7:
      litres = 1e-1;
      break;
    case 8:
      litres = 1;
      break;
    default:
      return 0;
  }
  double minutes = 0;
  switch ((code >> 4) & 0xF) {
    case 1:
      minutes = 1e-6 / 60;
      break;
    case 2:
      minutes = 1e-3 / 60;
      break;
    case 3:
      minutes = 1.0 / 60;
      break;
    case 4:
      minutes = 1;
      break;
    case 5:
      minutes = 60;
      break;
    case 6:
      minutes = 1440;
      break;
    default:
      return 0;
  }
  if ((code >> 8) != 8) return 0;
  return litres * 1e6 / minutes;
}

}  // namespace pumprig::instruments::sensirion_shdlc
